"""What the order of a national list tells: rows that stand beside one another belong to one chapter of the law."""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

REACH = 3  # decided rows looked at on each side
_FADE = 0.6  # what each further row counts for beside the one before it
_PIECE = re.compile(r"\d+|\D+")

_Key = tuple[tuple[int, int, str], ...]


class CodeOrder:
    """The decided rows of a list in the order of its national codes.

    Args:
        codes: ICCS codes, in the order of the columns of scores.
        kin: share of a row's weight that the other codes of its division get.
    """

    def __init__(self, codes: Sequence[str], kin: float) -> None:
        self._places = {code: place for place, code in enumerate(codes)}
        divisions = np.array([code[:4] for code in codes])
        self._kin = np.where(divisions[:, None] == divisions[None, :], np.float32(kin), np.float32(0))
        np.fill_diagonal(self._kin, 1)
        self._rows: list[tuple[_Key, str]] = []
        self._decided: dict[str, str] = {}

    def add(self, national_code: str, code: str) -> None:
        """Take in a decided row; it replaces what was decided on this national code before."""
        if national_code and code in self._places:
            if national_code not in self._decided:
                insort(self._rows, (_key(national_code), national_code))
            self._decided[national_code] = code

    def prior(self, national_codes: Sequence[str]) -> NDArray[np.float32] | None:
        """Return, by row and ICCS code, how much the decided rows beside each national code speak for the code.

        A row counts for less the further it stands away, and the fewer leading characters it shares. A row of its own
        national code is left out.

        Args:
            national_codes: of the rows asked; empty where there is none, which gets zeros.
        """
        if not self._rows or not any(national_codes):
            return None
        made = np.zeros((len(national_codes), len(self._places)), dtype=np.float32)
        for row, national_code in enumerate(national_codes):
            if national_code:
                for near, weight in self._beside(national_code):
                    made[row] += np.float32(weight) * self._kin[self._places[self._decided[near]]]
        return made

    def nearest(self, national_code: str) -> tuple[str, str]:
        """Return the decided national code that counts for most beside one, and its ICCS code; empty without any."""
        near, weight = max(self._beside(national_code), key=lambda found: found[1], default=("", 0.0))
        return (near, self._decided[near]) if weight else ("", "")

    def _beside(self, national_code: str) -> list[tuple[str, float]]:
        """Return the decided national codes beside one, with weights that sum to 1 at most."""
        at = bisect_left(self._rows, (_key(national_code), national_code))
        before = [near for _, near in reversed(self._rows[max(0, at - REACH) : at])]
        after = [near for _, near in self._rows[at : at + REACH + 1] if near != national_code][:REACH]
        fading = [_FADE**step for step in range(REACH)]
        return [
            (near, faded / (2 * sum(fading)) * _shared(near, national_code))
            for side in (before, after)
            for near, faded in zip(side, fading, strict=False)
        ]


def _key(national_code: str) -> _Key:
    """Return what codes are ordered by: their numbers as numbers, so that 9 stands before 10."""
    pieces = _PIECE.findall(national_code)
    return tuple((0, int(piece), piece) if piece.isdecimal() else (1, 0, piece) for piece in pieces)


def _shared(one: str, other: str) -> float:
    """Return the share of leading characters that two codes have in common; codes of other lengths have none."""
    if len(one) != len(other):
        return 0.0
    differing = (place for place, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1])
    return next(differing, len(one)) / len(one)

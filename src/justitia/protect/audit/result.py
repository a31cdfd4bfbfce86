"""What an audit found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from justitia.protect.system.requirements import Requirements
from justitia.protect.system.tables import Bools, Floats, Ints

if TYPE_CHECKING:
    from numpy.typing import NDArray

# How an interval was found.
PUBLIC, ARITHMETIC, SHOWN, LINEAR, WHOLE = range(5)
METHOD_WORDS = (
    "published elsewhere",
    "arithmetic",  # equations with one unknown
    "exhibited tables",  # tables that an outsider cannot tell from the true one; the interval is at least so wide
    "linear programming",
    "whole numbers",  # of whole-number programming, or of enumeration
)


@dataclass(frozen=True, slots=True)
class Failure:
    """A cell that is given away.

    Args:
        cell: variable of the system.
        address: of the cell.
        lower, upper: all that it can be.
        required: what was required, in words.
        equations: how an outsider finds it, in words, one equation each; empty when not asked for.
        contributor: address of the cell whose only contributor can find it; `""` for any outsider.
    """

    cell: int
    address: str
    lower: float
    upper: float
    required: str
    equations: tuple[str, ...] = ()
    contributor: str = ""


@dataclass(frozen=True, slots=True)
class AuditResult:
    """The intervals of k required cells.

    Args:
        requirements: what was asked.
        lower, upper: k; all values between are possible for an outsider, and no others where `exact`.
        exact: k; False where the audit stopped as soon as the interval was wide enough.
        method: k, of the method numbers, see METHOD_WORDS.
        whole: k; the interval holds for whole numbers too. False where only linear programming was possible: then an
            outsider who uses that counts are whole might find a narrower one.
        safe: k.
        failures: the unsafe cells, the first of them with equations.
        given_away: suppressed cells, required or not, that arithmetic alone gives back.
        programs: linear and whole-number programs solved.
        changes: later and earlier variable of each change of the system, the last of its variables.
    """

    requirements: Requirements
    lower: Floats
    upper: Floats
    exact: Bools
    method: NDArray[np.uint8]
    whole: Bools
    safe: Bools
    failures: tuple[Failure, ...]
    given_away: Ints
    programs: int
    changes: Ints = field(default_factory=lambda: np.empty((0, 2), np.int64))

    @property
    def is_safe(self) -> bool:
        """Return whether every required interval is wide enough."""
        return bool(self.safe.all())

"""National lists with reviewed ICCS codes, outside the repository, and which of their rows may be looked at."""

from __future__ import annotations

import csv
import hashlib
import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from justitia.classify.text import normalise

ROOT = Path(__file__).parents[2]
TUNING_SHARE = 3  # one distinct text of so many may be looked at and tuned on; the rest is only reported
# Rows of the rest that the author of the phrases saw before writing them: they count as looked at.
SEEN = frozenset(
    {*("202", "204", "210", "218", "221", "223", "232", "233", "302", "303", "308", "309", "310")}
    | {*("0103121", "0103122", "0103123")}
)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a national list, with its reviewed code."""

    national_code: str
    text: str
    code: str
    context: dict[str, str] = field(default_factory=dict)

    @property
    def plain(self) -> str:
        """The text by which rows are told apart."""
        return normalise(self.text)

    @property
    def tuning(self) -> bool:
        """Whether the row is of the part that was looked at."""
        drawn = int(hashlib.sha256(self.plain.encode()).hexdigest(), 16) % TUNING_SHARE == 0
        return drawn or self.national_code in SEEN


def shared() -> Path | None:
    """Return the folder of shared data, None when it is not there."""
    folder = Path(os.environ.get("JUSTITIA_SHARED") or ROOT.parent / "shared")
    return folder if (folder / "data" / "iccs" / "correspondence").is_dir() else None


def chile(folder: Path) -> list[Row]:
    """Return the Chilean development list (CNP, Spanish)."""
    rows = _read(folder / "data/iccs/correspondence/chile_cnp_to_iccs_dev30pct.csv")
    return [
        Row(
            row["cnp_code"],
            row["offence_text"],
            row["iccs_code"],
            {"statute": row["definition"], "heading": row["family"]},
        )
        for row in rows
    ]


def philippines(folder: Path) -> list[Row]:
    """Return the Philippine development list (PSCCS, English)."""
    rows = _read(folder / "data/iccs/correspondence/philippines_psccs_to_iccs_dev30pct.csv")
    return [
        Row(
            row["psccs_code"],
            row["offence_text"],
            row["iccs_code"],
            {"statute": row["description"], "heading": row["psccs_parent"]},
        )
        for row in rows
    ]


def new_york() -> list[Row]:
    """Return the offences of the New York demonstration with the ICCS codes of its correspondence (English).

    The codes are this project's own, made for the demonstration: they test nothing that another office has decided.
    """
    rows = _read(ROOT / "src/justitia/demo/new_york/overlay/correspondences/nypd__iccs.csv")
    return [
        Row(row["national_code"], row["national_code"].replace(" | ", " "), row["iccs_code"])
        for row in rows
        if row["iccs_code"] and not row["condition"]
    ]


def french() -> list[Row]:
    """Return the French development list with the codes that two of its three passes gave: a list to develop on."""
    folder = ROOT / "tests" / "coding" / "french"
    passes = [{row["id"]: row["iccs_code"] for row in _read(folder / f"coder_{name}.csv")} for name in "abc"]
    made = []
    for row in _read(folder / "labels.csv"):
        code, votes = Counter(coded[row["id"]] for coded in passes).most_common(1)[0]
        if code and votes > 1:
            made.append(Row(row["id"], row["text"], code))
    return made


def _read(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))

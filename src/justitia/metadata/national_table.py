"""Checks of a national correspondence table against the ICCS and against the offences that it should cover.

What `catalogue check` finds (unknown codes, overlaps, gaps in dates) is found here too; the rest is about meaning, and
only a person can say whether it is wrong: boundaries between codes, residuals used where a class exists, gaps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from justitia.metadata.boundaries import Boundary, is_within, read_boundaries
from justitia.metadata.checking.correspondences import check_correspondence
from justitia.metadata.checking.known import ICCS, Known
from justitia.metadata.correspondence import parse_correspondence
from justitia.metadata.definitions import CodeList, Correspondence, CorrespondenceRow, IndexEntry
from justitia.metadata.faults import Faults
from justitia.metadata.load import Catalogue
from justitia.metadata.search import plain_words

Kind = Literal["fault", "cycle", "retired", "boundary", "index", "residual", "unspecific", "gap", "zeros"]
GRAVE: tuple[Kind, ...] = ("fault", "cycle", "retired", "zeros")  # the table must not be used with these
_WORDS = 2  # a phrase of fewer words is found only where it is the whole text


@dataclass(frozen=True, slots=True)
class TableFault:
    """One thing found in a correspondence table.

    Args:
        kind: what sort; those of `GRAVE` keep the table from being used, the others ask for a look.
        national_code, text: the offence.
        where: file and line; empty for an offence without a row.
        message: what is found, in one line.
        remedy: what to do.
        records: number of records concerned, 0 when not known.
    """

    kind: Kind
    national_code: str
    text: str
    where: str
    message: str
    remedy: str = ""
    records: int = 0

    @property
    def grave(self) -> bool:
        """Whether the table must not be used with it."""
        return self.kind in GRAVE


def read_table(path: Path) -> Correspondence:
    """Return the correspondence table in a file.

    Raises:
        CatalogueError: every fault of the file.
    """
    faults = Faults()
    table = parse_correspondence(path, faults)
    faults.raise_any()
    return table


def check_table(
    catalogue: Catalogue,
    table: Correspondence,
    offences: Iterable[tuple[str, str, int]] = (),
    *,
    language: str = "en",
) -> list[TableFault]:
    """Return what is wrong with a table, or asks for a look: the grave first, then by records.

    Args:
        catalogue: the definitions.
        table: the correspondence.
        offences: (national code, text, records) of everything that it should cover.
        language: of the explanations, where there is a choice.
    """
    iccs = catalogue.codelist(ICCS)
    covered = list(offences)
    records = {code: count for code, _, count in covered}
    texts = {code: text for code, text, _ in covered}
    looking = _Look(catalogue, iccs, language)
    chained = _cycles(table, iccs)
    found = [*_structure(catalogue, table, chained), *chained, *_gaps(table, covered)]
    for row in table.rows:
        if row.iccs_code in iccs.codes:
            found += looking.at(row, row.national_label or texts.get(row.national_code, row.national_code))
    counted = [_counted(fault, records) for fault in found]
    return sorted(counted, key=lambda fault: (not fault.grave, -fault.records, fault.where, fault.national_code))


def _counted(fault: TableFault, records: Mapping[str, int]) -> TableFault:
    from dataclasses import replace

    return replace(fault, records=fault.records or records.get(fault.national_code, 0))


# -- the table by itself ------------------------------------------------------------------------------------------
def _structure(catalogue: Catalogue, table: Correspondence, chained: Sequence[TableFault]) -> list[TableFault]:
    faults, told = Faults(), {fault.where for fault in chained}
    check_correspondence(Known(catalogue, faults), table)
    return [
        TableFault("fault", "", "", error.where, f"{error.code}: {error.message}", error.remedy)
        for error in faults.errors
        if not (error.code == "E-CAT-021" and error.where in told)
    ]


def _cycles(table: Correspondence, iccs: CodeList) -> list[TableFault]:
    """Return the rows that lead to other rows of the table in place of an ICCS code."""
    leads = {row.national_code: row for row in table.rows if row.iccs_code and row.iccs_code not in iccs.codes}
    known = {row.national_code for row in table.rows}
    found = []
    for code, row in leads.items():
        if row.iccs_code not in known:
            continue
        way = [code]
        while way[-1] in leads and leads[way[-1]].iccs_code not in way:
            way.append(leads[way[-1]].iccs_code)
        back = way[-1] in leads
        way += [leads[way[-1]].iccs_code] if back else []
        what = "leads back to itself" if back else "leads to another national code"
        message = f"[{code}] {what}: {' > '.join(way)}"
        found.append(_of(row, "cycle", row.national_label, message, "Write the ICCS code in every row"))
    return found


def _gaps(table: Correspondence, offences: Iterable[tuple[str, str, int]]) -> list[TableFault]:
    rows = {row.national_code: row for row in table.rows}
    zeroless = {code.lstrip("0"): row for code, row in rows.items() if code.isdigit()}
    found = []
    for code, text, count in offences:
        if code in rows:
            continue
        near = zeroless.get(code.lstrip("0")) if code.isdigit() else None
        if near is not None and near.national_code != code:
            message = f"[{near.national_code}] lost its leading zeros: the records have [{code}]"
            remedy = "Write the code as the records have it; keep the column as text"
            found.append(TableFault("zeros", code, text, str(near.place or ""), message, remedy, count))
        else:
            message = f"no row decides [{code}]" + (f" ({text})" if text != code else "")
            found.append(TableFault("gap", code, text, "", message, "justitia review", count))
    return found


# -- row by row, by meaning -----------------------------------------------------------------------------------------
class _Look:
    """What the ICCS says of a text: boundaries, index and titles."""

    def __init__(self, catalogue: Catalogue, iccs: CodeList, language: str) -> None:
        self.iccs, self.language = iccs, language
        self.boundaries = read_boundaries(catalogue)
        self.phrases = _phrases(catalogue.index(ICCS), iccs)

    def at(self, row: CorrespondenceRow, text: str) -> list[TableFault]:
        """Return what asks for a look in one row."""
        words = tuple(plain_words(text))
        found = [*self._retired(row, text), *self._boundaries(row, text, words), *self._index(row, text, words)]
        return found + (self._residual(row, text, words) if self.iccs.codes[row.iccs_code].is_residual else [])

    def _retired(self, row: CorrespondenceRow, text: str) -> list[TableFault]:
        entry = self.iccs.codes[row.iccs_code]
        if entry.valid_to is None or (row.valid_to or date.max) <= entry.valid_to:
            return []
        message = f"ICCS code {row.iccs_code} was retired on {entry.valid_to}, the row holds beyond it"
        return [_of(row, "retired", text, message, "End the row with valid_to, and begin another with the new code")]

    def _boundaries(self, row: CorrespondenceRow, text: str, words: Sequence[str]) -> list[TableFault]:
        return [
            _of(row, "boundary", text, self._said(row, rule), "Correct the code, or give the reason in the basis")
            for rule in self.boundaries
            if rule.broken_by(words, row.iccs_code, self.iccs)
        ]

    def _said(self, row: CorrespondenceRow, rule: Boundary) -> str:
        why = rule.labels.get(self.language) or rule.labels["en"]
        return f"coded {self._named(row.iccs_code)}, the wording points to {self._named(rule.code)}: {why}"

    def _index(self, row: CorrespondenceRow, text: str, words: Sequence[str]) -> list[TableFault]:
        led = self.phrases.get(tuple(words), {})
        near = any(self._related(code, row.iccs_code) for code in led)
        if not led or near:
            return []
        message = f"coded {self._named(row.iccs_code)}, the ICCS's index leads to {self._named(next(iter(led)))}"
        return [_of(row, "index", text, message, "Correct the code, or give the reason in the basis")]

    def _residual(self, row: CorrespondenceRow, text: str, words: Sequence[str]) -> list[TableFault]:
        parent = self.iccs.codes[row.iccs_code].parent
        if tuple(words) in self._titles(parent):
            message = f"coded {self._named(row.iccs_code)}, the text says no more than {self._named(parent)}"
            return [_of(row, "unspecific", text, message, "Use the parent with status unspecified")]
        own, best = set(words), ""
        longest: tuple[str, ...] = ()
        for phrase, codes in self.phrases.items():
            if len(phrase) <= max(len(longest), _WORDS - 1) or not own.issuperset(phrase):
                continue
            for code in codes:
                if is_within(code, parent, self.iccs) and not self._residual_or(code, parent, row.iccs_code):
                    longest, best = phrase, code
        if not best:
            return []
        message = f"coded {self._named(row.iccs_code)}, a residual; [{' '.join(longest)}] has {self._named(best)}"
        return [_of(row, "residual", text, message, "Use the class that exists, or give the reason in the basis")]

    def _residual_or(self, code: str, parent: str, used: str) -> bool:
        return code == parent or self.iccs.codes[code].is_residual or is_within(code, used, self.iccs)

    def _titles(self, code: str) -> set[tuple[str, ...]]:
        entry = self.iccs.codes.get(code)
        return {tuple(plain_words(label)) for label in entry.labels.values()} if entry else set()

    def _related(self, one: str, other: str) -> bool:
        return is_within(one, other, self.iccs) or is_within(other, one, self.iccs)

    def _named(self, code: str) -> str:
        return f"{code} {self.iccs.codes[code].label(self.language)}"


def _phrases(index: Iterable[IndexEntry], iccs: CodeList) -> dict[tuple[str, ...], dict[str, None]]:
    """Return words of an index phrase or title -> the codes it leads to."""
    found: dict[tuple[str, ...], dict[str, None]] = {}
    for code in iccs.codes.values():
        for label in code.labels.values():
            found.setdefault(tuple(plain_words(label)), {}).setdefault(code.code)
    for entry in index:
        if entry.in_version and entry.code in iccs.codes:
            found.setdefault(tuple(plain_words(entry.phrase)), {}).setdefault(entry.code)
    found.pop((), None)
    return found


def _of(row: CorrespondenceRow, kind: Kind, text: str, message: str, remedy: str) -> TableFault:
    return TableFault(kind, row.national_code, text, str(row.place or ""), message, remedy)

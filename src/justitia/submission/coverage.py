"""Which crime forms a workspace can count, what blocks the rest, and which single field would open most."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from justitia.aggregate.indicator import is_coded, missing_fields
from justitia.errors import RequestError
from justitia.submission.figures import asked_of
from justitia.submission.records import Records, open_records

if TYPE_CHECKING:
    from justitia.metadata.coverage import CrimeForm
    from justitia.workspace import Workspace

CODING = "coding:"  # a need that no field fills but a decision of the coders: no national offence leads to the code
NOBODY, CODERS = "nobody yet", "statistics office (coding)"


@dataclass(frozen=True, slots=True)
class FormCoverage:
    """A crime form: what it lacks; nothing, when it can be counted."""

    form: CrimeForm
    missing: tuple[str, ...]

    @property
    def is_countable(self) -> bool:
        """Return whether the records of the workspace can count it."""
        return not self.missing


@dataclass(frozen=True, slots=True)
class Opening:
    """What one more field would bring.

    Args:
        agency: whose records would hold it.
        field: `kind.field`, a kind of record, or `coding:<ICCS code>`.
        opened: cells and crime forms that lack this and nothing else.
        examples: some of them.
    """

    agency: str
    field: str
    opened: int
    examples: tuple[str, ...]


def cover_forms(workspace: Workspace, text: str) -> tuple[FormCoverage, ...]:
    """Return, for every crime form that a text names, what the workspace lacks to count it.

    Raises:
        RequestError: E-COV-001 before the first run.
    """
    with workspace.engine() as engine:
        state = workspace.store.read()
        _must_have_run(workspace, state)
        records = open_records(workspace, engine, state, ())
        return tuple(
            FormCoverage(form, lacks(form, workspace, records)) for form in workspace.catalogue.crime_forms(text)
        )


def _must_have_run(workspace: Workspace, state: Mapping[str, Any]) -> None:
    if not any(name.startswith("derived__") for name in state["tables"]):
        raise RequestError("E-COV-001", "nothing was run yet", remedy=f"justitia -w {workspace.folder} run")


def lacks(form: CrimeForm, workspace: Workspace, records: Records) -> tuple[str, ...]:
    """Return the fields, kinds and codes that a crime form needs and the records do not have."""
    missing = []
    for need in form.needs:
        kind, _, name = need.partition("=")[0].partition(".")
        if kind not in records.columns:
            missing.append(kind)
        elif name not in records.columns[kind]:
            missing.append(f"{kind}.{_source(workspace, kind, name, records)}")
    listed = workspace.catalogue.codelist("iccs")
    for code in form.iccs:
        if not _leads_to(code, records.targets, listed):
            missing.append(f"{CODING}{code}")
    # A form of several codes can be counted as far as one of them is coded.
    codes = [item for item in missing if item.startswith(CODING)]
    if codes and len(codes) < len(form.iccs):
        missing = [item for item in missing if not item.startswith(CODING)]
    return tuple(dict.fromkeys(missing))


def _source(workspace: Workspace, kind: str, name: str, records: Records) -> str:
    """Return the field that a derived one is made of."""
    for derivation in workspace.catalogue.derivations:
        if derivation.kind == kind and derivation.field.name == name and "from" in derivation.arguments:
            return derivation.arguments["from"]
    return name


def _leads_to(code: str, targets: Iterable[str], listed: Any) -> bool:
    for target in targets:
        entry = listed.codes.get(target)
        while entry is not None:
            if entry.code == code:
                return True
            entry = listed.codes.get(entry.parent)
    return False


# -- the cheapest next step ---------------------------------------------------------------------------------------
def gaps(workspace: Workspace, text: str) -> dict[str, tuple[str, ...]]:
    """Return what each cell of the collections and each crime form lacks, by its name; full ones have nothing.

    Args:
        workspace: the workspace, up to date.
        text: list of crime forms.

    Raises:
        RequestError: E-COV-001 before the first run.
    """
    with workspace.engine() as engine:
        state = workspace.store.read()
        _must_have_run(workspace, state)
        records = open_records(workspace, engine, state, workspace.catalogue.indicators.values())
        return gaps_of(workspace, text, records)


def gaps_of(workspace: Workspace, text: str, records: Records) -> dict[str, tuple[str, ...]]:
    """Return the gaps of a workspace whose records have these columns."""
    catalogue = workspace.catalogue
    found = {f"{text}:{form.id}": lacks(form, workspace, records) for form in catalogue.crime_forms(text)}
    known: dict[tuple[str, tuple[str, ...]], tuple[str, ...]] = {}
    for name in catalogue.collection_ids():
        collection = catalogue.collection(name)
        fed = {(line.table, line.id): line.fed_by for line in collection.lines}
        for cell in collection.cells:
            if not cell.indicator or fed[cell.table, cell.line] != "records":
                continue
            dims = tuple(cell.key)
            if (cell.indicator, dims) not in known:
                known[cell.indicator, dims] = _cell_lacks(cell.indicator, dims, workspace, records)
            found[f"{name}:{cell.id}"] = known[cell.indicator, dims]
    return found


def _cell_lacks(indicator: str, dims: Sequence[str], workspace: Workspace, records: Records) -> tuple[str, ...]:
    catalogue = workspace.catalogue
    missing: list[str] = []
    for asked in asked_of(indicator, dims, workspace=workspace, records=records):
        own = catalogue.indicators[asked.indicator]
        missing += missing_fields(own, asked.breakdowns, catalogue=catalogue, columns=records.columns)
        if own.kind in records.columns and not is_coded(own, records.targets, catalogue.codelist("iccs")):
            missing += [f"{CODING}{code}" for code in own.includes]
    return tuple(dict.fromkeys(missing))


def cheapest(workspace: Workspace, found: Mapping[str, tuple[str, ...]], *, text: str) -> tuple[Opening, ...]:
    """Return, for each agency, the single missing fields by how many cells and forms they alone keep closed.

    Args:
        workspace: whose layouts tell which agency holds which kind of record.
        found: as `gaps` gives it.
        text: list of crime forms, for the agencies of kinds that nobody delivers yet.
    """
    alone: dict[str, list[str]] = {}
    codes = {field for missing in found.values() for field in missing if field.startswith(CODING)}
    listed = workspace.catalogue.codelist("iccs")
    for name, missing in found.items():
        for field in _openers(missing, codes, listed):
            alone.setdefault(field, []).append(name)
    holders = agencies(workspace, text)
    made = [
        Opening(
            CODERS if field.startswith(CODING) else holders.get(field.partition(".")[0], NOBODY),
            field,
            len(names),
            tuple(names[:3]),
        )
        for field, names in alone.items()
    ]
    return tuple(sorted(made, key=lambda item: (-item.opened, item.agency, item.field)))


def _openers(missing: tuple[str, ...], codes: Iterable[str], listed: Any) -> tuple[str, ...]:
    """Return each field that alone would open a gap; of codes, any that lies in or below one that is asked."""
    if missing and all(field.startswith(CODING) for field in missing):
        asked = [field.removeprefix(CODING) for field in missing]
        return tuple(
            field for field in codes if any(_leads_to(code, [field.removeprefix(CODING)], listed) for code in asked)
        )
    return missing if len(missing) == 1 else ()


def agencies(workspace: Workspace, text: str) -> dict[str, str]:
    """Return kind of record -> agency: the sector of the layout that tells of it, or the one that the forms name."""
    holders: dict[str, str] = {}
    for layout in workspace.catalogue.layouts.values():
        for record in layout.records:
            holders.setdefault(record.kind, layout.sector)
    for form in workspace.catalogue.crime_forms(text):
        for need in form.needs:
            holders.setdefault(need.partition(".")[0], form.agency)
    return holders


def per_agency(openings: Iterable[Opening]) -> dict[str, Opening]:
    """Return the opening that brings most, of each agency."""
    best: dict[str, Opening] = {}
    for opening in openings:
        best.setdefault(opening.agency, opening)
    return best

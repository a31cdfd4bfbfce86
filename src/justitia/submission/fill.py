"""Fill a round of a collection from a workspace: every cell, why a cell is empty, and the answers on metadata."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from justitia.errors import RequestError
from justitia.metadata.manifest import manifest_of
from justitia.model.questionnaire import OTHER, TEXT, WAITING, FilledCell, FilledRound
from justitia.submission.figures import Figures, Population, open_figures
from justitia.submission.records import open_records

if TYPE_CHECKING:
    from justitia.engine import Engine
    from justitia.metadata.collection import Cell, Collection, Line
    from justitia.workspace import Workspace

LARGEST_CITY = "{largest_city}"
MARKING = "CONFIDENTIAL: exact statistical counts. For the named recipient only; not for publication."


def fill_collection(
    workspace: Workspace,
    asked: str,
    *,
    year: int,
    public: bool = False,
    population: str = "",
    largest_city: str = "",
    language: str = "en",
) -> FilledRound:
    """Return a round of a collection, filled.

    Args:
        workspace: the workspace, up to date.
        asked: `un_cts` (the newest round) or `un_cts/2024`.
        year: reference year.
        public: only protected figures; else exact ones, which leave by the confidential channel alone.
        population: table of denominators; default, the only one of the workspace.
        largest_city: area code of the largest city.
        language: of answers and footnotes.

    Raises:
        CatalogueError: E-CAT-001 when there is no such collection.
        RequestError: E-FIL-001 when there is no population table of that name, E-FIL-002 before the first run.
    """
    collection = workspace.catalogue.collection(asked)
    people = open_population(workspace, population)
    with workspace.engine() as engine:
        state = workspace.store.read()
        figures = _figures(workspace, engine, state, collection, people, year=year, public=public)
        lines = {(line.table, line.id): line for line in collection.lines}
        years = tuple(range(year, year - collection.years, -1))
        cells = {
            (cell.id, each): _fill(cell, lines[cell.table, cell.line], figures, each, largest_city)
            for cell in collection.cells
            for each in years
        }
    words = workspace.catalogue.messages("questionnaire")
    return FilledRound(
        collection=collection.id,
        year=year,
        years=years,
        cells=cells,
        answers=_answers(workspace, state, collection, people, year),
        footnotes=_footnotes(cells.values(), words, workspace, people, language),
        marking="" if public else MARKING,
        made_up=any(layout.made_up for layout in _layouts(workspace, state)),
    )


def _figures(
    workspace: Workspace,
    engine: Engine,
    state: Mapping[str, Any],
    collection: Collection,
    people: Population | None,
    *,
    year: int,
    public: bool,
) -> Figures:
    if not any(name.startswith("derived__") for name in state["tables"]):
        raise RequestError("E-FIL-002", "nothing was run yet", remedy=f"justitia -w {workspace.folder} run")
    asked = [(cell.indicator, tuple(cell.key)) for cell in collection.cells if cell.indicator]
    records = open_records(workspace, engine, state, workspace.catalogue.indicators.values())
    return open_figures(
        workspace,
        engine,
        records,
        asked,
        years=range(year, year - collection.years, -1),
        disclosure=disclosure_of(workspace, collection),
        population=people,
        public=public,
    )


def disclosure_of(workspace: Workspace, collection: Collection) -> str:
    """Return the rule of the public copy: that of the workspace's own tables where they share one, else the usual."""
    own = {flow.disclosure for flow in workspace.catalogue.dataflows.values()}
    return own.pop() if len(own) == 1 else collection.disclosure


def _fill(cell: Cell, line: Line, figures: Figures, year: int, largest_city: str) -> FilledCell:
    if line.fed_by == "text":
        return FilledCell(cell.id, year, None, TEXT, "answered in words", unit=cell.unit)
    if line.fed_by == "survey":
        return FilledCell(
            cell.id, year, None, WAITING, "only a survey can answer: no survey source yet", unit=cell.unit
        )
    if not cell.indicator:
        return FilledCell(cell.id, year, None, OTHER, line.note or "no record of ours answers this", unit=cell.unit)
    key = dict(cell.key)
    if any(LARGEST_CITY in codes for codes in key.values()):
        if not largest_city:
            return FilledCell(
                cell.id, year, None, OTHER, "name the largest city: --largest-city AREA_CODE", unit=cell.unit
            )
        key = {name: tuple(code.replace(LARGEST_CITY, largest_city) for code in codes) for name, codes in key.items()}
    made = figures.of(cell.indicator, key, year)
    return FilledCell(
        cell.id,
        year,
        made.value,
        made.status,
        made.reason,
        made.missing,
        made.lower,
        made.upper,
        made.is_small,
        made.notes,
        cell.unit,
    )


# -- denominators -------------------------------------------------------------------------------------------------
def open_population(workspace: Workspace, name: str) -> Population | None:
    """Return a population table of the workspace by name, or its only one; None when it has none.

    Raises:
        RequestError: E-FIL-001 when there is none of that name, or several and none is named.
    """
    names = workspace.catalogue.names("population")
    if not names and not name:
        return None
    if (name and name not in names) or (not name and len(names) > 1):
        raise RequestError(
            "E-FIL-001",
            f"there is no population table [{name}]" if name else "there are several population tables",
            remedy=f"Name one with --population: {', '.join(names) or 'none yet; see population/<id>.csv'}",
        )
    chosen = name or names[0]
    people = {(row.area, row.sex, row.age, row.year): row.population for row in workspace.catalogue.population(chosen)}
    return Population(chosen, source_of(workspace, f"population/{chosen}.csv"), people)


def source_of(workspace: Workspace, path: str) -> str:
    """Return title, source and version of a definition file, from its manifest."""
    tree = workspace.catalogue.tree
    for layer in reversed(tree.holding(path)):
        entry = manifest_of(tree, layer, path).get(path.rpartition("/")[2])
        if isinstance(entry, dict):
            return f"{entry.get('title', '')}; {entry.get('source', '')}; version {entry.get('version', '')}"
    return path


# -- words --------------------------------------------------------------------------------------------------------
def _layouts(workspace: Workspace, state: Mapping[str, Any]) -> list[Any]:
    named = sorted({batch["source_id"] for batch in state["batches"].values()})
    return [workspace.catalogue.layouts[name] for name in named if name in workspace.catalogue.layouts]


def _answers(
    workspace: Workspace, state: Mapping[str, Any], collection: Collection, people: Population | None, year: int
) -> dict[str, str]:
    layouts = _layouts(workspace, state)
    indicators = [workspace.catalogue.indicators[cell.indicator] for cell in collection.cells if cell.indicator]
    rules = {item.counting_rule for item in indicators}
    tables = sorted({record.correspondence for layout in layouts for record in layout.records if record.correspondence})
    known = {
        "publisher": workspace.settings.publisher,
        "contact": workspace.settings.contact,
        "year": str(year),
        "sources": "; ".join(f"{layout.title} ({layout.authority})" for layout in layouts),
        "when_recorded": "; ".join(f"{layout.source_id}: {layout.when_recorded}" for layout in layouts),
        "counting_units": ", ".join(sorted({item.counting_unit for item in indicators})),
        "principal_offence": "Yes for persons, by " + source_of(workspace, "severity/default.csv")
        if "principal_offence" in rules
        else "No",
        "attempts": "As their own line for intentional homicide; with the completed offence for all others",
        "multiple": "Each offence is counted; a series is not counted as one"
        if "once_per_series" not in rules
        else "Both counts are given",
        "universe": "; ".join(f"{layout.source_id}: {layout.unit_of_row}" for layout in layouts),
        "coding": "Correspondence tables: " + ", ".join(tables) if tables else "",
        "population": f"{people.name}: {people.source}" if people else "",
    }
    return {name: known.get(answer, "") for name, (_, answer) in collection.questions.items()}


def _footnotes(
    cells: Any, words: Mapping[str, Mapping[str, str]], workspace: Workspace, people: Population | None, language: str
) -> dict[str, str]:
    def text(key: str) -> str:
        told = words.get(key, {})
        return told.get(language) or told.get("en") or key

    notes = {}
    for note in dict.fromkeys(note for cell in cells for note in (*cell.notes, *(["small"] if cell.is_small else []))):
        kind, _, detail = note.partition(":")
        if kind == "unit":
            indicator = workspace.catalogue.indicators[detail]
            detail = f"{indicator.counting_unit}; {indicator.definition or indicator.when_recorded}"
        if kind == "population" and people:
            detail = f"{people.name}: {people.source}"
        notes[note] = text(f"footnote.{kind}").replace("{detail}", detail)
    return notes


def unfilled(filled: FilledRound, year: int) -> Sequence[FilledCell]:
    """Return the cells of a year that are empty and could be filled by a source."""
    return [cell for (_, each), cell in filled.cells.items() if each == year and cell.value is None]

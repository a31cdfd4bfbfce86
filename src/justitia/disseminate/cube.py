"""A published table read into memory as a cube: axes in reading order, and cells by key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from justitia.disseminate.wording import Text, Words
from justitia.metadata.definitions import CodeList, Dataflow, Dimension, Ratio
from justitia.model.missing import MISSING, TOTAL
from justitia.model.publication import PublishedTable

REDACTED = ":c"
NOT_COMPUTABLE = ":"
NO_FIGURE = "."


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure with its interval, or the symbol that stands for it."""

    value: float | None
    lower: float | None = None
    upper: float | None = None
    symbol: str = ""


_ABSENT = Cell(None, symbol=NO_FIGURE)


@dataclass(frozen=True, slots=True)
class Entry:
    """A code of an axis: how deep it is in the hierarchy shown, and whether it is a total or a reserved code."""

    code: str
    depth: int
    is_top: bool

    @property
    def is_total(self) -> bool:
        """Return whether this is the sum over the axis."""
        return self.code == TOTAL

    @property
    def is_missing(self) -> bool:
        """Return whether this is a reserved code (not given, unknown, not coded, not applicable)."""
        return self.code in MISSING


@dataclass(frozen=True, slots=True)
class Axis:
    """One dimension of a cube."""

    dimension: Dimension
    codelist: CodeList
    entries: tuple[Entry, ...]

    @property
    def id(self) -> str:
        """Return the dimension's id."""
        return self.dimension.id

    @property
    def is_classified(self) -> bool:
        """Return whether the codes are those of a classification, which readers look up by code."""
        return bool(self.codelist.level_names)

    @property
    def is_ordered(self) -> bool:
        """Return whether the codes are bands, which have an order of their own."""
        return any(code.lower is not None or code.upper is not None for code in self.codelist.codes.values())

    def title(self, words: Words) -> Text:
        """Return the dimension's name."""
        return words.pick(self.dimension.labels) or words.known(f"dimension.{self.id}", self.id)

    def label(self, code: str, words: Words) -> Text:
        """Return the name of a code."""
        if code == TOTAL or code in MISSING:
            return words(f"code.{code}")
        entry = self.codelist.codes.get(code)
        return words.pick(entry.labels, code) if entry else Text(code, words.language)


@dataclass(frozen=True, slots=True)
class Cube:
    """A published table: axes, periods and measures in reading order, cells by (codes, period, measure)."""

    table: PublishedTable
    axes: tuple[Axis, ...]
    periods: tuple[str, ...]
    measures: tuple[str, ...]
    cells: Mapping[tuple[tuple[str, ...], str, str], Cell]
    places: Mapping[str, int]  # decimal places of each ratio; counts have none

    @property
    def dataflow(self) -> Dataflow:
        """Return the table's definition."""
        return self.table.dataflow

    def ratio(self, measure: str) -> Ratio | None:
        """Return the ratio with this id, None when it is a count."""
        return next((ratio for ratio in self.dataflow.ratios if ratio.id == measure), None)

    def codes(self, given: Mapping[str, str]) -> tuple[str, ...]:
        """Return a full key: the codes given, totals elsewhere."""
        return tuple(given.get(axis.id, TOTAL) for axis in self.axes)

    def cell(self, given: Mapping[str, str], period: str, measure: str) -> Cell:
        """Return one cell; dimensions not given are at their total."""
        return self.at(self.codes(given), period, measure)

    def at(self, codes: tuple[str, ...], period: str, measure: str) -> Cell:
        """Return the cell of a full key, or the symbol for `not in this table`."""
        return self.cells.get((codes, period, measure), _ABSENT)

    def axis(self, dimension_id: str) -> Axis | None:
        """Return the axis with this id, None when there is none."""
        return next((axis for axis in self.axes if axis.id == dimension_id), None)

    def rows(self) -> list[tuple[str, ...]]:
        """Return all keys that occur, in reading order."""
        places = [{entry.code: place for place, entry in enumerate(axis.entries)} for axis in self.axes]
        occurring = {codes for codes, _, _ in self.cells}
        return sorted(
            occurring, key=lambda codes: tuple(place[code] for place, code in zip(places, codes, strict=True))
        )


def read_cube(table: PublishedTable) -> Cube:
    """Return the cube of a published table."""
    flow = table.dataflow
    columns = table.cells.to_pydict()
    ids = [dimension.id for dimension in flow.dimensions]
    keys = list(zip(*(columns[name] for name in ids), strict=True)) if ids else [()] * table.cells.num_rows
    cells = {
        (codes, period, measure): Cell(value, lower, upper, _symbol(value, conf))
        for codes, period, measure, value, lower, upper, conf in zip(
            keys,
            *(columns[name] for name in ("TIME_PERIOD", "MEASURE", "OBS_VALUE", "LOWER", "UPPER", "CONF_STATUS")),
            strict=True,
        )
    }
    measures = set(columns["MEASURE"])
    declared = [measure.id for measure in flow.measures] + [ratio.id for ratio in flow.ratios]
    return Cube(
        table=table,
        axes=tuple(
            _axis(
                dimension, table.codelists.get(dimension.id) or CodeList(dimension.id, {}), set(columns[dimension.id])
            )
            for dimension in flow.dimensions
        ),
        periods=tuple(sorted(set(columns["TIME_PERIOD"]), key=lambda period: (period == TOTAL, period))),
        measures=tuple(name for name in declared if name in measures),
        cells=cells,
        places={ratio.id: _places(ratio, cells) for ratio in flow.ratios},
    )


def _places(ratio: Ratio, cells: Mapping[tuple[tuple[str, ...], str, str], Cell]) -> int:
    """Return one decimal place, or two for a rate whose figures are all below ten."""
    if ratio.per == 100:
        return 1
    return 2 if all((cell.value or 0) < 10 for (_, _, measure), cell in cells.items() if measure == ratio.id) else 1


def _symbol(value: float | None, conf_status: str) -> str:
    """Return the symbol that stands for a cell without a value; a value marked confidential is not shown either."""
    if conf_status == "C":
        return REDACTED
    return NOT_COMPUTABLE if value is None else ""


def _axis(dimension: Dimension, codelist: CodeList, present: set[str]) -> Axis:
    """Return the axis: the total first, then the codes with their parents before them, reserved codes last."""
    children: dict[str, list[str]] = {}
    listed = [code for code in codelist.codes if code in present]
    for code in listed:
        children.setdefault(_shown_parent(codelist, code, present), []).append(code)
    entries = [Entry(TOTAL, 0, False)] if TOTAL in present else []
    stack = [(code, 0) for code in reversed(children.get("", []))]
    while stack:
        code, depth = stack.pop()
        entries.append(Entry(code, depth, depth == 0))
        stack.extend((child, depth + 1) for child in reversed(children.get(code, [])))
    unlisted = sorted(present - set(listed) - {TOTAL, *MISSING})
    rest = unlisted + [code for code in MISSING if code in present]
    return Axis(dimension, codelist, (*entries, *(Entry(code, 0, True) for code in rest)))


def _shown_parent(codelist: CodeList, code: str, present: set[str]) -> str:
    """Return the nearest ancestor that the table shows, empty when there is none."""
    parent = codelist.codes[code].parent
    while parent and parent not in present:
        parent = codelist.codes[parent].parent if parent in codelist.codes else ""
    return parent

"""Tables to be counted."""

from __future__ import annotations

from justitia.metadata.definitions import Dataflow, Dimension, Measure, Override, Ratio
from justitia.metadata.faults import Faults
from justitia.metadata.settings import Settings, open_settings
from justitia.metadata.tree import Tree

COUNTING_RULES = ("each", "principal_offence", "once_per_category", "each_victim", "once_per_series")
FREQUENCIES = ("A", "S", "Q", "M")
CHARTS = ("bar", "line", "stacked_bar")


def read_dataflow(tree: Tree, identifier: str, faults: Faults, overrides: list[Override]) -> Dataflow | None:
    """Return a table to be counted; None, and a fault, when its file is not TOML."""
    settings = open_settings(tree, f"dataflows/{identifier}.toml", faults, overrides)
    if settings is None:
        return None
    period, chart = settings.table("period"), settings.table("chart")
    made = Dataflow(
        id=identifier,
        labels=settings.labels("label", needed=True),
        descriptions=settings.labels("description"),
        unit=settings.text("unit"),
        counting_rule=settings.text("counting_rule", among=COUNTING_RULES),
        where=settings.text("where", ""),
        disclosure=settings.text("disclosure"),
        period_field=period.text("field") if period.data else "",
        frequency=period.text("frequency", among=FREQUENCIES) if period.data else "",
        dimensions=tuple(_dimension(table) for table in settings.tables("dimensions")),
        measures=tuple(_measure(table) for table in settings.tables("measures", needed=True)),
        ratios=tuple(_ratio(table) for table in settings.tables("ratios")),
        universe=settings.text("universe", ""),
        chart=_chart(chart) if chart.data else {},
        full_until=period.text("full_until", "") if period.data else "",
        place=settings.place(),
        series=settings.texts("series", ()),
    )
    period.close()
    chart.close()
    settings.close()
    return made


def _dimension(table: Settings) -> Dimension:
    made = Dimension(table.text("id"), table.text("field"), table.texts("levels", ()), table.labels("label"))
    table.close()
    return made


def _measure(table: Settings) -> Measure:
    made = Measure(table.text("id"), table.text("where", ""), table.labels("label"), table.text("sum", ""))
    table.close()
    return made


def _ratio(table: Settings) -> Ratio:
    made = Ratio(
        id=table.text("id"),
        kind=table.text("kind", among=("share", "rate")),
        numerator=table.text("numerator"),
        denominator=table.text("denominator"),
        per=table.number("per", 100, least=1),
        labels=table.labels("label"),
    )
    table.close()
    return made


def _chart(table: Settings) -> dict[str, str]:
    chart = {"kind": table.text("kind", among=CHARTS), "x": table.text("x"), "colour": table.text("colour", "")}
    return {name: value for name, value in chart.items() if value}

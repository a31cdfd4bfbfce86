"""What may be said in public of a state: protected tables, protected quality figures, and the products made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from justitia.aggregate.dimensions import UNSPECIFIED, compile_dimensions, table_codes
from justitia.case_flow.narrowness import further
from justitia.case_flow.publishing import published_flows
from justitia.coding_quality import coding_figures
from justitia.errors import DisclosureError
from justitia.linking.figures import link_figures
from justitia.metadata.definitions import Code, CodeList
from justitia.model.missing import MISSING, TOTAL
from justitia.model.publication import Publication, PublishedTable, QualityFigure, SourceNote
from justitia.protect.threshold import check_threshold, protected
from justitia.stage import Progress, silent
from justitia.workspace import table_relation

if TYPE_CHECKING:
    from justitia.case_flow.narrowness import Counts, Sums
    from justitia.engine import Engine
    from justitia.metadata.definitions import Dataflow, DisclosureRule
    from justitia.workspace import Workspace

QUALITY_RULE = "public_default"  # protects quality figures, whatever rules the tables have
KEPT = ("new", "correction", "withdrawal")  # fates of the rows that were accepted


def build_publication(
    workspace: Workspace,
    engine: Engine,
    state: Mapping[str, Any],
    *,
    vintage: str,
    released: date,
    more_quality: Sequence[QualityFigure] = (),
    all_flows: bool = False,
) -> Publication:
    """Return what may be said in public of a state: protected tables, flows and quality figures.

    Args:
        workspace, engine, state: the workspace, an open engine of it, and what has been run.
        vintage, released: name and day of the release or preview.
        more_quality: further quality figures.
        all_flows: refuse when a flow may not be published; else it is left out.

    Raises:
        DisclosureError: of that flow (E-FLO-005, E-FLO-011, E-FLO-012).
    """
    catalogue = workspace.catalogue
    tables = []
    for dataflow in catalogue.dataflows.values():
        name = f"protected__{dataflow.id}"
        if name not in state["tables"]:
            continue
        breakdowns = compile_dimensions(dataflow, catalogue)
        cells = engine.table(f"SELECT * FROM {table_relation(workspace, engine, state, name)}")
        codes = {
            identifier: _with_unspecified(workspace, listed, set(cells[identifier].to_pylist()))
            for identifier, listed in table_codes(breakdowns).items()
        }
        tables.append(PublishedTable(dataflow, cells, codes, vintage, _sources_of(workspace, dataflow)))
    layouts = [catalogue.layouts[name] for name in sorted({b["source_id"] for b in state["batches"].values()})]
    sources = tuple(
        SourceNote(x.source_id, x.title, x.authority, x.sector, x.unit_of_row, x.when_recorded, x.licence, x.made_up)
        for x in layouts
    )
    found = published_flows(workspace, engine, state, released=released)
    if all_flows:
        for error in found.refused.values():
            raise error
    flows = found.tables
    used = {table.dataflow.disclosure for table in tables} | {QUALITY_RULE} | {flow.heading.rule for flow in flows}
    return Publication(
        title=workspace.settings.title,
        publisher=workspace.settings.publisher,
        vintage=vintage,
        released=released,
        made_up=any(source.made_up for source in sources),
        tables=tuple(tables),
        sources=sources,
        quality=(*quality_figures(workspace, state), *missing_figures(tables), *more_quality),
        disclosure={name: catalogue.disclosure(name) for name in sorted(used)},
        notes=workspace.settings.notes,
        contact=workspace.settings.contact,
        flows=flows,
    )


def _sources_of(workspace: Workspace, dataflow: Dataflow) -> tuple[str, ...]:
    """Return the sources that tell of the units that a dataflow counts."""
    layouts = workspace.catalogue.layouts.values()
    return tuple(x.source_id for x in layouts if any(record.kind == dataflow.unit for record in x.records))


def _with_unspecified(workspace: Workspace, listed: CodeList, used: set[str]) -> CodeList:
    """Return the code list with the codes that occur only in tables: `<parent>_X`, not further specified."""
    words = workspace.catalogue.messages("report").get("not_further_specified", {"en": "not further specified"})
    codes: dict[str, Code] = {}
    for code in listed.codes.values():
        codes[code.code] = code
        extra = f"{code.code}{UNSPECIFIED}"
        if extra in used:
            labels = {lang: f"{label} – {words.get(lang, words['en'])}" for lang, label in code.labels.items()}
            codes[extra] = replace(code, code=extra, parent=code.code, level=code.level + 1, labels=labels)
    return replace(listed, codes=codes)


def quality_figures(workspace: Workspace, state: Mapping[str, Any]) -> tuple[QualityFigure, ...]:
    """Return the protected quality figures of a state: what became of the rows, and how much could not be coded.

    There are none when the rule that protects them would protect nobody; a release is refused then.
    """
    rule = workspace.catalogue.disclosure(QUALITY_RULE)
    try:
        check_threshold(rule)
    except DisclosureError:
        return ()
    figures: list[QualityFigure] = []
    sums: Sums = []
    for source_id in sorted({batch["source_id"] for batch in state["batches"].values()}):
        totals: dict[str, int] = {}
        for batch in state["batches"].values():
            if batch["source_id"] == source_id:
                for fate, count in batch["counts"].items():
                    totals[fate] = totals.get(fate, 0) + count
        accepted = sum(totals[fate] for fate in KEPT)
        shown = {"rows_received": totals["rows_in"], "rows_accepted": accepted}
        shown |= {f"rows_{fate}": n for fate, n in totals.items() if fate != "rows_in"}
        figures += [_figure(name, source_id, count, "rows", rule) for name, count in shown.items()]
        lost = [fate for fate in totals if fate not in {"rows_in", *KEPT}]
        sums.append((("rows_received", source_id), [(f"rows_{name}", source_id) for name in ("accepted", *lost)]))
        sums.append((("rows_accepted", source_id), [(f"rows_{name}", source_id) for name in KEPT]))
    for unit in state.get("units", []):
        subject = f"{unit['source_id']}.{unit['record']}"
        sums.append(((unit["source_id"], unit["rows"]), [(name, subject) for name in ("units", "repeated_rows")]))
        figures.append(_figure("units", subject, unit["units"], "records", rule))
        if unit["rows"] != unit["units"]:
            figures.append(_figure("repeated_rows", subject, unit["rows"] - unit["units"], "rows", rule))
    figures = _without_narrow(figures, sums, rule)
    figures += coding_figures(state, rule)
    figures += link_figures(state, rule)
    checked = state["stages"].get("validate", {}).get("metrics", {})
    for name in ("error_records", "warning_records"):
        if name in checked:
            figures.append(_figure(name, "checks", checked[name], "records", rule))
    return tuple(figures)


def _without_narrow(figures: list[QualityFigure], sums: Sums, rule: DisclosureRule) -> list[QualityFigure]:
    """Return the figures without those whose sums would place a redacted one too narrowly.

    Rows received are the rows of each fate; records of one source are made of the same rows.
    """
    counts: Counts = {(item.id, item.subject): item.value for item in figures}
    known = [(total, [part for part in parts if part in counts]) for total, parts in sums]
    counts |= {total: float("nan") for total, _ in known if total not in counts}
    more, narrow = further(counts, known, rule)
    return [replace(item, value=None) if (item.id, item.subject) in more or narrow else item for item in figures]


def missing_figures(tables: Sequence[PublishedTable]) -> tuple[QualityFigure, ...]:
    """Return, for each field that tables break down by, how many units have no value there, from protected cells."""
    figures: dict[tuple[str, str], QualityFigure] = {}
    for table in tables:
        flow = table.dataflow
        columns = table.cells.to_pydict()
        ids = [dimension.id for dimension in flow.dimensions]
        for row in range(table.cells.num_rows):
            if columns["MEASURE"][row] != "COUNT" or columns["TIME_PERIOD"][row] != TOTAL:
                continue
            given = [(name, columns[name][row]) for name in ids if columns[name][row] != TOTAL]
            if len(given) == 1 and given[0][1] in MISSING:
                field = next(dimension.field for dimension in flow.dimensions if dimension.id == given[0][0])
                subject = field if "." in field else f"{flow.unit}.{field}"
                name = f"missing{given[0][1]}"
                value = columns["OBS_VALUE"][row]
                figures.setdefault((name, subject), QualityFigure(name, subject, value, "records"))
    return tuple(figures[key] for key in sorted(figures))


def _figure(name: str, subject: str, count: int, unit: str, rule: DisclosureRule) -> QualityFigure:
    value = protected(int(count), rule)
    return QualityFigure(name, subject, None if value is None else float(value), unit)


def write_products(
    workspace: Workspace, publication: Publication, folder: Path, *, progress: Progress = silent
) -> None:
    """Write report, workbooks and CSV of a publication, in the workspace's languages."""
    from justitia.disseminate import render_report, write_csvw, write_flow_files, write_workbook

    languages, messages = workspace.settings.languages, workspace.catalogue.messages("report")
    flow_messages = workspace.catalogue.messages("flow")
    folder.mkdir(parents=True)
    progress("write report", 0.1)
    render_report(publication, folder, languages=languages, messages=messages, flow_messages=flow_messages)
    for place, language in enumerate(languages):
        progress("write workbook", 0.4 + place / 10)
        book = folder / f"tables.{language}.xlsx"
        write_workbook(publication, book, language=language, messages=messages, flow_messages=flow_messages)
    progress("write csv", 0.9)
    write_csvw(publication, folder / "csv", languages=languages, messages=messages)
    write_flow_files(publication.flows, folder, languages=languages, messages=flow_messages)

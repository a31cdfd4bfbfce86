"""Releases: a vintage is frozen with its tables, rules and lineage, and never overwritten; previews are replaced."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from justitia.aggregate.dimensions import UNSPECIFIED, compile_dimensions, table_codes
from justitia.errors import DisclosureError, RequestError
from justitia.metadata.definitions import Code, CodeList
from justitia.model.missing import MISSING, TOTAL
from justitia.model.publication import Publication, PublishedTable, QualityFigure, SourceNote
from justitia.protect.threshold import check_rule, protected
from justitia.stage import Progress, silent
from justitia.store import canonical_json, disk_faults, sha256_of, write_atomically
from justitia.workspace import table_relation

if TYPE_CHECKING:
    from justitia.engine import Engine
    from justitia.metadata.definitions import Dataflow, DisclosureRule
    from justitia.workspace import Workspace

PREVIEW = "preview"
PREVIEW_KEY = "preview.key"  # in the store: what the preview was made of
QUALITY_RULE = "public_default"


def write_preview(workspace: Workspace, state: Mapping[str, Any], *, progress: Progress = silent) -> Path:
    """Write the public products of the last good state to `preview/` (protected like a release), return the folder.

    Args:
        workspace: the workspace.
        state: that of the run; another run may have gone further since, then its state is shown.
        progress: called with what is being done and the share done.

    Raises:
        Unavailable: E-STO-001 when another run writes, E-STO-002 when the disk is full; the old preview is intact.
    """
    from justitia.collect.batch import received_on

    aside, target = workspace.folder / ".preview.aside", workspace.folder / PREVIEW
    with workspace.store.writing(), disk_faults(aside):
        state = workspace.store.read()
        shutil.rmtree(aside, ignore_errors=True)
        with workspace.engine() as engine:
            publication = build_publication(workspace, engine, state, vintage=PREVIEW, released=received_on())
            write_products(workspace, publication, aside, progress=progress)
        shutil.rmtree(target, ignore_errors=True)
        aside.replace(target)
        # Last: a run that was killed before this line writes the preview again.
        write_atomically(workspace.store.folder / PREVIEW_KEY, _preview_key(workspace, state).encode())
    return target


def preview_is_current(workspace: Workspace, state: Mapping[str, Any]) -> bool:
    """Return whether `preview/` shows the tables of this state, with the present words and settings."""
    key = workspace.store.folder / PREVIEW_KEY
    shown = key.exists() and (workspace.folder / PREVIEW).exists()
    return shown and key.read_text() == _preview_key(workspace, state)


def _preview_key(workspace: Workspace, state: Mapping[str, Any]) -> str:
    made_of = [
        state["stages"].get("protect", {}).get("key"),
        workspace.catalogue.fingerprint(),
        repr(workspace.settings),
    ]
    return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()


def release_workspace(
    workspace: Workspace, *, vintage: str | None = None, released: date | None = None, progress: Progress = silent
) -> Path:
    """Freeze the present state as a vintage and return its folder.

    Args:
        workspace: the workspace, up to date with its files.
        vintage: name of the release; default, the date.
        released: date of the release; default, today.
        progress: called with what is being done and the share done.

    Raises:
        DisclosureError: when the release would break a rule; nothing is written.
        RequestError: E-REL-001 when the vintage exists, E-REL-002 when the workspace is not up to date.
    """
    from justitia.collect.batch import received_on
    from justitia.pipeline import run_workspace

    released = released or received_on()
    vintage = vintage or released.isoformat()
    target = workspace.folder / "releases" / vintage
    if not re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z._-]{0,40}", vintage) or vintage == PREVIEW:
        raise RequestError("E-REL-003", f"[{vintage}] cannot name a release", remedy="Use letters, digits, - and _")
    if target.exists():
        raise RequestError(
            "E-REL-001", f"release {vintage} exists and is frozen", where=str(target), remedy="Name another vintage"
        )
    with workspace.store.writing():
        ahead = run_workspace(workspace, dry_run=True)
        if ahead.new_batches or ahead.stages_run or not ahead.state["batches"]:
            raise RequestError(
                "E-REL-002",
                "the workspace is not up to date with its files and definitions",
                where=str(workspace.folder),
                remedy="Run `justitia run`, look at the preview, then release",
            )
        state = ahead.state
        check_release(workspace, state, released)
        aside = workspace.store.scratch / f"release-{vintage}"
        with workspace.engine() as engine:
            publication = build_publication(workspace, engine, state, vintage=vintage, released=released)
            write_products(workspace, publication, aside / "public", progress=progress)
        (aside / "tables").mkdir()
        for name, entry in state["tables"].items():
            if name.startswith("protected__"):
                shutil.copy2(workspace.store.folder / entry["folder"] / f"{name}.parquet", aside / "tables")
        (aside / "release.json").write_bytes(canonical_json(_lineage(workspace, state, publication, aside)))
        target.parent.mkdir(exist_ok=True)
        aside.replace(target)
    return target


def check_release(workspace: Workspace, state: Mapping[str, Any], released: date) -> None:
    """Raise DisclosureError when the state may not be released.

    Refused are: a table without a protecting rule (E-DIS-001, E-DIS-002), periods younger than the rule's delay
    (E-DIS-003), and data of which too many records fail an error check (E-DIS-004).
    """
    catalogue = workspace.catalogue
    check_rule(catalogue.disclosure(QUALITY_RULE))
    for dataflow in catalogue.dataflows.values():
        rule = catalogue.disclosure(dataflow.disclosure)
        check_rule(rule)
        _check_delay(workspace, state, dataflow, rule, released)
    records = sum(n for name, n in state["stages"]["derive"]["metrics"].items() if name.endswith("_records"))
    errors = state["stages"]["validate"]["metrics"]["error_records"]
    if records and errors / records > workspace.settings.max_error_share:
        raise DisclosureError(
            "E-DIS-004",
            f"{errors / records:.1%} of records fail an error check, {workspace.settings.max_error_share:.1%} may",
            where=str(workspace.folder),
            remedy="See `justitia status --findings`; correct the records or the rules first",
        )


def _check_delay(
    workspace: Workspace, state: Mapping[str, Any], dataflow: Dataflow, rule: DisclosureRule, released: date
) -> None:
    if not rule.delay_days or not dataflow.frequency:
        return
    limit = released - timedelta(days=rule.delay_days)
    with workspace.engine() as engine:
        relation = table_relation(workspace, engine, state, f"protected__{dataflow.id}")
        last = engine.value(f"SELECT max(TIME_PERIOD) FROM {relation} WHERE TIME_PERIOD SIMILAR TO '[0-9].*'")
    end = period_end(last) if last else None
    if end and end > limit:
        raise DisclosureError(
            "E-DIS-003",
            f"table {dataflow.id} shows {last}, which ended less than {rule.delay_days} days ago",
            where=f"disclosure/{rule.id}.toml",
            remedy=f"Release after {end + timedelta(days=rule.delay_days)}",
        )


def period_end(period: str) -> date:
    """Return the last day of an SDMX period such as `2021`, `2021-S1`, `2021-Q3` or `2021-03`."""
    year, _, part = period.partition("-")
    if not part:
        return date(int(year), 12, 31)
    month = {"S": 6, "Q": 3}.get(part[0], 1) * int(part.lstrip("SQ"))
    return (date(int(year), month, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


# -- publication --------------------------------------------------------------------------------------------------
def build_publication(
    workspace: Workspace, engine: Engine, state: Mapping[str, Any], *, vintage: str, released: date
) -> Publication:
    """Return what may be said in public of a state: protected tables and protected quality figures."""
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
    used = {table.dataflow.disclosure for table in tables} | {QUALITY_RULE}
    return Publication(
        title=workspace.settings.title,
        publisher=workspace.settings.publisher,
        vintage=vintage,
        released=released,
        made_up=any(source.made_up for source in sources),
        tables=tuple(tables),
        sources=sources,
        quality=(*quality_figures(workspace, state), *missing_figures(tables)),
        disclosure={name: catalogue.disclosure(name) for name in sorted(used)},
        notes=workspace.settings.notes,
        contact=workspace.settings.contact,
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
        check_rule(rule)
    except DisclosureError:
        return ()
    figures = []
    for source_id in sorted({batch["source_id"] for batch in state["batches"].values()}):
        totals: dict[str, int] = {}
        for batch in state["batches"].values():
            if batch["source_id"] == source_id:
                for fate, count in batch["counts"].items():
                    totals[fate] = totals.get(fate, 0) + count
        accepted = totals["new"] + totals["correction"] + totals["withdrawal"]
        shown = {"rows_received": totals["rows_in"], "rows_accepted": accepted}
        shown |= {f"rows_{fate}": n for fate, n in totals.items() if fate != "rows_in"}
        figures += [_figure(name, source_id, count, "rows", rule) for name, count in shown.items()]
    for unit in state.get("units", []):
        subject = f"{unit['source_id']}.{unit['record']}"
        figures.append(_figure("units", subject, unit["units"], "records", rule))
        if unit["rows"] != unit["units"]:
            figures.append(_figure("repeated_rows", subject, unit["rows"] - unit["units"], "rows", rule))
    metrics = state["stages"].get("classify", {}).get("metrics", {})
    total = sum(metrics.values())
    for name in ("coded", "unspecified", "no_code", "uncoded"):
        if total:
            figures.append(_figure(f"{name}_records", "offence.iccs_code", metrics.get(name, 0), "records", rule))
    uncoded, all_records = protected(metrics.get("uncoded", 0), rule), protected(total, rule)
    if all_records:
        share = None if uncoded is None else round(100 * uncoded / all_records, 2)
        figures.append(QualityFigure("uncoded_share", "offence.iccs_code", share, "percent"))
    checked = state["stages"].get("validate", {}).get("metrics", {})
    for name in ("error_records", "warning_records"):
        if name in checked:
            figures.append(_figure(name, "checks", checked[name], "records", rule))
    return tuple(figures)


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
    from justitia.disseminate import render_report, write_csvw, write_workbook

    languages, messages = workspace.settings.languages, workspace.catalogue.messages("report")
    folder.mkdir(parents=True)
    progress("write report", 0.1)
    render_report(publication, folder, languages=languages, messages=messages)
    for place, language in enumerate(languages):
        progress("write workbook", 0.4 + place / 10)
        write_workbook(publication, folder / f"tables.{language}.xlsx", language=language, messages=messages)
    progress("write csv", 0.9)
    write_csvw(publication, folder / "csv", languages=languages, messages=messages)


def _lineage(workspace: Workspace, state: Mapping[str, Any], publication: Publication, aside: Path) -> dict[str, Any]:
    from importlib.metadata import version

    public = {str(p.relative_to(aside)): sha256_of(p) for p in sorted(aside.rglob("*")) if p.is_file()}
    definitions = {
        table.dataflow.id: hashlib.sha256(repr(replace(table.dataflow, place=None)).encode()).hexdigest()
        for table in publication.tables
    }
    return {
        "vintage": publication.vintage,
        "released": publication.released.isoformat(),
        "justitia": version("justitia"),
        "state": state["number"],
        "catalogue": workspace.catalogue.fingerprint(),
        "stages": {name: stage["key"] for name, stage in state["stages"].items()},
        "batches": {
            name: {key: batch[key] for key in ("source_id", "layout_version", "content_hash", "received_on")}
            for name, batch in state["batches"].items()
        },
        "dataflows": definitions,
        "disclosure": {name: _rule(rule) for name, rule in publication.disclosure.items()},
        "files": public,
    }


def _rule(rule: DisclosureRule) -> dict[str, Any]:
    return {name: getattr(rule, name) for name in rule.__slots__}


def read_release(workspace: Workspace, vintage: str) -> dict[str, Any]:
    """Return the lineage of a release.

    Raises:
        RequestError: E-REL-004 when there is none of that name.
    """
    file = workspace.folder / "releases" / vintage / "release.json"
    if not file.exists():
        known = sorted(path.name for path in (workspace.folder / "releases").glob("*"))
        raise RequestError(
            "E-REL-004", f"there is no release [{vintage}]", remedy=f"There are: {', '.join(known) or 'none yet'}"
        )
    data: dict[str, Any] = json.loads(file.read_bytes())
    return data

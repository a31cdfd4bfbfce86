"""Write a proposed layout as the files of an overlay: layout, columns, values, areas, correspondence, first tables."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from justitia.engine import quote
from justitia.store import write_atomically

if TYPE_CHECKING:
    from justitia.collect.propose import Proposal
    from justitia.workspace import Workspace

# Persons whose sex and age a file gives, and how a table calls them.
PERSONS = {
    "victim": ("Victims", "Victimes", "Víctimas"),
    "suspect": ("Suspects", "Suspects", "Sospechosos"),
    "defendant": ("Defendants", "Prévenus", "Acusados"),
    "prisoner": ("Prisoners", "Détenus", "Reclusos"),
}


def write_layout_files(workspace: Workspace, proposal: Proposal) -> None:
    """Write the proposal to the workspace's last overlay; sets `folder` and `also_made` of the proposal."""
    overlay = workspace.folder / workspace.settings.overlays[-1]
    authority = "".join(c if c.isalnum() else "_" for c in proposal.authority.lower())
    folder = overlay / "layouts" / authority / proposal.source_id / "1"
    proposal.folder = folder
    write_atomically(folder / "layout.toml", _layout(workspace, proposal).encode())
    _write_rows(
        folder / "columns.csv",
        ("column", "record", "field", "action", "format", "personal", "on_bad_value", "constant", "note"),
        [
            (c.column, c.record, c.field, c.action, c.format, "yes" if c.personal else "no", "", "", c.why)
            for c in proposal.columns
        ],
    )
    values = [(column, v, code, "") for column, coded in proposal.values.items() for v, code in coded.items() if code]
    values += [
        (c.column, area, area, "") for c in proposal.columns if c.field == "area_code" for area in proposal.areas
    ]
    _write_rows(folder / "values.csv", ("column", "value", "code", "note"), values)
    _manifest(folder, ("layout.toml", "columns.csv", "values.csv"), proposal)
    if proposal.areas:
        _areas(overlay, proposal)
    file = overlay / "correspondences" / f"{proposal.source_id}__iccs.csv"
    if not file.exists():
        heads = (
            "national_code",
            "condition",
            "iccs_code",
            "status",
            "priority",
            "national_label",
            "basis",
            "valid_from",
            "valid_to",
        )
        _write_rows(file, heads, [])
        _manifest(file.parent, (file.name,), proposal)
        proposal.also_made.append(f"{file} (empty: fill it with `justitia coding export`)")
    _tables(workspace, overlay, proposal)


def _records(workspace: Workspace, proposal: Proposal) -> list[str]:
    """Return the [[records]] tables of layout.toml."""

    def block(name: str, lines: Sequence[str]) -> str:
        return "\n".join(["[[records]]", f'name = "{name}"', f'kind = "{name}"', *lines])

    event = json.dumps(list(proposal.event_key), ensure_ascii=False)
    row = json.dumps(list(proposal.key), ensure_ascii=False)
    reference = 'references = { event = "event" }'
    blocks = [block("event", [f"key = {event}"])]
    used = {column.record for column in proposal.columns if column.action == "use"}
    if "offence" in used:
        offence = json.dumps(list(proposal.offence_key or proposal.event_key), ensure_ascii=False)
        blocks.append(
            block("offence", [f"key = {offence}", reference, f'correspondence = "{proposal.source_id}__iccs"'])
        )
    for name in PERSONS:
        told = [column.column for column in proposal.columns if column.record == name and column.action == "use"]
        if told:
            when = json.dumps(" OR ".join(f"{quote(column)} IS NOT NULL" for column in told), ensure_ascii=False)
            linked = [reference] if _has_event(workspace, name) else []
            blocks.append(block(name, [f"key = {row}", f"when = {when}", *linked]))
    return blocks


def _has_event(workspace: Workspace, kind: str) -> bool:
    return "event_id" in workspace.catalogue.record_kinds[kind].fields


def _layout(workspace: Workspace, proposal: Proposal) -> str:
    declared = proposal.format
    text = {
        name: json.dumps(getattr(declared, name), ensure_ascii=False)
        for name in ("kind", "encoding", "delimiter", "quote", "decimal", "thousands", "sheet", "query")
    }
    dates = [column.field for column in proposal.columns if column.field.endswith("_date")]
    when = "date of recording" if "recorded_date" in dates else ""
    nulls = json.dumps(list(declared.null_values), ensure_ascii=False)
    key = json.dumps(list(proposal.key), ensure_ascii=False)
    title = json.dumps(proposal.title, ensure_ascii=False)
    lines = [
        "# Proposed by `justitia layout`; what it was not sure of:",
        *(f"# - {doubt}" for doubt in proposal.unsure),
        f'source_id = "{proposal.source_id}"',
        f"title = {title}",
        f"authority = {json.dumps(proposal.authority, ensure_ascii=False)}",
        f'sector = "{proposal.sector}"',
        'purpose = "official statistics"',
        'legal_basis = ""',
        'licence = ""',
        'unit_of_row = "one row per record"'
        if proposal.key == proposal.event_key
        else 'unit_of_row = "several rows may tell of one incident"',
        f'when_recorded = "{when}"',
        "made_up = false",
        "",
        "[format]",
        *(f"{name} = {value}" for name, value in text.items()),
        f"null_values = {nulls}",
        "",
        "[row]",
        f"key = {key}",
        'on_new_column = "accept"',
        'on_bad_row = "set_aside_row"',
        "",
        "\n\n".join(_records(workspace, proposal)),
        "",
    ]
    return "\n".join(lines)


def _areas(overlay: Path, proposal: Proposal) -> None:
    file = overlay / "codelists" / "area.csv"
    if file.exists():
        proposal.unsure.append(f"{file} exists: add the areas of this file to it by hand")
        return
    _write_rows(
        file, ("code", "parent", "label_en", "label_fr", "label_es"), [(a, "", a, a, a) for a in proposal.areas]
    )
    _manifest(file.parent, (file.name,), proposal)
    proposal.also_made.append(str(file))


def _tables(workspace: Workspace, overlay: Path, proposal: Proposal) -> None:
    """Write first tables to be counted: offences by ICCS, incidents by area, persons by sex and age, each by year."""
    fields = {column.target for column in proposal.columns if column.action == "use"}
    period = next((f for f in ("event.recorded_date", "event.occurred_date", "event.reported_date") if f in fields), "")
    made = []
    if "offence.national_code" in fields:
        made.append(
            (
                "offences_by_iccs",
                "offence",
                "ICCS",
                "iccs_code",
                'levels = ["section", "division"]\n',
                (
                    "Offences by ICCS section and division",
                    "Infractions par section et division de l’ICCS",
                    "Delitos por sección y división de la ICCS",
                ),
            )
        )
    if "event.area_code" in fields:
        made.append(
            (
                "events_by_area",
                "event",
                "AREA",
                "area_code",
                "",
                ("Incidents by area", "Événements par territoire", "Hechos por zona"),
            )
        )
    for kind, (en, fr, es) in PERSONS.items():
        if f"{kind}.sex" in fields:
            labels = (f"{en} by sex", f"{fr} par sexe", f"{es} por sexo")
            made.append((f"{kind}s_by_sex", kind, "SEX", "sex", "", labels))
        if f"{kind}.age" in fields:
            labels = (f"{en} by age group", f"{fr} par groupe d’âge", f"{es} por grupo de edad")
            made.append((f"{kind}s_by_age", kind, "AGE", "age_group", "", labels))
    for name, unit, dimension, field, levels, labels in made:
        file = overlay / "dataflows" / f"{proposal.source_id}_{name}.toml"
        dated = period.removeprefix("event.") if unit == "event" else period if _has_event(workspace, unit) else ""
        lines = [
            f'label = {{ en = "{labels[0]}", fr = "{labels[1]}", es = "{labels[2]}" }}',
            'description = { en = "", fr = "", es = "" }',
            f'unit = "{unit}"',
            'counting_rule = "each"',
            'disclosure = "public_default"',
            *([f'period = {{ field = "{dated}", frequency = "A" }}'] if dated else []),
            "",
            "[[dimensions]]",
            f'id = "{dimension}"',
            f'field = "{field}"',
            levels,
            "[[measures]]",
            'id = "COUNT"',
            "",
            "[chart]",
            'kind = "bar"' if not dated else 'kind = "line"',
            f'x = "{"TIME_PERIOD" if dated else dimension}"',
            *([f'colour = "{dimension}"'] if dated else []),
        ]
        write_atomically(file, ("\n".join(lines) + "\n").encode())
        _manifest(file.parent, (file.name,), proposal)
        proposal.also_made.append(str(file))


def _write_rows(path: Path, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows(rows)
    write_atomically(path, text.getvalue().encode())


def _manifest(folder: Path, names: Sequence[str], proposal: Proposal) -> None:
    file = folder / "manifest.toml"
    old = file.read_text(encoding="utf-8") if file.exists() else ""
    title = json.dumps(proposal.title, ensure_ascii=False)
    source = 'source = "proposed by justitia layout"'
    about = f'title = {title}\n{source}\nversion = "1"\nlicence = ""\ndate = "{date.today()}"\n'
    entries = [f'[files."{name}"]\n{about}' for name in names if f'[files."{name}"]' not in old]
    write_atomically(file, "\n".join(filter(None, [old, *entries])).encode())

"""Layouts: how the files of a source map to record kinds."""

from __future__ import annotations

from collections.abc import Mapping

from justitia.metadata.codelist import version_key
from justitia.metadata.definitions import FileFormat, Layout, LayoutColumn, LayoutRecord, Override
from justitia.metadata.faults import Faults
from justitia.metadata.rows import Columns, choice_of, read_rows
from justitia.metadata.settings import Settings, open_settings
from justitia.metadata.tree import Tree

ACTIONS = ("use", "drop", "vault", "person_key", "ignore")
SECTORS = ("police", "prosecution", "court", "prison", "other")
CALENDARS = ("gregorian", "ethiopian", "islamic_civil", "solar_hijri", "buddhist")
FORMATS = ("csv", "xlsx", "ods", "parquet", "jsonl", "sql")

COLUMNS = Columns(
    key=("column", "record", "field"),
    required=("column", "record", "field", "action"),
    optional=("format", "personal", "on_bad_value", "constant"),
    filled=("action",),
)
VALUES = Columns(key=("column", "value"), required=("column", "value", "code"), filled=("column", "value", "code"))


def read_layouts(tree: Tree, faults: Faults, overrides: list[Override]) -> dict[str, Layout]:
    """Return the layouts by source; of several versions in one folder the newest."""
    layouts: dict[str, Layout] = {}
    folders: dict[str, str] = {}
    paths = [path for path in tree.under("layouts/") if path.endswith("/layout.toml")]
    for path in sorted(paths, key=lambda path: version_key(path.split("/")[-2])):
        layout = read_layout(tree, path.removesuffix("/layout.toml"), faults, overrides)
        if layout is None:
            continue
        family = path.rsplit("/", 2)[0]
        other = folders.setdefault(layout.source_id, family)
        if other != family:
            faults.add(
                "E-CAT-019",
                f"source_id [{layout.source_id}] is also used by {other}",
                where=layout.place,
                remedy="Give each source an id of its own",
            )
        layouts[layout.source_id] = layout
    return dict(sorted(layouts.items()))


def read_layout(tree: Tree, folder: str, faults: Faults, overrides: list[Override]) -> Layout | None:
    """Return the layout in a folder; None, and faults, when its settings cannot be read."""
    settings = open_settings(tree, f"{folder}/layout.toml", faults, overrides)
    if settings is None:
        return None
    row = settings.table("row", needed=True)
    layout = Layout(
        source_id=settings.text("source_id"),
        version=folder.rsplit("/", 1)[1],
        title=settings.text("title"),
        authority=settings.text("authority"),
        sector=settings.text("sector", among=SECTORS),
        unit_of_row=settings.text("unit_of_row"),
        when_recorded=settings.text("when_recorded"),
        format=_format(settings.table("format")),
        key=row.texts("key"),
        records=tuple(_record(table) for table in settings.tables("records", needed=True)),
        columns=_columns(tree, f"{folder}/columns.csv", faults, overrides, settings),
        values=_values(tree, f"{folder}/values.csv", faults, overrides),
        purpose=settings.text("purpose", ""),
        legal_basis=settings.text("legal_basis", ""),
        licence=settings.text("licence", ""),
        made_up=settings.flag("made_up"),
        in_scope=row.text("in_scope", ""),
        withdrawn_column=row.text("withdrawn_column", ""),
        withdrawn_values=row.texts("withdrawn_values", ()),
        on_new_column=row.text("on_new_column", "stop", ("stop", "accept")),
        on_bad_row=row.text("on_bad_row", "set_aside_row", ("stop", "set_aside_row")),
        place=settings.place(),
    )
    row.close()
    settings.close()
    return layout


def _format(table: Settings) -> FileFormat:
    usual = FileFormat()
    made = FileFormat(
        kind=table.text("kind", usual.kind, FORMATS),
        encoding=table.text("encoding", usual.encoding),
        delimiter=table.text("delimiter", usual.delimiter),
        quote=table.text("quote", usual.quote),
        decimal=table.text("decimal", usual.decimal),
        thousands=table.text("thousands", usual.thousands),
        date_format=table.text("date_format", usual.date_format),
        calendar=table.text("calendar", usual.calendar, CALENDARS),
        null_values=table.texts("null_values", usual.null_values),
        sheet=table.text("sheet", ""),
        query=table.text("query", ""),
        nil_return=table.flag("nil_return"),
    )
    table.close()
    return made


def _record(table: Settings) -> LayoutRecord:
    references, compose = table.table("references"), table.table("compose")
    made = LayoutRecord(
        name=table.text("name"),
        kind=table.text("kind"),
        key=table.texts("key"),
        when=table.text("when", ""),
        references={kind: references.text(kind) for kind in references.data},
        compose={name: compose.texts(name) for name in compose.data},
        correspondence=table.text("correspondence", ""),
    )
    table.close()
    return made


def _columns(
    tree: Tree, path: str, faults: Faults, overrides: list[Override], settings: Settings
) -> tuple[LayoutColumn, ...]:
    if not tree.holding(path):
        faults.add(
            "E-CAT-008",
            "the layout has no columns.csv",
            where=settings.place(),
            remedy="List every column of the file there",
        )
        return ()
    return tuple(
        LayoutColumn(
            column=row["column"],
            action=choice_of(row, "action", ACTIONS, faults, default="ignore"),
            record=row["record"],
            field=row["field"],
            format=row["format"],
            personal=choice_of(row, "personal", ("yes", "no"), faults, default="yes") == "yes",
            on_bad_value=choice_of(
                row, "on_bad_value", ("set_aside_value", "set_aside_row"), faults, default="set_aside_value"
            ),
            constant=row["constant"],
            place=row.place,
        )
        for row in read_rows(tree, path, COLUMNS, faults, overrides)
    )


def _values(tree: Tree, path: str, faults: Faults, overrides: list[Override]) -> Mapping[str, Mapping[str, str]]:
    values: dict[str, dict[str, str]] = {}
    if tree.holding(path):
        for row in read_rows(tree, path, VALUES, faults, overrides):
            values.setdefault(row["column"], {})[row["value"]] = row["code"]
    return values

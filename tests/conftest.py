"""A small made-up country in a temporary folder, on the packaged catalogue, whose files each test writes itself."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from justitia.pipeline import RunReport, run_workspace
from justitia.workspace import Workspace, init_workspace, table_relation

HEADER = ("NO", "LINE", "ARTICLE", "OCCURRED", "RECORDED", "DISTRICT", "SEX", "AGE", "STATUS")

LAYOUT = """
source_id = "police"
title = "Made-up police register"
authority = "Made-up police"
sector = "police"
unit_of_row = "one row per offence"
when_recorded = "day of recording"
made_up = true
{source}
[format]
kind = "csv"
{format}
[row]
key = ["NO", "LINE"]
withdrawn_column = "STATUS"
withdrawn_values = ["annulled"]
{row}
[[records]]
name = "event"
kind = "event"
key = ["NO"]
[[records]]
name = "offence"
kind = "offence"
key = ["NO", "LINE"]
references = {{ event = "event" }}
correspondence = "made__iccs"
[[records]]
name = "suspect"
kind = "suspect"
key = ["NO", "LINE"]
when = "SEX IS NOT NULL"
references = {{ event = "event" }}
{records}
"""

COLUMNS: dict[str, tuple[str, ...]] = {
    "NO": (",,ignore,,no,",),
    "LINE": (",,ignore,,no,",),
    "ARTICLE": ("offence,national_code,use,,no,",),
    "OCCURRED": ("event,occurred_date,use,,no,", "offence,occurred_date,use,,no,"),
    "RECORDED": ("event,recorded_date,use,,no,set_aside_row", "offence,recorded_date,use,,no,set_aside_row"),
    "DISTRICT": ("event,area_code,use,,no,", "offence,area_code,use,,no,"),
    "SEX": ("suspect,sex,use,,no,",),
    "AGE": ("suspect,age,use,,yes,",),
    "STATUS": (",,ignore,,no,",),
}

VALUES = {"SEX": {"m": "M", "f": "F", "?": "_U", "n/a": "_Z"}}

CORRESPONDENCE = """national_code,condition,iccs_code,status,priority,national_label,basis,valid_from,valid_to
MURDER,,0101,coded,,,made up,,
ASSAULT,,02011,unspecified,,,made up,,
THEFT,,0502,unspecified,,,made up,,
RUMOUR,,,no_code,,,made up,,
OLDLAW,,0401,coded,,,made up,,2022-12-31
"""

BY_ICCS = """
label = { en = "Offences by ICCS", fr = "Infractions", es = "Delitos" }
description = { en = "Made up" }
unit = "offence"
counting_rule = "each"
disclosure = "public_default"
period = { field = "recorded_date", frequency = "A" }
[[dimensions]]
id = "ICCS"
field = "iccs_code"
levels = ["section", "division"]
[[dimensions]]
id = "AREA"
field = "area_code"
[[measures]]
id = "COUNT"
"""

AREAS = "code,parent,label_en,label_fr,label_es\n" + "".join(
    f"{a},,Area {a},Aire {a},Área {a}\n" for a in ("A", "B", "C")
)


class Country:
    """A workspace folder with one source, `police`; every argument replaces a piece of its definitions."""

    def __init__(
        self,
        folder: Path,
        *,
        columns: Mapping[str, Sequence[str]] = COLUMNS,
        source: str = "",
        format: str = "",
        row: str = "",
        records: str = "",
        layout: str = LAYOUT,
        values: Mapping[str, Mapping[str, str]] = VALUES,
        correspondence: str = CORRESPONDENCE,
        dataflows: Mapping[str, str] | None = None,
        files: Mapping[str, str] | None = None,
        key_file: str = "",
    ) -> None:
        self.folder = folder
        init_workspace(folder, publisher="Made-up office", title={"en": "Made-up statistics"}, key_file=key_file)
        settings = folder / "justitia.toml"
        settings.write_text(settings.read_text().replace('["en", "fr", "es"]', '["en"]').replace("1GiB", "400MiB"))
        self.columns = tuple(columns)
        own = folder / "overlay" / "layouts" / "made" / "police" / "1"
        parts = {"source": source, "format": format, "row": row, "records": records}
        self.write(own / "layout.toml", layout.format(**parts))
        self.write_columns(columns)
        listed = "".join(
            f"{c},{v},{code}\n" for c, coded in values.items() if c in columns for v, code in coded.items()
        )
        self.write(own / "values.csv", "column,value,code\n" + listed)
        self.write(folder / "overlay" / "codelists" / "area.csv", AREAS)
        self.write(folder / "overlay" / "correspondences" / "made__iccs.csv", correspondence)
        for name, text in (dataflows if dataflows is not None else {"by_iccs": BY_ICCS}).items():
            self.write(folder / "overlay" / "dataflows" / f"{name}.toml", text)
        for name, text in (files or {}).items():
            self.write(folder / "overlay" / name, text)

    @staticmethod
    def write(path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def write_columns(self, columns: Mapping[str, Sequence[str]]) -> None:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("column", "record", "field", "action", "format", "personal", "on_bad_value", "constant"))
        for column, uses in columns.items():
            writer.writerows([column, *use.split(","), ""] for use in uses)
        self.write(self.folder / "overlay" / "layouts" / "made" / "police" / "1" / "columns.csv", text.getvalue())

    @property
    def workspace(self) -> Workspace:
        """The workspace, its definitions read anew."""
        return Workspace(self.folder)

    def send(self, name: str, rows: str | bytes | Iterable[Mapping[str, str]]) -> Path:
        """Put a file into the source's folder: text as it is, or rows (a column left out is empty)."""
        path = self.folder / "sources" / "police" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(rows, bytes):
            path.write_bytes(rows)
        elif isinstance(rows, str):
            path.write_text(rows, encoding="utf-8")
        else:
            text = io.StringIO()
            writer = csv.DictWriter(text, self.columns, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
            path.write_text(text.getvalue(), encoding="utf-8")
        return path

    def run(self) -> RunReport:
        return run_workspace(self.workspace)

    def counts(self) -> dict[str, int]:
        """Return the fates of all rows of all batches."""
        totals: dict[str, int] = {}
        for batch in self.workspace.store.read()["batches"].values():
            for fate, count in batch["counts"].items():
                totals[fate] = totals.get(fate, 0) + count
        return totals

    def last_counts(self) -> dict[str, int]:
        """Return the fates of the newest batch, those that occur."""
        batches = self.workspace.store.read()["batches"]
        return {fate: count for fate, count in batches[max(batches)]["counts"].items() if count}

    def table(self, name: str) -> list[tuple[Any, ...]]:
        workspace = self.workspace
        with workspace.engine() as engine:
            return engine.rows(f"SELECT * FROM {table_relation(workspace, engine, workspace.store.read(), name)}")

    def rows_of(self, select: str, name: str) -> list[tuple[Any, ...]]:
        """Return the rows of a SELECT over the stored table `name`, written as {table}."""
        workspace = self.workspace
        with workspace.engine() as engine:
            relation = table_relation(workspace, engine, workspace.store.read(), name)
            return engine.rows(select.format(table=relation))

    def exact(self, dataflow: str = "by_iccs") -> dict[tuple[str, ...], int]:
        """Return the exact count of each cell that is not 0 (operator's eyes only)."""
        rows = self.table(f"aggregate__{dataflow}")
        cells = {row[:-1]: row[-1] for row in rows}
        assert len(cells) == len(rows), "each cell is there once"
        return {key: value for key, value in cells.items() if value}

    def findings(self) -> list[tuple[str, str, int, str]]:
        """Return (rule, column, line, message) of all findings."""
        from justitia.pipeline import findings_of

        workspace = self.workspace
        with workspace.engine() as engine:
            found = findings_of(workspace, engine, workspace.store.read())
        return [(item.rule_id, item.column, item.row_number, item.message) for item in found]

    def published(self) -> dict[str, str]:
        """Return the hash of each file of the preview and of each protected table."""
        workspace = self.workspace
        files = {str(p.relative_to(self.folder)): p for p in (self.folder / "preview").rglob("*") if p.is_file()}
        for name, entry in workspace.store.read()["tables"].items():
            if name.startswith("protected__"):
                files[name] = workspace.store.folder / entry["folder"] / f"{name}.parquet"
        return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in sorted(files.items())}


def offence(number: int | str, line: int | str = 1, **cells: str) -> dict[str, str]:
    """Return a row of the register; cells that are not named have usual values."""
    usual = {
        "NO": f"K{number}" if isinstance(number, int) else number,
        "LINE": str(line),
        "ARTICLE": "THEFT",
        "OCCURRED": "2022-12-30",
        "RECORDED": "2023-01-02",
        "DISTRICT": "A",
        "STATUS": "valid",
    }
    return usual | cells


@pytest.fixture
def country(tmp_path: Path) -> Callable[..., Country]:
    """Return a maker of countries, each in a folder of its own."""
    made = 0

    def make(**pieces: Any) -> Country:
        nonlocal made
        made += 1
        return Country(tmp_path / f"country_{made}", **pieces)

    return make


@pytest.fixture(scope="session")
def new_country(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Country]:
    """Return the same for tests that make many (Hypothesis): a new folder each time."""

    def make(**pieces: Any) -> Country:
        return Country(tmp_path_factory.mktemp("made") / "country", **pieces)

    return make


@pytest.fixture(name="offence")
def _offence() -> Callable[..., dict[str, str]]:
    return offence


def as_json(value: object) -> str:
    """Return a value as text to be searched."""
    return json.dumps(value, ensure_ascii=False, default=str)

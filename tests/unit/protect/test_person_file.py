"""Files of records by plan: what leaves is what the plan keeps, hides as asked, and has a purpose and an approver."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyarrow import csv, parquet

from justitia.cli import whole_cli
from justitia.errors import JustitiaError
from justitia.protect.file_plan import FilePlan, read_plan
from justitia.protect.microdata import rare_records
from justitia.protect.person_file import count_cells, protect_records, read_file

PLAN = """k = 4
l = 2
unit = "ID"
keep = ["SEX", "AGE", "DISTRICT", "OFFENCE"]
quasi_identifiers = ["SEX", "AGE", "DISTRICT"]
sensitive = ["OFFENCE"]
blank = ["AGE", "DISTRICT", "SEX"]

[extremes]
AGE = {least = 60}

[swap]
unit = "ID"
hierarchy = ["DISTRICT"]
rare_columns = ["AGE"]
similar = [["SEX"], []]
rate = 0.05
seed = 1

[counts.by_sex]
by = {SEX = ["F", "M", "X"]}
limit = 1.0
records_of_unit = 2
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Return a file of 3,000 records on 1,500 units, two of each, and its plan."""
    random, size = np.random.default_rng(7), 1_500
    one = {
        "SEX": random.choice(["F", "M"], size),
        "AGE": random.gamma(6, 6, size).astype(int),
        "DISTRICT": random.choice(["01", "02", "03"], size),
    }
    both = {name: np.repeat(values, 2) for name, values in one.items()}
    number = np.repeat(np.arange(size), 2).astype(str)
    offence = random.choice(["theft", "assault", "fraud"], 2 * size)
    csv.write_csv(pa.table({"ID": number, **both, "OFFENCE": offence, "NOTE": number}), tmp_path / "records.csv")
    (tmp_path / "plan.toml").write_text(PLAN)
    return tmp_path / "records.csv", tmp_path / "plan.toml"


def test_a_file_is_protected_as_its_plan_says(files: tuple[Path, Path]) -> None:
    plan = read_plan(files[1])
    table = read_file(files[0], numbers=["AGE"])
    found = protect_records(table, plan)
    assert found.before.below > 100, "there was something to do"
    assert found.is_safe and found.after.smallest >= 4 and found.after.diversity["OFFENCE"] >= 2
    assert found.table.column_names == list(plan.keep) and found.table.num_rows == table.num_rows
    assert "01" in found.table["DISTRICT"].to_pylist(), "codes keep their zeros"
    assert found.swapped is not None and found.swapped.swapped >= 0.05 * 1_500
    # By hand: whoever reads the file alone counts at least 4 records, two of each unit, in every combination.
    classes = found.table.group_by(["SEX", "AGE", "DISTRICT"]).aggregate([([], "count_all")])
    assert min(classes["count_all"].to_pylist()) >= 4
    assert found.table["SEX"].to_pylist() != table["SEX"].to_pylist(), "in another order"


def test_a_unit_counts_once() -> None:
    table = pa.table({"who": ["a", "a", "a", "b", "c", "d"], "area": ["x", "x", "x", "y", "y", "y"]})
    alone = rare_records(table, ["area"], k=3, unit="who")
    assert alone.tolist() == [True] * 3 + [False] * 3, "three records of one unit hide nobody"
    assert not rare_records(table, ["area"], k=3).any()


@pytest.mark.parametrize(
    "change",
    [
        ("k = 4", "k = 2"),
        ('unit = "ID"\nkeep = [', 'unit = "ID"\nkeep = ["ID", '),
        ('sensitive = ["OFFENCE"]', 'sensitive = ["NOTE"]'),
        ('quasi_identifiers = ["SEX", "AGE", "DISTRICT"]\n', ""),
        ("limit = 1.0", "limit = 0"),
        ("rate = 0.05", "share = 0.05"),
        ("rate = 0.05", ""),
        ("k = 4", "k ="),
    ],
)
def test_plans_that_cannot_protect_are_refused(files: tuple[Path, Path], change: tuple[str, str]) -> None:
    assert change[0] in PLAN
    files[1].write_text(PLAN.replace(*change, 1))
    with pytest.raises(JustitiaError, match="E-MIC-008"):
        read_plan(files[1])


def test_columns_and_files_that_are_not_there(files: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(JustitiaError, match="E-MIC-001"):
        protect_records(pa.table({"a": [1]}), FilePlan(keep=("b",), quasi_identifiers=("b",)))
    with pytest.raises(JustitiaError, match="E-MIC-009") as error:
        read_file(files[0], numbers=["SEX"])
    assert "F" not in error.value.message, "no value of the file"
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"no parquet")
    with pytest.raises(JustitiaError, match="E-MIC-009"):
        read_file(broken)


def test_units_with_more_records_than_declared_are_refused(files: tuple[Path, Path]) -> None:
    plan, table = read_plan(files[1]), read_file(files[0])
    cells, counts, lost = count_cells(table, plan.counts["by_sex"], unit="ID")
    assert cells == [("F",), ("M",), ("X",)] and counts.sum() == 3_000 and counts[2] == 0 == lost
    more = pa.concat_tables([table, table.slice(0, 1)])
    with pytest.raises(JustitiaError, match="E-MIC-012"):
        count_cells(more, plan.counts["by_sex"], unit="ID")


def invoke(folder: Path, *words: object) -> tuple[int, str]:
    found = CliRunner().invoke(whole_cli(), ["-w", str(folder), *map(str, words)])
    return found.exit_code, found.output + (str(found.exception) if found.exception else "")


def test_a_file_leaves_with_a_purpose_and_an_approver_only(files: tuple[Path, Path], tmp_path: Path) -> None:
    records, plan = files
    place = tmp_path / "country"
    assert invoke(place, "init", place)[0] == 0
    out, said = tmp_path / "out", ("--to", "university", "--approver", "director")
    assert "Nothing was written" in invoke(place, "protect-file", records, plan)[1]
    assert "E-MIC-010" in invoke(place, "protect-file", records, plan, "--out", out, *said)[1]
    purpose = ("--purpose", "a study of age and offence")
    assert "E-TRA-003" in invoke(place, "protect-file", records, plan, "--out", out, "--to", "university", *purpose)[1]
    public = place / "releases" / "x"
    assert "E-TRA-001" in invoke(place, "protect-file", records, plan, "--out", public, *said, *purpose)[1]
    assert not out.exists() and not public.exists()
    code, output = invoke(place, "protect-file", records, plan, "--out", out, *said, *purpose)
    assert code == 0, output
    receipt = json.loads((out / "RECEIPT.json").read_text())
    assert (receipt["approver"], receipt["purpose"], receipt["k"]) == ("director", purpose[1], 4)
    assert parquet.read_table(out / "records.confidential.parquet").column_names == receipt["columns"]
    plan.write_text(PLAN.replace('blank = ["AGE", "DISTRICT", "SEX"]\n', ""))
    assert "E-MIC-007" in invoke(place, "protect-file", records, plan, "--out", tmp_path / "two", *said, *purpose)[1]
    assert not (tmp_path / "two").exists()


def test_private_counts_of_a_file_spend_a_budget_that_cannot_be_raised(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    pytest.importorskip("opendp")
    records, plan = files
    place = tmp_path / "country"
    invoke(place, "init", place)
    said = ("--purpose", "a table for everybody", "--approver", "director")
    code, output = invoke(place, "private-counts", records, plan, "by_sex", tmp_path / "a.csv", "--epsilon", 0.8, *said)
    assert code == 0 and "0.2 of the budget" in output
    made = csv.read_csv(tmp_path / "a.csv").to_pydict()
    assert made["SEX"] == ["F", "M", "X"] and abs(sum(made["COUNT"]) - 3_000) < 100
    plan.write_text(PLAN.replace("limit = 1.0", "limit = 100.0"))
    again = ("private-counts", records, plan, "by_sex", tmp_path / "b.csv", "--epsilon", 0.8, *said)
    assert "E-MIC-005" in invoke(place, *again)[1]
    assert not (tmp_path / "b.csv").exists()
    assert "E-MIC-011" in invoke(place, *again[:4], tmp_path / "a.csv", *again[5:])[1]

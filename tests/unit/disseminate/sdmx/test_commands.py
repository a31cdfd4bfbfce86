"""The commands: what a user sees, and the documented exit status."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from justitia.cli import main
from justitia.disseminate.sdmx.structures import write_structures

from .made_up import COLUMNS, HEADER, batches, structure

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    def command(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["justitia", "-w", str(tmp_path), "sdmx", *map(str, arguments)])
        status = 0
        try:
            main()
        except SystemExit as stop:
            status = int(stop.code or 0)
        said = capsys.readouterr()
        return status, said.out + said.err

    return command


@pytest.fixture
def dsd(tmp_path: Path) -> Path:
    path = tmp_path / "dsd.xml"
    return write_structures([structure()], path, format="ml-2.1", sender="XA", id="S", prepared=HEADER.prepared)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "made.parquet"
    pq.write_table(pa.Table.from_batches(batches()), path)
    return path


def test_write_validate_and_read(tmp_path: Path, run: Run, dsd: Path, source: Path) -> None:
    target = tmp_path / "data.xml"
    status, said = run("write", source, target, "--structure", dsd, "--format", "ml-3.0")
    assert status == 0 and "Wrote 7 observations" in said
    status, said = run("validate", target, "--structure", dsd)
    assert status == 0 and "7 observations checked against XA:CRIME(1.0): no errors" in said
    status, said = run("read", target, tmp_path / "back.csv")
    assert status == 0 and "7 observations" in said and "Next:" in said
    assert "0101" in (tmp_path / "back.csv").read_text()
    status, said = run("structure", dsd)
    assert status == 0 and "ICCS" in said and "CL_ICCS" in said


def test_faults_end_with_4_and_are_few_lines(tmp_path: Path, run: Run, dsd: Path) -> None:
    path = tmp_path / "bad.csv"
    rows = "".join(f"datastructure,XA:CRIME(1.0),R,A,101,X{i},2022,1,A,,PS\n" for i in range(500))
    path.write_text(f"STRUCTURE,STRUCTURE_ID,ACTION,{','.join(COLUMNS)}\n{rows}")
    status, said = run("validate", path, "--structure", dsd, "--limit", 3)
    assert status == 4 and len(said.splitlines()) < 15
    assert "error V-SDX-004 [101] is not in code list CL_ICCS: 0101 is" in said and "(500 observations)" in said
    assert "and 497 more observations with 497 other codes" in said


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        (("validate", "none.csv", "--structure", "{dsd}"), 2, "E-SDM-001"),
        (("validate", "{dsd}", "--structure", "{dsd}"), 4, "E-SDM-015"),
        (("validate", "{source}", "--structure", "none.xml"), 2, "E-SDM-001"),
        (("validate", "{source}", "--structure", "{dsd}", "--sum", "COLOUR"), 2, "E-SDM-043"),
        (("validate", "{source}", "--structure", "{dsd}", "--name", "OTHER"), 2, "E-SDM-010"),
        (("write", "{source}", "out.xml"), 2, "E-WSP-001"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_the_documented_status(
    run: Run, dsd: Path, source: Path, arguments: tuple[str, ...], status: int, code: str
) -> None:
    found, said = run(*(part.format(dsd=dsd, source=source) for part in arguments))
    assert (found, said.split()[0].rstrip(":")) == (status, code), said
    assert len(said.strip().splitlines()) == 1

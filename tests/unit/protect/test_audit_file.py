"""`justitia audit FILE.csv`: tables of any tool, with a marker for suppressed values."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from justitia.cli import whole_cli
from justitia.errors import DisclosureError, RequestError

from .tables import FOUR_BY_FOUR, two_way

NINE = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 2), (2, 1), (2, 3), (3, 1), (3, 3)]


def write(path: Path, *, more: tuple[tuple[int, int], ...] = (), mark: str = ":") -> Path:
    table = two_way(FOUR_BY_FOUR, [*NINE, *more], rows="wxyz", columns="abcd")
    status = table.status if table.status is not None else []
    rows = [f"{r},{c},{mark if hidden else f'{value:g}'}" for r, c, value, hidden in
            zip(*table.keys, table.values, status, strict=True)]  # fmt: skip
    path.write_text("ROW,COLUMN,COUNT\n" + "\n".join(rows) + "\n")
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(whole_cli(), ["audit", *(str(item) for item in arguments)])


WORDS = ("--dimension", "ROW", "--dimension", "COLUMN", "--value", "COUNT")


def test_a_cell_given_away_is_shown_with_the_equations(tmp_path: Path) -> None:
    result = run(write(tmp_path / "foreign.csv"), *WORDS)
    assert isinstance(result.exception, DisclosureError) and result.exception.code == "E-PRO-132"
    assert "foreign:w.b is between 47 and 47, because" in result.output
    assert "foreign:z._T (3127) = foreign:z.b (primary, suppressed)" in result.output


def test_a_safe_table_passes_and_its_intervals_are_shown(tmp_path: Path) -> None:
    result = run(write(tmp_path / "t.csv", more=((1, 1),), mark="c"), *WORDS, "--suppressed", "c", "--width", 5)
    assert result.exit_code == 0, result.output
    row = next(line.split() for line in result.output.splitlines() if line.startswith("t:w.b"))
    assert row[1:3] == ["0", "141"] and "10 suppressed cells; 0 can be placed" in result.output


def test_a_hierarchy_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "tree.csv").write_text("dimension,code,parent\nAREA,N,_T\nAREA,N1,N\nAREA,N2,N\nAREA,S,_T\n")
    (tmp_path / "t.csv").write_text("AREA,N\n_T,12\nN,:\nN1,:\nN2,3\nS,7\n")
    result = run(tmp_path / "t.csv", "--dimension", "AREA", "--value", "N", "--hierarchy", tmp_path / "tree.csv")
    assert "t:N1 is between 2 and 2" in result.output


def test_linked_files_are_attacked_together(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("AGE,AREA,N\n_T,_T,20\n_T,n,9\n_T,s,11\nold,_T,12\nold,n,:\nold,s,:\n"
                                    "young,_T,8\nyoung,n,:\nyoung,s,:\n")  # fmt: skip
    (tmp_path / "b.csv").write_text("AREA,AGE,SEX,N\n" + "".join(
        f"n,old,{sex},{n}\n" for sex, n in (("_T", 5), ("f", 2), ("m", 3))))  # fmt: skip
    words = ("--dimension", "AGE", "--dimension", "AREA", "--dimension", "SEX", "--value", "N", "--absent", "hidden")
    assert run(tmp_path / "a.csv", *words[:4], *words[6:]).exit_code == 0
    result = run(tmp_path / "a.csv", tmp_path / "b.csv", *words)
    assert "a:old.n is between 5 and 5" in result.output and "b:old.n._T is published" in result.output


@pytest.mark.parametrize(
    ("text", "words", "code"),
    [
        ("ROW,COUNT\n_T,3\n", WORDS, "E-PRO-130"),
        ("ROW,COLUMN,COUNT\n_T,_T,many\n", WORDS, "E-PRO-131"),
        ("ROW,COLUMN,COUNT\n_T,_T,9\n_T,a,9\nr,_T,9\n", WORDS, "E-PRO-106"),
    ],
)
def test_files_at_fault_are_refused(tmp_path: Path, text: str, words: tuple[str, ...], code: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    result = run(tmp_path / "t.csv", *words)
    assert isinstance(result.exception, RequestError) and result.exception.code == code


def test_a_file_without_its_columns_said_is_a_usage_error(tmp_path: Path) -> None:
    assert run(write(tmp_path / "t.csv")).exit_code == 2

"""Pseudonyms: equal values meet under one key and project only, nothing clear goes out, nothing empty gets a token."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from justitia.cli import whole_cli
from justitia.engine import Engine
from justitia.errors import RequestError
from justitia.integrate.pseudonym import bits_sql, date_grams, dice_sql, maker
from justitia.integrate.pseudonym_key import PseudonymKey, check_same_key
from justitia.metadata.load import load_catalogue
from justitia.metadata.pseudonyms import TokenPart
from justitia.pseudonyms import Pseudonymised, pseudonymise_file, settings_of

SETTINGS = settings_of(load_catalogue())
COLUMNS = ("Surname=family_name", "Forename=given_name", "Born=birth:date", "Sex=sex", "Nr=number:identifier")
HEAD = "ref,Surname,Forename,Born,Sex,Nr\n"
Rows = list[dict[str, str]]


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return make_key(tmp_path / "keys" / "one")


def make_key(file: Path) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(os.urandom(32))
    file.chmod(0o600)
    return file


@pytest.fixture
def run(tmp_path: Path, key_file: Path) -> Callable[..., tuple[Pseudonymised, Rows]]:
    def do(text: str, **options: object) -> tuple[Pseudonymised, Rows]:
        file = tmp_path / "people.csv"
        file.write_text(HEAD + text, encoding="utf-8")
        given: dict[str, object] = {
            "columns": COLUMNS,
            "key_file": key_file,
            "project": "trial",
            "keep": ("ref",),
            "catalogue": load_catalogue(),
            "replaces": True,
        }
        done = pseudonymise_file(file, **{**given, **options})  # type: ignore[arg-type]
        with done.output.open(encoding="utf-8", newline="") as opened:
            return done, list(csv.DictReader(opened))

    return do


TWO = "1,Müller,Ana María,1980-03-04,F,123-45\n2,MULLER,ana maria,1980-03-04,F,12345\n"


def test_equal_values_meet_however_written_and_nothing_clear_goes_out(
    run: Callable[..., tuple[Pseudonymised, Rows]],
) -> None:
    done, rows = run(TWO)
    assert {k: v for k, v in rows[0].items() if k != "ref"} == {k: v for k, v in rows[1].items() if k != "ref"}
    assert [row["ref"] for row in rows] == ["1", "2"] and done.made.rows == 2
    text = done.output.read_text(encoding="utf-8")
    assert not re.search(r"m(ü|u)ller|ana|1980|12345", text.replace(done.key_ids[0], ""), re.IGNORECASE)
    assert all(name == "ref" or name.startswith("token_") for name in rows[0])


def test_the_same_file_gives_the_same_tokens_under_one_key_and_others_under_another(
    run: Callable[..., tuple[Pseudonymised, Rows]], tmp_path: Path
) -> None:
    _, first = run(TWO)
    _, again = run(TWO)
    assert first == again
    _, other = run(TWO, key_file=make_key(tmp_path / "keys" / "two"))
    _, project = run(TWO, project="another")
    for rows in (other, project):
        own = [(one[name], rows[0][name]) for one in first for name in one if name.startswith("token_")]
        assert own and all(one != two for one, two in own), "two exchanges cannot be joined"


@pytest.mark.parametrize("empty", ["", "unknown", "UNKNOWN", "n/a"])
def test_empty_and_filled_in_values_get_no_token(run: Callable[..., tuple[Pseudonymised, Rows]], empty: str) -> None:
    done, rows = run(f"1,{empty},{empty},1900-01-01,F,000000\n")
    filled = {name for name, value in rows[0].items() if value}
    assert filled == {"ref", "token_sex"}
    assert done.made.missing == {"family_name": 1, "given_name": 1, "birth": 1, "sex": 0, "number": 1}


def test_during_a_rotation_both_keys_are_named_and_old_and_new_files_meet(
    run: Callable[..., tuple[Pseudonymised, Rows]], key_file: Path, tmp_path: Path
) -> None:
    old_done, old = run(TWO)
    new = make_key(tmp_path / "keys" / "two")
    done, both = run(TWO, key_file=new, before_file=key_file)
    assert done.key_ids[1] == old_done.key_ids[0] != done.key_ids[0]
    assert both[0]["token_family_name_before"] == old[0]["token_family_name"] != both[0]["token_family_name"]
    assert both[0]["token_family_name"].split(".")[0] == done.key_ids[0]
    assert check_same_key({"old": {old_done.key_ids[0]}, "new": set(done.key_ids)}) == old_done.key_ids[0]
    with pytest.raises(RequestError, match="E-PSE-004"):
        check_same_key({"old": {old_done.key_ids[0]}, "new": {done.key_ids[0]}})


def test_bad_keys_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "ws" / "key"
    with pytest.raises(RequestError, match="E-PSE-001"):
        PseudonymKey(file, "trial", least=32)
    for content in (os.urandom(31), b"0" * 64, b"password" * 8):
        make_key(file).write_bytes(content)
        with pytest.raises(RequestError, match="E-PSE-002") as caught:
            PseudonymKey(file, "trial", least=32)
        assert "password" not in str(caught.value)
    make_key(file)
    with pytest.raises(RequestError, match="E-PSE-003"):
        PseudonymKey(file, "trial", least=32, workspace=tmp_path / "ws")
    file.chmod(0o644)
    assert list(PseudonymKey(file, "trial", least=32).warnings())


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"columns": ("Nam=family_name",)}, "E-PSE-010"),
        ({"keep": ("Surname",)}, "E-PSE-011"),
        ({"columns": ("Surname=a:family_name", "Forename=a:family_name")}, "E-PSE-011"),
        ({"columns": ()}, "E-PSE-013"),
        ({"project": " "}, "E-PSE-014"),
        ({"columns": ("Surname=name",)}, "E-PSE-015"),
        ({"replaces": False, "output": Path("people.csv")}, "E-PSE-017"),
    ],
)
def test_orders_that_leak_or_make_no_sense_are_refused(
    run: Callable[..., tuple[Pseudonymised, Rows]], tmp_path: Path, options: dict[str, object], code: str
) -> None:
    if "output" in options:
        options = {**options, "output": tmp_path / "people.csv"}
    with pytest.raises(RequestError, match=code) as caught:
        run(TWO, **options)
    assert "ller" not in str(caught.value)
    assert not [path for path in tmp_path.iterdir() if "tokens" in path.name or path.name.startswith(".")]


def test_the_same_key_twice_is_no_rotation(run: Callable[..., tuple[Pseudonymised, Rows]], key_file: Path) -> None:
    with pytest.raises(RequestError, match="E-PSE-012"):
        run(TWO, before_file=key_file)


def test_dates_are_read_as_the_file_writes_them(run: Callable[..., tuple[Pseudonymised, Rows]]) -> None:
    _, iso = run("1,a,b,1980-03-14,F,1\n")
    _, american = run("1,a,b,03/14/1980,F,1\n")
    _, told = run("1,a,b,03/04/1980,F,1\n", date_format="%m/%d/%Y")
    _, swapped = run("1,a,b,1980-04-03,F,1\n")
    assert iso[0]["token_birth"] == american[0]["token_birth"]
    assert told[0]["token_birth"] != swapped[0]["token_birth"]
    assert told[0]["token_birth_unordered"] == swapped[0]["token_birth_unordered"]


def test_a_workbook_gives_the_tokens_of_the_same_csv(
    run: Callable[..., tuple[Pseudonymised, Rows]], tmp_path: Path, key_file: Path
) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (HEAD.strip(), *TWO.splitlines()):
        book.active.append(row.split(","))
    book.save(tmp_path / "people.xlsx")
    _, rows = run(TWO)
    done = pseudonymise_file(
        tmp_path / "people.xlsx",
        columns=COLUMNS,
        key_file=key_file,
        project="trial",
        catalogue=load_catalogue(),
        keep=("ref",),
        output=tmp_path / "out.csv",
    )
    with done.output.open(encoding="utf-8", newline="") as opened:
        assert list(csv.DictReader(opened)) == rows


def dice(key: PseudonymKey, form: str, one: str, other: str, tmp_path: Path) -> float:
    make = maker(key, SETTINGS, "field", TokenPart("family_name", "filter", form))
    with Engine(scratch=tmp_path / "scratch", threads=1) as engine:
        both = "SELECT ?::VARCHAR AS a, ?::VARCHAR AS b"
        return float(
            engine.value(f"SELECT {dice_sql(bits_sql('a'), bits_sql('b'))} FROM ({both})", [make(one), make(other)])
        )


def test_filters_tell_how_alike_values_are(key_file: Path, tmp_path: Path) -> None:
    key = PseudonymKey(key_file, "trial", least=32)
    assert dice(key, "grams", "jonathan", "jonathan", tmp_path) == 1
    typo, other = (
        dice(key, "grams", "jonathan", "jonathon", tmp_path),
        dice(key, "grams", "jonathan", "meredith", tmp_path),
    )
    assert 0.6 < typo < 0.95 and other < 0.35
    near = dice(key, "date_grams", "19800304", "19800305", tmp_path)
    swap = dice(key, "date_grams", "19800304", "19800403", tmp_path)
    far = dice(key, "date_grams", "19800304", "19611127", tmp_path)
    assert near > far + 0.3 and swap > far


def test_a_filter_has_one_length_and_does_not_show_how_long_a_value_is(key_file: Path) -> None:
    make = maker(PseudonymKey(key_file, "t", least=32), SETTINGS, "f", TokenPart("family_name", "filter", "grams"))
    assert len({len(make(value)) for value in ("li", "m", "featherstonehaughwolfeschlegel")}) == 1


@settings(max_examples=60, deadline=None)
@given(one=st.text("abcdefgh", min_size=1, max_size=12), other=st.text("abcdefgh", min_size=1, max_size=12))
def test_tokens_are_equal_exactly_where_values_are(
    one: str, other: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    key = PseudonymKey(make_key(tmp_path_factory.mktemp("k") / "keys" / "one"), "t", least=32)
    make = maker(key, SETTINGS, "f", TokenPart("family_name", "", "token"))
    elsewhere = maker(key, SETTINGS, "g", TokenPart("family_name", "", "token"))
    assert (make(one) == make(other)) is (one == other)
    assert make(one) != elsewhere(one), "each field has a key of its own"


def test_grams_of_a_date_know_its_parts() -> None:
    assert {"y1980", "m03", "d04", "s0304"} <= set(date_grams("19800304"))
    assert "s0304" in set(date_grams("19800403"))


def test_the_command_prints_counts_and_no_value(tmp_path: Path, key_file: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(HEAD + TWO, encoding="utf-8")
    cli, runner = whole_cli(), CliRunner()
    arguments = ["pseudonymise", str(file), "--key-file", str(key_file), "--project", "trial", "--keep", "ref"]
    for column in COLUMNS:
        arguments += ["--column", column]
    said = runner.invoke(cli, arguments, catch_exceptions=False)
    assert said.exit_code == 0 and "2 rows" in said.output
    assert not re.search(r"m(ü|u)ller|ana|1980|12345", said.output.replace(str(tmp_path), ""), re.IGNORECASE)
    made = runner.invoke(cli, ["pseudonym-key", str(tmp_path / "new")], catch_exceptions=False)
    assert made.exit_code == 0 and len((tmp_path / "new").read_bytes()) == 32
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0

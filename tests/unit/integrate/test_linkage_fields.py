"""Fields cleaned: scripts, sounds, dates and placeholders; and keys after their declared clean-up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from justitia.engine import Engine
from justitia.integrate.cleaning import make_cleaned, make_macros
from justitia.integrate.keys import add_keys, cleaned_key
from justitia.metadata.linkage import Linkage, LinkedField, LinkKey
from justitia.metadata.load import load_catalogue

MATERIAL = load_catalogue().linking_material
SAME_SOUND = (
    ("Sergey", "Сергей"),
    ("Karim", "كريم"),
    ("Mohammed", "محمد"),
    ("Mohamed", "Muhammad"),
    ("Popov", "Попов"),
    ("Tarasov", "تاراسوف"),
    ("Haddad", "حداد"),
    ("al-Khatib", "الخطيب"),
    ("Schmidt", "Шмидт"),
    ("Hussein", "Husain"),
    ("Shevchenko", "Шевченко"),
)
OTHER_SOUND = (("Popov", "Petrov"), ("Karim", "Carlos"), ("Haddad", "حمدان"), ("Maria", "Anna"))
NOTHING = {
    "given_name": ("Unknown", "N/A", "inconnue", "DESCONOCIDO", "baby boy"),
    "date": ("1900-01-01", "01.01.1900", "00000000", "19700101"),
    "identifier": ("000000", "999-999", "123456789"),
}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with Engine(scratch=tmp_path, threads=1) as made:
        yield made


def linkage(*fields: tuple[str, str], keys: tuple[LinkKey, ...] = ()) -> Linkage:
    return Linkage("made", {}, "a test", "none", (), tuple(LinkedField(*field) for field in fields), keys)


def cleaned(engine: Engine, declared: Linkage, values: dict[str, list[str | None]]) -> str:
    size = len(next(iter(values.values())))
    table = pa.table({"mention_id": [f"{n:03}" for n in range(size)], "dataset": ["a"] * size, **values})
    with engine.registered("received", table) as relation:
        return make_cleaned(engine, relation, declared, MATERIAL)


@pytest.mark.parametrize(("one", "other"), SAME_SOUND)
def test_one_name_sounds_alike_in_every_script(engine: Engine, one: str, other: str) -> None:
    make_macros(engine, MATERIAL)
    first, second = engine.rows("SELECT name_sound(name_letters(?)), name_sound(name_letters(?))", [one, other])[0]
    assert first == second != ""


@pytest.mark.parametrize(("one", "other"), OTHER_SOUND)
def test_other_names_sound_otherwise(engine: Engine, one: str, other: str) -> None:
    make_macros(engine, MATERIAL)
    first, second = engine.rows("SELECT name_sound(name_letters(?)), name_sound(name_letters(?))", [one, other])[0]
    assert first != second


@pytest.mark.parametrize("kind", NOTHING)
def test_placeholders_are_nothing(engine: Engine, kind: str) -> None:
    table = cleaned(engine, linkage(("held", kind)), {"held": [*NOTHING[kind], None]})
    assert engine.rows(f"SELECT DISTINCT held FROM {table}") == [(None,)]


def test_a_name_that_only_holds_a_placeholder_stays(engine: Engine) -> None:
    table = cleaned(engine, linkage(("held", "given_name")), {"held": ["Nonella", "Babyla"]})
    assert [x for (x,) in engine.rows(f"SELECT held FROM {table} ORDER BY mention_id")] == ["nonella", "babyla"]


def test_dates_of_every_form_are_one_and_swapped_ones_meet(engine: Engine) -> None:
    forms: list[str | None] = ["1980-02-11", "19800211", "11.02.1980", "11/02/1980", "1980-11-02"]
    table = cleaned(engine, linkage(("born", "date")), {"born": forms})
    rows = engine.rows(f"SELECT born, born__swapped, born__unordered FROM {table} ORDER BY mention_id")
    assert {born for born, _, _ in rows[:4]} == {"19800211"}
    assert rows[4][1] == "19800211"
    assert {unordered for _, _, unordered in rows} == {"19800211"}


def test_keys_are_equal_after_their_clean_up_and_missing_ones_prove_nothing(engine: Engine) -> None:
    key = LinkKey("case", ("number", "court"), ("letters_and_digits", "no_leading_zeros"))
    declared = linkage(("number", "other"), ("court", "other"), keys=(key,))
    values: dict[str, list[str | None]] = {
        "number": ["007/19", "7-19", "8/19", None],
        "court": ["North 1", "north1", "north1", "north1"],
    }
    table = cleaned(engine, declared, values)
    add_keys(engine, table, declared)
    found = [key for (key,) in engine.rows(f"SELECT key_case FROM {table} ORDER BY mention_id")]
    assert found[0] == found[1] is not None
    assert found[2] not in (None, found[0])
    assert found[3] is None


@pytest.mark.parametrize(
    ("steps", "value", "wanted"),
    [
        (("digits",), "AB-12/07", "1207"),
        (("upper",), "ab-1", "AB-1"),
        (("letters_and_digits", "upper"), "ab 1/2", "AB12"),
        (("no_leading_zeros",), "0012/007", "12/7"),
    ],
)
def test_each_clean_up_does_what_it_says(engine: Engine, steps: tuple[str, ...], value: str, wanted: str) -> None:
    assert engine.value(f"SELECT {cleaned_key('x', steps)} FROM (VALUES (?)) AS t(x)", [value]) == wanted

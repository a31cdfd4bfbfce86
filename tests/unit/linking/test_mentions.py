"""Mentions: one row for each person as a dataset knows him or her; a number used for two is told, not believed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import COLUMNS

from justitia.collect.records import current_rows
from justitia.engine import Engine
from justitia.linking.identified import identify
from justitia.linking.mentions import Gathered, Wanted, gather
from justitia.vault import create_key

Make = Callable[..., Any]
NAMED = {
    **COLUMNS,
    "GIVEN": ("suspect,given_name,vault,,yes,",),
    "FAMILY": ("suspect,family_name,vault,,yes,",),
    "BORN": ("suspect,birth_date,vault,%d.%m.%Y,yes,",),
    "SEALED": ("suspect,sealed,vault,,yes,",),
    "NIN": ("suspect,,person_key,,yes,",),
}
FIELDS = {"given": "given_name", "family": "family_name", "born": "birth_date", "sex": "sex"}
KINDS = {"given": "given_name", "family": "family_name", "born": "date", "sex": "code"}


@pytest.fixture
def people(country: Make, offence: Make, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Return a function: (number, given, family, born, sealed) per record -> mentions, units and counts."""
    create_key(tmp_path / "key")
    made = country(columns=NAMED, key_file=str(tmp_path / "key"))
    engines: list[Engine] = []

    def start(*records: tuple[str, str, str, str, str], earlier: Any = None, name: str = "a.csv") -> Any:
        heads = ("NIN", "GIVEN", "FAMILY", "BORN", "SEALED")
        rows = [offence(i, SEX="m", **dict(zip(heads, record, strict=True))) for i, record in enumerate(records)]
        made.send(name, rows)
        made.run()
        workspace = made.workspace
        engine = Engine(scratch=tmp_path / "scratch")
        engines.append(engine)
        state = workspace.store.read()
        rows_now = current_rows(engine, workspace.store.folder, state["batches"], "police")
        assert rows_now is not None
        own = state["batches"][max(state["batches"])]["fields"]
        wanted = Wanted("police", workspace.catalogue.layouts["police"], "suspect", FIELDS, KINDS, "sealed = 'yes'")
        vault = workspace.vault()
        assert vault is not None
        with engine.without_spilling():
            found = gather(engine, wanted, rows_now, own, vault, 0)
            units = identify(engine, [wanted], [found], list(FIELDS), earlier)
            mentions = engine.rows("SELECT given, family, born, sex FROM mentions ORDER BY ALL")
        return found, mentions, units

    yield start
    for engine in engines:
        engine.connection.close()


def test_records_under_one_number_are_one_mention_though_typed_by_two_hands(people: Any) -> None:
    found, mentions, units = people(
        ("N1", "Ysolde", "Vexmarrow", "05.09.1985", ""),
        ("N1", "Ysolde", "Vexmarow", "05.09.1985", ""),
        ("N1", "Ysolde", "Vexmarrow", "", ""),
    )
    assert mentions == [("Ysolde", "Vexmarrow", "1985-09-05", "M")]
    assert len(set(units["mention_id"].to_pylist())) == 1 and units.num_rows == 3
    assert isinstance(found, Gathered) and (found.records, found.shared_numbers) == (3, 0)


def test_one_number_used_for_two_people_is_two_mentions_and_is_counted(people: Any) -> None:
    found, mentions, units = people(
        ("N1", "Ysolde", "Vexmarrow", "05.09.1985", ""),
        ("N1", "Ysolde", "Vexmarrow", "05.09.1985", ""),
        ("N1", "Corvin", "Tällström", "11.02.1961", ""),
        ("N1", "Godric", "Ashgrovely", "30.07.1990", ""),
    )
    assert len(mentions) == 3 and found.shared_numbers == 1
    assert len(set(units["mention_id"].to_pylist())) == 3


def test_two_people_of_a_family_under_one_number_stay_apart(people: Any) -> None:
    """A shared family name says little, and a shared placeholder date says nothing."""
    _, mentions, _ = people(
        ("N1", "Ysolde", "Vexmarrow", "05.09.1985", ""),
        ("N1", "Corvin", "Vexmarrow", "11.02.1961", ""),
    )
    assert len(mentions) == 2


def test_sealed_records_are_linked_to_nothing(people: Any) -> None:
    found, mentions, units = people(
        ("N1", "Ysolde", "Vexmarrow", "05.09.2009", "yes"), ("N2", "Corvin", "Tällström", "11.02.1961", "")
    )
    assert [m[0] for m in mentions] == ["Corvin"] and found.excluded == 1
    assert units["mention_id"].to_pylist().count(None) == 1


def test_a_mention_keeps_its_id_when_it_is_gathered_again(people: Any) -> None:
    records = [(f"N{i}", f"Given{i}", f"Family{i}", f"0{i + 1}.03.1980", "") for i in range(5)]
    _, _, first = people(*records)
    _, _, again = people(*records, earlier=first)
    assert again["mention_id"].to_pylist() == first["mention_id"].to_pylist()
    assert len(set(first["mention_id"].to_pylist())) == 5
    _, _, more = people(*records, ("N9", "New", "Person", "01.01.1970", ""), earlier=first, name="b.csv")
    kept = dict(zip(more["unit"].to_pylist(), more["mention_id"].to_pylist(), strict=True))
    assert [kept[unit] for unit in first["unit"].to_pylist()] == first["mention_id"].to_pylist() and len(kept) == 6

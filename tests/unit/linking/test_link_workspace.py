"""A small office links suspects with victims: counts alone under a legal basis; identities dropped once linked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from conftest import COLUMNS

from justitia.errors import JustitiaError
from justitia.linking.applied import LINKS
from justitia.linking.run import link_workspace, plan_of
from justitia.vault import create_key

pytest.importorskip("splink", reason="the extra `linkage` is not installed")
Make = Callable[..., Any]
PEOPLE, BOTH = 240, 60
NAMED = {**COLUMNS}
for letter, record in (("S", "suspect"), ("V", "victim")):
    NAMED |= {
        f"{letter}_GIVEN": (f"{record},given_name,vault,,yes,",),
        f"{letter}_FAMILY": (f"{record},family_name,vault,,yes,",),
        f"{letter}_BORN": (f"{record},birth_date,vault,,yes,",),
    }
VICTIM = '[[records]]\nname = "victim"\nkind = "victim"\nkey = ["NO", "LINE"]\nreferences = { event = "event" }\n'
ROLES = '\n[linkage.roles]\nkey_holder = ["*"]\npair_reviewer = ["*"]\nanalyst = ["*"]\none_person = "a test"\n'
LINKAGE = """
label = {{ en = "Made up" }}
purpose = "multiple-systems estimation"
legal_basis = "{basis}"
link_type = "{kind}"
only = "{only}"
after = "{after}"
{datasets}
[[fields]]
id = "given_name"
kind = "given_name"
[[fields]]
id = "family_name"
kind = "family_name"
[[fields]]
id = "birth_date"
kind = "date"
"""
DATASET = '[[datasets]]\nid = "{0}s"\nsource = "police"\nrecord = "{0}"\nrole = "{1}"\n'
SUSPECTS, VICTIMS = DATASET.format("suspect", "police"), DATASET.format("victim", "victim")


def invented(random: Random) -> tuple[str, str, str]:
    def word(length: int) -> str:
        return "".join(random.choice("bdfgklmnprst") + random.choice("aeiou") for _ in range(length)).title()

    return word(3), word(4), f"{random.randrange(1950, 2005)}-{random.randrange(1, 13):02}-{random.randrange(1, 29):02}"


@pytest.fixture
def office(country: Make, offence: Make, tmp_path: Path) -> Callable[..., Any]:
    """Return a function: linkage -> a workspace in which the first `BOTH` victims are suspects too."""

    def start(linkage: str, again: int = 0) -> Any:
        create_key(tmp_path / "key")
        files = {"linkages/made.toml": linkage}
        made = country(columns=NAMED, records=VICTIM, files=files, key_file=str(tmp_path / "key"))
        settings = made.folder / "justitia.toml"
        settings.write_text(settings.read_text() + ROLES)
        random = Random(7)
        suspects = [invented(random) for _ in range(PEOPLE - again)]
        suspects += suspects[:again]
        victims = [*suspects[:BOTH], *(invented(random) for _ in range(PEOPLE - BOTH))]
        rows = []
        for n in range(PEOPLE):
            row = offence(n, SEX="m")
            for letter, person in (("S", suspects[n]), ("V", victims[-1 - n])):
                row |= dict(zip((f"{letter}_GIVEN", f"{letter}_FAMILY", f"{letter}_BORN"), person, strict=True))
            rows.append(row)
        made.send("a.csv", rows)
        return made

    return start


def test_victims_among_suspects_are_counted_and_nothing_else_is_kept(office: Any) -> None:
    told = {"basis": "Act, s. 9", "kind": "link_only", "only": "counts", "after": "seal"}
    made = office(LINKAGE.format(datasets=SUSPECTS + VICTIMS, **told))
    link_workspace(made.workspace)
    made.run()
    state = made.workspace.store.read()
    (overlap,) = state[LINKS]["made"]["overlaps"]
    assert overlap["persons"] == BOTH
    assert not [name for name in state["tables"] if name.startswith("linked__")]
    assert not (made.folder / "vault" / "links").exists(), "no pair, no id"
    assert plan_of(made.workspace)[0].state == "up to date"


def test_without_a_basis_victims_are_not_opened_at_all(office: Any) -> None:
    told = {"basis": "", "kind": "link_only", "only": "counts", "after": "seal"}
    made = office(LINKAGE.format(datasets=SUSPECTS + VICTIMS, **told))
    with pytest.raises(JustitiaError, match="E-PER-002"):
        link_workspace(made.workspace)
    assert not (made.folder / "vault").exists(), "nothing was received, opened or logged"


def test_records_that_teach_nothing_are_refused_in_one_line(office: Any) -> None:
    told = {"basis": "Act, s. 9", "kind": "dedupe_only", "only": "", "after": "seal"}
    made = office(LINKAGE.format(datasets=SUSPECTS, **told))
    with pytest.raises(JustitiaError, match="E-PER-024") as refused:
        link_workspace(made.workspace)
    assert refused.value.__cause__ is None and "\n" not in str(refused.value)


def test_identities_are_dropped_once_linked_and_persons_stay(office: Any) -> None:
    """Without a number of the agency, a record has a person only by linkage: it keeps that one."""
    told = {"basis": "Act, s. 9", "kind": "dedupe_only", "only": "", "after": "drop"}
    made = office(LINKAGE.format(datasets=SUSPECTS, **told), again=40)
    link_workspace(made.workspace)
    made.run()
    ids = "SELECT suspect_id, person_id FROM {table} ORDER BY 1"
    before = made.rows_of(ids, "derived__suspect")
    assert len({person for _, person in before}) == PEOPLE - 40 and None not in {person for _, person in before}
    vault = made.workspace.vault()
    held = {record for _, table in vault.identities("police") for record in table["record"].to_pylist()}
    assert held == {"victim"}
    link_workspace(made.workspace)
    made.run()
    assert made.rows_of(ids, "derived__suspect") == before

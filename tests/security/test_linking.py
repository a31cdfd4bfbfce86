"""Linking persons: what must not be joined, who may open what, what is logged, and what the store never holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from justitia.errors import JustitiaError
from justitia.linking.access import AccessLog
from justitia.linking.roles import acting, check_roles
from justitia.linking.safeguards import check_apart, check_joins
from justitia.metadata.linkage import Linkage, LinkedDataset, LinkedField
from justitia.workspace import SETTINGS, Workspace, init_workspace


def linkage(*roles: str, **more: Any) -> Linkage:
    datasets = tuple(LinkedDataset(f"d{n}", f"s{n}", "suspect", role) for n, role in enumerate(roles))
    given = {"labels": {"en": "Made up"}, "purpose": "statistics", "legal_basis": "Act, s. 1", **more}
    return Linkage(id=more.pop("id", "made"), datasets=datasets, fields=(LinkedField("sex", "sex"),), **given)


# -- joins ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("sheltered", ["victim", "witness", "ngo"])
@pytest.mark.parametrize("enforcing", ["police", "prosecution", "court", "prison", "immigration"])
def test_sheltered_records_join_agencies_only_by_a_basis_for_exactly_that(sheltered: str, enforcing: str) -> None:
    with pytest.raises(JustitiaError, match="E-PER-002"):
        check_joins(linkage(sheltered, enforcing, legal_basis=" "))
    with pytest.raises(JustitiaError, match="E-PER-002"):
        check_joins(linkage(sheltered, enforcing, purpose=""))
    with pytest.raises(JustitiaError, match="E-PER-001"):  # a third dataset would be a bridge
        check_joins(linkage(sheltered, "register", enforcing))
    check_joins(linkage(sheltered, enforcing))


def test_other_joins_need_no_basis_of_their_own() -> None:
    check_joins(linkage("police", "prosecution", "court", "prison", legal_basis=""))
    check_joins(linkage("victim", "ngo", legal_basis=""))


def test_one_record_is_in_one_linkage_that_keeps_persons() -> None:
    first, second = linkage("police", "prison"), replace(linkage("police", "court"), id="other")
    with pytest.raises(JustitiaError, match="E-PER-003"):
        check_apart([first, second])
    check_apart([first, replace(second, only="counts")])


# -- roles ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Mapping[str, Any], str], Workspace]]:
    """Return a function: roles, user name -> workspace."""
    monkeypatch.delenv("JUSTITIA_ROLE", raising=False)
    plain = init_workspace(tmp_path / "made").folder / SETTINGS
    text = plain.read_text()

    def start(roles: Mapping[str, Any], user: str) -> Workspace:
        monkeypatch.setattr("justitia.linking.roles.user_name", lambda: user)
        lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in roles.items())
        plain.write_text(f"{text}\n[linkage.roles]\n{lines}")
        return Workspace(tmp_path / "made")

    yield start


THREE = {"key_holder": ["anna"], "pair_reviewer": ["ben"], "analyst": ["carla"]}


def test_each_role_is_for_who_holds_it(office: Any) -> None:
    assert acting(office(THREE, "anna"), "key_holder").who == "anna"
    for user in ("ben", "carla", "somebody"):
        with pytest.raises(JustitiaError, match="E-ROL-003") as refused:
            acting(office(THREE, user), "key_holder")
        assert "anna" not in str(refused.value) and "\n" not in str(refused.value)
    with pytest.raises(JustitiaError, match="E-ROL-001"):
        acting(office({}, "anna"), "key_holder")


@pytest.mark.parametrize(
    "pair", [("key_holder", "pair_reviewer"), ("key_holder", "analyst"), ("pair_reviewer", "analyst")]
)
def test_two_roles_of_one_person_are_refused_unless_the_office_says_why(pair: tuple[str, str]) -> None:
    both = {**THREE, pair[0]: ["dora"], pair[1]: ["dora"]}
    with pytest.raises(JustitiaError, match="E-ROL-002"):
        check_roles(both)
    check_roles({**both, "one_person": "the office has one statistician"})


def test_the_environment_names_one_role_at_a_time(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    anybody = {"key_holder": ["*"], "pair_reviewer": ["*"], "analyst": ["*"]}
    with pytest.raises(JustitiaError, match="E-ROL-003"):
        acting(office(anybody, "service"), "key_holder")
    monkeypatch.setenv("JUSTITIA_ROLE", "pair_reviewer")
    assert acting(office(anybody, "service"), "pair_reviewer").role == "pair_reviewer"
    with pytest.raises(JustitiaError, match="E-ROL-003"):
        acting(office(anybody, "service"), "key_holder")


# -- the access log ---------------------------------------------------------------------------------------------------
def noted(folder: Path, lines: int = 4) -> AccessLog:
    log = AccessLog(folder)
    for number in range(lines):
        log.note(who="anna", role="key_holder", what="linked", linkage="made", purpose="statistics", records=number)
    return log


def test_a_line_of_the_log_cannot_be_changed_removed_or_put_in(tmp_path: Path) -> None:
    log = noted(tmp_path)
    whole = log.path.read_text().splitlines(keepends=True)
    assert [line.number for line in log.read()] == [1, 2, 3, 4]
    changed = [whole[0].replace("anna", "hugo"), *whole[1:]]
    for altered in (
        changed,
        [whole[0], *whole[2:]],
        [*whole[:2], whole[1], *whole[2:]],
        [whole[1], whole[0], *whole[2:]],
    ):
        log.path.write_text("".join(altered))
        with pytest.raises(JustitiaError, match="E-ACC-001"):
            log.read()
        with pytest.raises(JustitiaError, match="E-ACC-001"):  # and nothing is opened any more
            log.note(who="a", role="key_holder", what="linked", linkage="made", purpose="p", records=1)


def test_a_log_that_was_cut_off_is_seen_by_the_head_kept_elsewhere(tmp_path: Path) -> None:
    log = noted(tmp_path)
    head = log.read()[-1].chained
    log.check_head(head)
    log.path.write_text("".join(log.path.read_text().splitlines(keepends=True)[:-1]))
    assert len(log.read()) == 3
    with pytest.raises(JustitiaError, match="E-ACC-002"):
        log.check_head(head)

"""Two registers of the same deaths of 2015, linked without equal names as a key: what is known is found again."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.linkage_registers import FILES, Found, link_registers


@pytest.fixture(scope="module")
def found(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Found:
    pytest.importorskip("splink", reason="linkage needs the extra linkage")
    folder = published / "us_police_killings"
    if not all((folder / name).is_file() for name in FILES.values()):
        pytest.skip("the two registers are not here")
    return link_registers(folder, tmp_path_factory.mktemp("registers"))


def test_every_pair_with_the_same_name_and_date_is_found(found: Found) -> None:
    assert found.known == 623
    assert found.found >= 621


def test_each_death_has_one_partner_at_most(found: Found) -> None:
    assert found.several == 0


def test_most_of_the_shorter_register_is_in_the_longer_one(found: Found) -> None:
    """The register of shootings has 995 deaths of 2015; the other one counts other deaths too."""
    assert 970 <= found.links <= 990
    assert found.unlinked["only in the register of shootings"] == 995 - found.links


def test_the_difference_between_the_registers_is_explained_by_class(found: Found) -> None:
    alone = {name: n for name, n in found.unlinked.items() if name != "only in the register of shootings"}
    assert sum(alone.values()) == 1146 - found.links
    assert alone["not gunshot: outside the register of shootings"] == 129  # all of them: none was linked
    assert found.linked["date shifted"] > 50
    assert found.linked["another place (county for city, suburb)"] > 100
    assert found.linked["a middle name more in one"] > found.linked["name spelt otherwise"] > 20

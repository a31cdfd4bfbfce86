"""The same drawn country under each method of protection: what readers see, and what an outsider cannot find."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import BY_ICCS

from justitia.errors import JustitiaError
from justitia.release import release_workspace
from justitia.vault import create_key

FLOW = BY_ICCS.replace("public_default", "own")
# Offences by area: 40, 12 and 3 thefts; 20, 9 and 5 assaults.
COUNTS = {("THEFT", "A"): 40, ("THEFT", "B"): 12, ("THEFT", "C"): 3, ("ASSAULT", "A"): 20, ("ASSAULT", "B"): 9}
COUNTS[("ASSAULT", "C")] = 5
Make = Callable[..., Any]


def send(made: Any, offence: Make, counts: dict[tuple[str, str], int] = COUNTS) -> None:
    rows = [
        offence(1000 * place + number, ARTICLE=article, DISTRICT=area)
        for place, ((article, area), count) in enumerate(counts.items())
        for number in range(count)
    ]
    made.send("a.csv", rows)


@pytest.fixture
def published(country: Make, offence: Make, tmp_path: Path) -> Callable[[str], tuple[Any, dict[tuple[str, str], Any]]]:
    """Return a function: rule -> (the country, ICCS code and area -> what is published of 2023)."""

    def publish(rule: str) -> tuple[Any, dict[tuple[str, str], Any]]:
        made = country(dataflows={"by_iccs": FLOW}, files={"disclosure/own.toml": rule})
        if "cell_key" in rule:
            create_key(tmp_path / "secret.key")
            settings = made.folder / "justitia.toml"
            settings.write_text(settings.read_text().replace('secret = ""', f'secret = "{tmp_path}/secret.key"'))
        send(made, offence)
        made.run()
        rows = made.rows_of(
            "SELECT ICCS, AREA, OBS_VALUE FROM {table} WHERE TIME_PERIOD = '2023'", "protected__by_iccs"
        )
        return made, {(iccs, area): value for iccs, area, value in rows}

    return publish


def test_suppression_shows_true_figures_and_hides_what_would_give_others_away(published: Any) -> None:
    _, cells = published('rule = "suppress"\nredact_up_to = 4\nleast_width = 4\n')
    assert cells["05", "C"] is None, "primary: 3"
    assert all(value is None or value > 4 or value == 0 for value in cells.values())
    lines = [[(code, area) for area in ("A", "B", "C", "_T")] for code in ("02", "05", "_T")]
    lines += [[(code, area) for code in ("02", "05", "_T")] for area in ("A", "B", "C", "_T")]
    for line in lines:
        assert sum(cells[key] is None for key in line) != 1, f"one gap in {line}: anybody subtracts"
    assert sum(value is not None for value in cells.values()) >= 10, "and it still says something"


def test_controlled_rounding_adds_up(published: Any) -> None:
    _, cells = published('rule = "controlled_round"\nround_to = 5\n')
    assert all(value % 5 == 0 for value in cells.values())
    for code in ("02", "05", "_T"):
        assert sum(cells[code, area] for area in "ABC") == cells[code, "_T"]
    for area in ("A", "B", "C", "_T"):
        assert cells["02", area] + cells["05", area] == cells["_T", area]


def test_plain_rounding_rounds_each_by_itself(published: Any) -> None:
    _, cells = published('rule = "round"\nround_to = 5\n')
    assert [cells["05", area] for area in "ABC"] == [40, 10, 5] and cells["05", "_T"] == 55


def test_cell_keys_move_each_cell_a_little_and_the_same_cell_alike(published: Any) -> None:
    made, cells = published('rule = "cell_key"\nperturbation = "most_3_variance_2"\n')
    exact = {("05", "A"): 40, ("05", "B"): 12, ("05", "C"): 3, ("02", "A"): 20, ("02", "B"): 9, ("_T", "_T"): 89}
    assert all(abs(cells[key] - value) <= 3 for key, value in exact.items())
    every = {(iccs, area, period): value for iccs, area, period, _, value, *_ in made.table("protected__by_iccs")}
    assert all(every[i, a, "_T"] == value for (i, a), value in cells.items()), "one year: the total is the same cell"
    assert any(every[i, a, p] != 0 for i, a, p in every)
    again = made.run()
    assert again.stages_run == (), "nothing is drawn anew"


def test_cell_keys_need_their_secret(country: Make, offence: Make) -> None:
    rule = 'rule = "cell_key"\nperturbation = "most_3_variance_2"\n'
    made = country(dataflows={"by_iccs": FLOW}, files={"disclosure/own.toml": rule})
    send(made, offence)
    state = made.run().state
    assert "protected__by_iccs" not in state["tables"], "nothing of it leaves"
    with pytest.raises(JustitiaError, match="E-DIS-007"):
        release_workspace(made.workspace, vintage="first")

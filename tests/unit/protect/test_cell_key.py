"""Cell keys: noise is unbiased, bounded, the same for the same units, and looked up as the ONS package does."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from justitia.engine import Engine
from justitia.errors import JustitiaError
from justitia.metadata.definitions import DisclosureRule, NoiseRow
from justitia.metadata.load import load_catalogue
from justitia.protect.cell_key import (
    PerturbationTable,
    check_perturbation,
    noise_rows,
    perturbation_table,
    perturbed,
    perturbed_sql,
)
from justitia.protect.perturbation import largest_entropy, noise_keys
from justitia.record_key import RecordKeys, key_sql
from justitia.vault import create_key

NAMES = ("most_3_variance_1", "most_3_variance_2", "most_5_variance_4")
OWN = DisclosureRule("own", "cell_key", 0, 1)


def packaged(name: str, repeat: int = 1) -> PerturbationTable:
    return perturbation_table(name, load_catalogue().perturbation(name), repeat=repeat)


@pytest.mark.parametrize("name", NAMES)
def test_packaged_noise_is_unbiased_bounded_and_never_negative(name: str) -> None:
    table = packaged(name)
    most, variance = (float(part) for part in name.removeprefix("most_").split("_variance_"))
    assert (table.noise.mean(axis=1) == 0).all(), "exactly, for every count"
    assert np.abs(table.noise).max() == most
    assert (np.arange(1, len(table.noise) + 1)[:, None] + table.noise >= 0).all()
    assert table.noise[-1].var() == pytest.approx(variance, rel=0.05)
    check_perturbation(OWN, table)


def test_largest_entropy_meets_its_moments_and_beats_others() -> None:
    chances = largest_entropy([-2, -1, 0, 1, 2], 1.0)
    values = np.arange(-2, 3)
    assert (chances @ values, chances @ values**2) == pytest.approx((0, 1), abs=1e-6)
    other = np.array([1 / 8, 1 / 4 - 1 / 8 + 1 / 8, 1 / 4, 1 / 4, 1 / 8])  # the same mean; any other distribution
    other /= other.sum()
    assert other @ values**2 > 1  # more variance, so compare at the mixture that has variance 1
    share = 1 / float(other @ values**2)
    mixed = share * other + (1 - share) * (values == 0)
    assert mixed @ values**2 == pytest.approx(1)

    def entropy(p: Any) -> float:
        return float(-(p * np.log(p)).sum())

    assert entropy(chances) > entropy(mixed)


def test_hidden_results_do_not_occur() -> None:
    made = noise_keys(most=5, variance=4, hidden=2)
    results = {(count, count + noise) for count, noises in made.items() for noise in noises}
    assert not {result for _, result in results} & {1, 2}
    with pytest.raises(JustitiaError, match="E-KEY-002"):
        noise_keys(most=1, variance=1, hidden=4)


def test_lookup_equals_the_ons_package() -> None:
    pandas = pytest.importorskip("pandas")
    ons = pytest.importorskip("cell_key_perturbation.create_perturbed_table")
    made = pytest.importorskip("cell_key_perturbation.utils.generate_test_ptable")
    random = np.random.default_rng(3)
    people = pandas.DataFrame({"area": random.zipf(1.3, 30_000) % 400, "sex": random.integers(0, 2, 30_000)})
    people["key"] = random.integers(0, 256, len(people))
    cells = people.groupby(["area", "sex"]).agg(n=("key", "size"), key=("key", "sum")).reset_index()

    # Their rule of 10 and 5, and a table of noise of ours in their format.
    own = packaged("most_3_variance_2")
    rows, keys = np.indices((750, 256))
    noisy = own.noise[np.minimum(rows, len(own.noise) - 1), keys]
    theirs = pandas.DataFrame({"pcv": rows.ravel() + 1, "ckey": keys.ravel(), "pvalue": noisy.ravel()})
    for table, ptable in ((packaged("ten_five", 5), made.generate_ptable_10_5_rule()), (own, theirs)):
        threshold = 10 if table.id == "ten_five" else 0
        asked = {"geog": ["area"], "tab_vars": ["sex"], "record_key": "key", "threshold": threshold}
        expected = ons.create_perturbed_table(people, ptable, **asked)
        expected = expected[expected["pre_sdc_count"] > 0].sort_values(["area", "sex"])
        values = perturbed(cells["n"].to_numpy(), cells["key"].to_numpy(), table)
        shown = [None if value < threshold else value for value in values.tolist()]
        assert shown == [None if pandas.isna(value) else int(value) for value in expected["count"]]
        assert cells["n"].max() > 750, "larger than their table, so that its end is repeated"


@pytest.mark.parametrize(("name", "repeat"), [("most_3_variance_2", 1), ("ten_five", 5)])
def test_engine_equals_numpy_zero_stays_zero_and_a_million_cells_are_quick(
    name: str, repeat: int, tmp_path: Path
) -> None:
    table = packaged(name, repeat)
    with Engine(scratch=tmp_path, threads=2) as engine:
        engine.execute(
            "CREATE TABLE cells AS SELECT range AS place, CAST(exp((hash(range) % 8000) / 1000) AS BIGINT) - 1 AS "
            "OBS_VALUE, CAST(hash(range + 7) % 4294967296 AS BIGINT) AS CELL_KEY FROM range(1000000)"
        )
        with engine.registered("noise", noise_rows(table)) as noise:
            started = time.perf_counter()
            engine.execute(f"CREATE TABLE made AS {perturbed_sql('cells', noise, table)}")
            took = time.perf_counter() - started
        rows = engine.table("SELECT OBS_VALUE, CELL_KEY, perturbed FROM made ORDER BY place")
    counts, keys, values = (rows[name].to_numpy() for name in ("OBS_VALUE", "CELL_KEY", "perturbed"))
    assert (values == perturbed(counts, keys, table)).all()
    assert (values[counts == 0] == 0).all() and (values >= 0).all() and (counts == 0).any()
    if repeat == 1:
        assert abs((values - counts).mean()) < 0.01
    assert took < 5, f"{took:.2f} s"  # a second on a quiet machine; benchmarks hold the figure


def test_record_keys_are_hmac_stable_and_uniform(tmp_path: Path) -> None:
    create_key(tmp_path / "a.key")
    create_key(tmp_path / "b.key")
    keys, others = RecordKeys(tmp_path / "a.key"), RecordKeys(tmp_path / "b.key")
    with Engine(scratch=tmp_path, threads=1) as engine:
        keys.lend(engine)
        select = f"SELECT id, {key_sql('event', 'id')} FROM (SELECT 'police:' || range AS id FROM range(20000))"
        first, again = engine.rows(select), engine.rows(select)
        others.lend(engine)
        other = engine.rows(select)
    assert first == again and sum(a[1] == b[1] for a, b in zip(first, other, strict=True)) < 5
    assert first[7][1] == keys.key("event", "police:7") != keys.key("victim", "police:7")
    spread = np.bincount(np.array([key for _, key in first]) % 256, minlength=256)
    assert ((spread - 20_000 / 256) ** 2 / (20_000 / 256)).sum() < 340  # chi squared, 255 degrees, p = 0.0003
    assert keys.fingerprint != others.fingerprint and len(keys.fingerprint) == 16
    assert keys.fingerprint not in (tmp_path / "a.key").read_bytes().hex()


def test_a_lost_secret_says_what_that_means(tmp_path: Path) -> None:
    with pytest.raises(JustitiaError, match=r"E-KEY-001.*comparing vintages"):
        RecordKeys(tmp_path / "lost.key")


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([(1, -2, 0, 255)], "gives no count"),
        ([(1, 0, 0, 100), (1, 1, 100, 255)], "has 2 rows"),
        ([(2, 0, 0, 255)], "has 0 rows"),
        ([(1, 0, 0, 99)], "not a power of two"),
    ],
)
def test_a_table_at_fault_is_refused(rows: list[tuple[int, int, int, int]], reason: str) -> None:
    with pytest.raises(JustitiaError, match=rf"E-CAT-075.*{reason}"):
        perturbation_table("made", [NoiseRow(*row) for row in rows])


def test_noise_that_leaves_no_doubt_is_refused() -> None:
    none = perturbation_table("made", [NoiseRow(count, 0, 0, 255) for count in (1, 2)])
    with pytest.raises(JustitiaError, match="E-DIS-001"):
        check_perturbation(OWN, none)
    check_perturbation(DisclosureRule("own", "cell_key", 9, 1), packaged("ten_five", 5))


def test_the_committed_tool_makes_the_packaged_tables(tmp_path: Path, run_tool: Callable[..., None]) -> None:
    folder = Path(load_catalogue().tree.layers[0].root) / "perturbation"
    run_tool("perturbation_table.py", tmp_path / "made.csv", "--most", "3", "--variance", "2")
    assert (tmp_path / "made.csv").read_text() == (folder / "most_3_variance_2.csv").read_text()


@pytest.fixture
def run_tool() -> Callable[..., None]:
    import subprocess
    import sys

    tools = Path(__file__).parents[3] / "tools"

    def run(name: str, *arguments: object) -> None:
        subprocess.run([sys.executable, str(tools / name), *map(str, arguments)], check=True)

    return run

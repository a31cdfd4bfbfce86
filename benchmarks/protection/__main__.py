"""Time and cost of suppression and audit: python -m benchmarks.protection [two-way] [four-way] [cell-key] [peer]

CPU seconds stand beside wall seconds: they hold on a busy machine.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.protection.made import four_way, two_way
from justitia.metadata.definitions import NoiseRow
from justitia.protect.audit import audit
from justitia.protect.perturbation import noise_keys
from justitia.protect.suppression import suppress
from justitia.protect.suppression.problem import state_problem
from justitia.protect.system import SECONDARY, System, build_system, require

# Rows, columns, median, seed: 195, 2,857 and 298 primary cells, as in the measurements of other tools.
TABLES = ((50, 20, 14.0, 20), (200, 50, 8.0, 16), (200, 50, 85.0, 20))
BELOW, ABOVE = 1, 5


def timed(what: Callable[[], Any]) -> tuple[Any, str]:
    """Return a result, and the wall and CPU seconds that it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = what()
    return found, f"{time.perf_counter() - wall:.2f} s ({time.process_time() - cpu:.2f} s CPU)"


def row(*cells: object) -> None:
    """Print a row of the results."""
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def system_of(rows: int, columns: int, median: float, seed: int) -> System:
    """Return the system of a two-way table."""
    return build_system([two_way(rows, columns, median=median, spread=1.5, seed=seed)])


def run_two_way() -> None:
    """Suppress and audit the two-way tables, exactly and by the heuristic."""
    for numbers in TABLES:
        system = system_of(*numbers)
        wanted = require(system, below=BELOW, above=ABOVE)
        costs = {}
        for method in ("heuristic", "exact"):
            found, took = timed(lambda: suppress(system, wanted, method=method, seconds=60))  # noqa: B023
            costs[method] = found.cost
            name = f"{numbers[0]} x {numbers[1]}, {len(wanted):,} primary"
            gap = f", gap {found.gap:.1%}" if method == "exact" else ""
            row(name, method, f"{len(found.secondary)} secondary", f"cost {found.cost:g}{gap}", took)
        result, took = timed(lambda: audit(found.system, wanted))  # noqa: B023
        row("", "audit", f"safe {result.is_safe}", f"{result.programs} programs", took)
        result, took = timed(lambda: audit(found.system, wanted, exact=True))  # noqa: B023
        row("", "all intervals exactly", f"safe {result.is_safe}", f"{result.programs} programs", took)
        if costs["exact"]:
            row("", "heuristic above exact", f"{costs['heuristic'] / costs['exact'] - 1:.1%}", "", "")


def run_four_way() -> None:
    """Suppress and audit the hierarchical table of 104,310 cells."""
    system, took = timed(lambda: build_system([four_way(seed=1, mean=95.0)]))
    wanted = require(system, below=BELOW, above=ABOVE)
    row(f"4 dimensions, {system.size:,} cells, {len(wanted):,} primary", "equations", system.matrix.shape[0], "", took)
    found, took = timed(lambda: suppress(system, wanted, seconds=120))
    row("", found.method, f"{len(found.secondary):,} secondary", f"cost {found.cost:,.0f}", took)
    result, took = timed(lambda: audit(found.system, wanted, moves=found.moves))
    row("", "audit of its proof", f"safe {result.is_safe}", f"{int(result.whole.sum()):,} whole", took)
    result, took = timed(lambda: audit(found.system, wanted))
    row("", "audit without it", f"safe {result.is_safe}", f"{result.programs} programs", took)
    row("", "memory", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB", "", "")


def run_cell_key(cells: int = 1_000_000, times: int = 7) -> None:
    """Perturb a million cells by their keys: in memory, and in the engine from a table to a table."""
    import pyarrow as pa

    from justitia.engine import Engine
    from justitia.protect.cell_key import noise_rows, perturbation_table, perturbed, perturbed_sql

    random = np.random.default_rng(1)
    rows = [NoiseRow(count, noise, *span) for count, spans in _noise().items() for noise, span in spans.items()]
    table = perturbation_table("made", rows)
    counts, keys = random.negative_binomial(1, 0.02, cells).astype(np.int64), random.integers(0, 1 << 40, cells)
    seconds = []
    for _ in range(times):
        start = time.process_time()
        perturbed(counts, keys, table)
        seconds.append(time.process_time() - start)
    row(f"{cells:,} cells", "cell keys, numpy", f"{times} times", _least_and_median(seconds), "")
    with tempfile.TemporaryDirectory() as folder, Engine(scratch=Path(folder), threads=1) as engine:
        given = pa.table({"OBS_VALUE": counts, "CELL_KEY": keys})
        with engine.registered("given", given) as source, engine.registered("noise", noise_rows(table)) as noise:
            engine.execute(f"CREATE TEMP TABLE cells AS SELECT * FROM {source}")
            seconds = []
            for _ in range(times):
                start = time.process_time()
                engine.execute(f"CREATE OR REPLACE TEMP TABLE made AS {perturbed_sql('cells', noise, table)}")
                seconds.append(time.process_time() - start)
            total = int(engine.value("SELECT sum(perturbed) FROM made"))
    row("", "cell keys, engine", f"{times} times", _least_and_median(seconds), f"total off by {total - counts.sum():,}")


def _noise() -> dict[int, dict[int, tuple[int, int]]]:
    """Return count -> noise -> first and last key, of a table with noise up to 5 and a variance of 2."""
    made = {}
    for count, keys in noise_keys(most=5, variance=2.0).items():
        ends = np.cumsum([0, *keys.values()]).tolist()
        made[count] = {v: (a, b - 1) for v, a, b in zip(keys, ends, ends[1:], strict=False)}
    return made


def _least_and_median(seconds: list[float]) -> str:
    return f"{min(seconds):.3f} s least, {np.median(seconds):.3f} s median (CPU)"


def run_peer() -> None:
    """Compare with pytauargus at equal protection: what its pattern gives each cell is what ours must give."""
    for numbers in TABLES[:2]:
        system = system_of(*numbers)
        for how in ("MOD(1,5,1,0,0)", "OPT(1,5)"):
            hidden, seconds = _peer(numbers, how)
            places = {system.address(cell): cell for cell in range(system.size)}
            cells = np.array([places[f"made:{key[0]}.{key[1]}"] for key in hidden])
            status = system.status.copy()
            status[cells] = np.maximum(status[cells], SECONDARY)
            theirs = system.with_status(status)
            everything = require(system, width=0)
            ends = audit(theirs, everything, exact=True)
            values = system.values[everything.cells]
            # As much as they give, up to what we ask for.
            wanted = require(
                system, below=np.minimum(values - ends.lower, BELOW), above=np.minimum(ends.upper - values, ABOVE)
            )
            ours = suppress(system, wanted, method="exact", seconds=30)
            cost = state_problem(system, wanted).cost
            short = int(((ends.upper - values < ABOVE) | (values - ends.lower < np.minimum(BELOW, values))).sum())
            name = f"{numbers[0]} x {numbers[1]}"
            told = f"cost {cost[status == SECONDARY].sum():g}; {short} cells below +{ABOVE}/-{BELOW}"
            row(name, f"pytauargus {how}", f"{(status == SECONDARY).sum()} secondary", told, f"{seconds:.2f} s")
            told = f"cost {ours.cost:g}, gap {ours.gap:.1%}"
            row("", "ours, at its intervals", f"{len(ours.secondary)} secondary", told, "")


def _peer(numbers: tuple[int, int, float, int], how: str) -> tuple[list[list[str]], float]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hidden.json"
        words = [sys.executable, "-m", "benchmarks.protection.peer", *(str(item) for item in numbers), how, str(path)]
        subprocess.run(words, check=True, capture_output=True, timeout=300)
        found = json.loads(path.read_text())
    return found["hidden"], found["seconds"]


def main() -> None:
    """Run the benchmarks named, or all."""
    known = {"two-way": run_two_way, "four-way": run_four_way, "cell-key": run_cell_key, "peer": run_peer}
    row("table", "what", "how many", "", "time")
    row(*["---"] * 5)
    for name in sys.argv[1:] or known:
        known[name]()


if __name__ == "__main__":
    main()

"""How fast lists are coded: rows against a bare join on the same file, texts a second, and the command with its start.

    python -m benchmarks.coding_speed [--rows 10000000] [--texts 5000]

The bare join is what an analyst with the answers in hand would write: read the Parquet file, join the answers by text,
write Parquet, keep the order. It is given the coder's answers for nothing, so coding itself counts against Justitia.
Each figure is the median of runs in turn, in fresh processes; on a machine with other work they are upper bounds.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 3
ACTS = (
    "Theft",
    "Robbery",
    "Assault",
    "Fraud",
    "Possession of drugs",
    "Burglary",
    "Threat",
    "Damage",
    "Forgery",
    "Rape",
)
OBJECTS = (
    "of a vehicle",
    "from a shop",
    "on a minor",
    "in a dwelling",
    "with a knife",
    "by a public official",
    "at night",
)


def make_texts(number: int) -> list[str]:
    """Return distinct offence texts."""
    return [f"{ACTS[n % 10]} {OBJECTS[n // 10 % 7]}, article {n // 70 + 100} paragraph {n % 70}" for n in range(number)]


def make_records(path: Path, rows: int, texts: list[str]) -> None:
    """Write records of these texts in random order, with an id and three further columns."""
    import duckdb
    import pyarrow as pa

    connection = duckdb.connect()
    connection.register("texts", pa.table({"n": list(range(len(texts))), "text": texts}))
    connection.execute(f"""
        COPY (
            SELECT lpad(r::VARCHAR, 9, '0') AS id, t.text AS offence, r % 40 AS district,
                DATE '2020-01-01' + (r % 1800)::INT AS day, hash(r) % 90 AS age
            FROM range({rows}) AS x(r) JOIN texts AS t ON t.n = hash(r) % {len(texts)} ORDER BY r
        ) TO '{path}' (FORMAT parquet, COMPRESSION zstd)""")


def bare_join(records: Path, answers: Path, out: Path, *, in_order: bool = False) -> None:
    """Join the answers to the records by text with plain SQL; in order, on one thread: on several DuckDB swaps rows."""
    import duckdb

    connection = duckdb.connect(config={"memory_limit": "1GiB", "temp_directory": str(out.parent / "spill")})
    if in_order:
        connection.execute("SET threads = 1; SET disabled_optimizers = 'build_side_probe_side,join_order'")
    connection.execute(f"""
        COPY (
            SELECT r.*, a.* EXCLUDE (offence) FROM read_parquet('{records}') AS r
            LEFT JOIN read_parquet('{answers}') AS a ON a.offence = r.offence
        ) TO '{out}' (FORMAT parquet, COMPRESSION zstd)""")


def code(records: Path, out: Path) -> None:
    """Code the records as `justitia code` does."""
    from justitia.offence_list.coding import code_list

    code_list(records, text="offence", language="en", output=out, replace=True)


def texts_per_second(number: int) -> tuple[float, float]:
    """Return seconds to load the coder and distinct texts coded a second, without encoder."""
    from justitia.classify.answer import OffenceText
    from justitia.classify.coder import load_coder
    from justitia.metadata.load import load_catalogue

    items = [OffenceText(text) for text in make_texts(number)]
    started = time.perf_counter()
    coder = load_coder(load_catalogue(), language="en")
    loaded = time.perf_counter()
    coder.code(items)
    return loaded - started, number / (time.perf_counter() - loaded)


def _timed(*arguments: str) -> tuple[float, float, float]:
    """Run this module in a fresh process; return wall seconds, peak MiB and processor seconds of that process."""
    code = (
        "import resource, subprocess, sys;"
        "done = subprocess.run([sys.executable, '-m', 'benchmarks.coding_speed', *sys.argv[1:]]);"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN);"
        "print(used.ru_maxrss, used.ru_utime + used.ru_stime); sys.exit(done.returncode)"
    )
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True)
    memory, processor = done.stdout.split()[-2:]
    return time.perf_counter() - started, int(memory) / 1024, float(processor)


def _same_order(records: Path, out: Path) -> bool:
    import duckdb

    ids = [
        f"(SELECT id, file_row_number AS n FROM read_parquet('{file}', file_row_number = true))"
        for file in (records, out)
    ]
    wrong = duckdb.sql(
        f"SELECT count(*) FROM {ids[0]} AS a FULL JOIN {ids[1]} AS b USING (n) WHERE a.id IS DISTINCT FROM b.id"
    )
    return wrong.fetchall() == [(0,)]


def compare(rows: int, number: int, folder: Path) -> None:
    """Print seconds and peak memory of both ways on the same file, one after the other."""
    import duckdb

    records, answers = folder / "records.parquet", folder / "answers.parquet"
    texts = make_texts(number)
    make_records(records, rows, texts)
    distinct = folder / "distinct.csv"
    distinct.write_text('"offence"\n' + "".join(f'"{text}"\n' for text in texts))
    code(distinct, folder / "distinct.parquet")
    duckdb.execute(f"COPY (FROM read_parquet('{folder / 'distinct.parquet'}')) TO '{answers}' (FORMAT parquet)")
    ways = {
        "bare join": ("--bare", str(records), str(answers), str(folder / "bare.parquet")),
        "bare join in order": ("--bare-in-order", str(records), str(answers), str(folder / "ordered.parquet")),
        "justitia": ("--code", str(records), str(folder / "coded.parquet")),
    }
    taken: dict[str, list[tuple[float, float, float]]] = {name: [] for name in ways}
    for _ in range(RUNS):
        for name, arguments in ways.items():
            taken[name].append(_timed(*arguments))
    for name, runs in taken.items():
        kept = "kept" if _same_order(records, Path(ways[name][-1])) else "LOST"
        each = ", ".join(f"{seconds:.1f}" for seconds, _, _ in runs)
        print(
            f"{name:18} {rows:,} rows, {number:,} texts: {_middle(runs, 0):.1f} s ({each}), processor "
            f"{_middle(runs, 2):.1f} s, {max(memory for _, memory, _ in runs):.0f} MiB, order {kept}"
        )
    for name in ("bare join", "bare join in order"):
        least = min(seconds for seconds, _, _ in taken["justitia"]) / min(seconds for seconds, _, _ in taken[name])
        middle = _middle(taken["justitia"], 0) / _middle(taken[name], 0)
        print(f"justitia / {name}: {middle:.2f} of the medians, {least:.2f} of the quickest runs (at most 1.5)")


def _middle(runs: list[tuple[float, float, float]], place: int) -> float:
    return statistics.median(run[place] for run in runs)


def command(folder: Path) -> None:
    """Print the seconds of `justitia code` on 500 texts, start included."""
    file = folder / "list.csv"
    file.write_text('"offence"\n' + "".join(f'"{text}"\n' for text in make_texts(500)))
    script = Path(sys.executable).with_name("justitia")
    seconds = []
    for _ in range(RUNS):
        started = time.perf_counter()
        subprocess.run([script, "code", file, "--replace", "-o", folder / "o.csv"], check=True, capture_output=True)
        seconds.append(time.perf_counter() - started)
    print(f"justitia code, 500 texts, start included: {statistics.median(seconds):.2f} s (at most 3)")


def main() -> None:
    """Measure, or do one run for the measuring process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--texts", type=int, default=5_000)
    parser.add_argument("--bare", nargs=3, type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--bare-in-order", nargs=3, type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--code", nargs=2, type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.bare:
        bare_join(*asked.bare)
    elif asked.bare_in_order:
        bare_join(*asked.bare_in_order, in_order=True)
    elif asked.code:
        code(*asked.code)
    else:
        with tempfile.TemporaryDirectory() as name:
            command(Path(name))
            load, speed = texts_per_second(10_000)
            print(f"load the coder {load:.2f} s, then {speed:,.0f} distinct texts/s without encoder (at least 10,000)")
            compare(asked.rows, asked.texts, Path(name))


if __name__ == "__main__":
    main()

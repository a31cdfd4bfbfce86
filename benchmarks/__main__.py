"""Run the benchmarks in fresh processes and print a table of figures, side by side in one run."""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.made import make_overlay, make_records

MEMORY = "1GiB"


def chain(folder: Path, base: str) -> None:
    """Run the whole chain of a workspace."""
    from justitia.pipeline import run_workspace
    from justitia.workspace import Workspace

    workspace = Workspace(folder)
    if base:
        from justitia.metadata.load import load_catalogue

        workspace.__dict__["catalogue"] = load_catalogue(folder / "overlay", base=Path(base))
    marks: list[tuple[str, float]] = []
    report = run_workspace(workspace, progress=lambda what, _share: marks.append((what, time.perf_counter())))
    print(report.stages_run, [f"{what} {when - marks[0][1]:.1f}" for what, when in marks], file=sys.stderr)


def plain(out: Path, source: str, correspondence: str) -> None:
    """Run the plain SQL."""
    import duckdb

    text = (Path(__file__).parent / "plain.sql").read_text()
    connection = duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": str(out / "spill")})
    for statement in text.format(source=source, out=out, correspondence=correspondence).split(";"):
        if statement.strip():
            connection.execute(statement)


def aggregate(folder: Path, base: str) -> None:
    """Time the aggregate stage's SELECT against bare SQL for the same grouping sets, on the same stored table."""
    from justitia.aggregate.counting import cells_select, unit_select
    from justitia.aggregate.dimensions import compile_dimensions
    from justitia.metadata.load import load_catalogue
    from justitia.pipeline import stored_relations
    from justitia.workspace import Workspace

    workspace = Workspace(folder)
    catalogue = load_catalogue(folder / "overlay", base=Path(base) if base else None)
    with workspace.engine() as engine:
        derived = stored_relations(workspace, engine, workspace.store.read())["derived__offence"]
        dataflow = catalogue.dataflows["bench"]
        breakdowns = compile_dimensions(dataflow, catalogue)
        columns = {"offence": set(engine.columns(derived))}
        units = unit_select(dataflow, breakdowns, relations={"offence": derived}, columns=columns)
        ours = cells_select(dataflow, breakdowns, units)
        bare = f"""SELECT iccs_code, bench_area, bench_weapon, strftime(bench_date, '%Y') AS y, count(*)
            FROM {derived} GROUP BY CUBE (iccs_code, bench_area, bench_weapon, y)"""
        times: dict[str, list[float]] = {"ours": [], "bare": []}
        for _ in range(5):
            for name, sql in (("ours", ours), ("bare", bare)):
                started = time.perf_counter()
                engine.rows(f"SELECT count(*) FROM ({sql})")
                times[name].append(time.perf_counter() - started)
        mine, theirs = (sorted(times[name])[2] for name in ("ours", "bare"))
        print(f"aggregate alone: {mine:.2f} s, bare SQL {theirs:.2f} s, ratio {mine / theirs:.2f} (medians of 5)")


def _measured(*arguments: str) -> tuple[float, float, float]:
    """Run this module with arguments in a fresh process; return wall seconds, peak MiB and CPU seconds."""
    started = time.perf_counter()
    code = (
        "import resource, subprocess, sys;"
        "status = subprocess.run([sys.executable, '-m', 'benchmarks', *sys.argv[1:]]);"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN);"
        "print(used.ru_maxrss, used.ru_utime + used.ru_stime); sys.exit(status.returncode)"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], check=True, stdout=subprocess.PIPE, text=True)
    peak, cpu = done.stdout.split()[-2:]
    return time.perf_counter() - started, int(peak) / 1024, float(cpu)


def compare(rows: int, base: str) -> None:
    """Make the records, run both ways and print the ratios."""
    from justitia.workspace import init_workspace

    for suffix in ("csv", "parquet"):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            records = folder / f"records.{suffix}"
            make_records(records, rows)
            workspace = init_workspace(folder / "workspace").folder
            make_overlay(workspace / "overlay", kind=suffix)
            (workspace / "sources" / "bench").mkdir(parents=True)
            records.rename(workspace / "sources" / "bench" / records.name)
            records = workspace / "sources" / "bench" / records.name
            source = f"read_csv('{records}', all_varchar = true)" if suffix == "csv" else f"read_parquet('{records}')"
            correspondence = str(workspace / "overlay" / "correspondences" / "bench__iccs.csv")
            (folder / "plain").mkdir()
            theirs = _measured("--plain", str(folder / "plain"), source, correspondence)
            mine = _measured("--chain", str(workspace), base)
            again = _measured("--chain", str(workspace), base)
            print(
                f"{rows:,} records from {suffix} ({records.stat().st_size / 2**20:,.0f} MiB): {mine[0]:.1f} s, "
                f"{mine[1]:,.0f} MiB; plain SQL {theirs[0]:.1f} s, {theirs[1]:,.0f} MiB; "
                f"ratio {mine[0] / theirs[0]:.2f} (CPU {mine[2]:.1f} s and {theirs[2]:.1f} s, ratio "
                f"{mine[2] / theirs[2]:.2f}); unchanged rerun {again[0]:.1f} s"
            )
            if suffix == "parquet":
                aggregate(workspace, base)


def main() -> None:
    """Parse arguments; the flags with paths are for the processes that are measured."""
    parser = argparse.ArgumentParser(prog="benchmarks")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--base", default="")
    parser.add_argument("--chain", nargs=2)
    parser.add_argument("--plain", nargs=3)
    given = parser.parse_args()
    if given.chain:
        chain(Path(given.chain[0]), given.chain[1])
    elif given.plain:
        plain(Path(given.plain[0]), given.plain[1], given.plain[2])
    else:
        compare(given.rows, given.base)
    _ = resource


if __name__ == "__main__":
    main()

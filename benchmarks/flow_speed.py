"""How fast flows are counted: 1M persons in cases against hand-written SQL, and curves against pandas and scipy.

    python -m benchmarks.flow_speed [--units 1000000]

The SQL (benchmarks/flow.sql) makes the bare shares: no intervals, no medians, no findings, no protection. The curves
are those of single waits by the day: the numpy code of Justitia with intervals, a pandas group-by without, and scipy's
estimator of the survival function; libraries are loaded before the clock starts.
Each figure is the median of runs in turn, in fresh processes; on a machine with other work they are upper bounds, and
the ratio is what counts.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 3
UNTIL = "2024-12-31"
HORIZONS = (90, 180, 365, 720)


def make_records(folder: Path, units: int) -> None:
    """Write suspects of five years, their charges and decisions."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SELECT setseed(0.5)")
    connection.execute(f"""
        CREATE TABLE made AS SELECT 's' || r AS suspect_id, 's' AS source_id,
            CASE WHEN hash(r, 1) % 5 = 0 THEN 'F' ELSE 'M' END AS sex,
            DATE '2020-01-01' + (hash(r, 2) % 1800)::INT AS contact_date, hash(r, 3) % 100 AS luck,
            (hash(r, 4) % 200)::INT AS first_days, (hash(r, 5) % 500)::INT AS more_days
        FROM range({units}) AS x(r)""")
    tables = {
        "suspect": "SELECT suspect_id, source_id, sex, contact_date FROM made",
        "charge": """SELECT 'c' || suspect_id AS charge_id, suspect_id, source_id,
            contact_date + first_days AS decided_date,
            CASE WHEN luck < 60 THEN 'indicted' ELSE 'dropped' END AS outcome FROM made WHERE luck < 85""",
        "decision": """SELECT 'd' || suspect_id AS decision_id, suspect_id, source_id,
            contact_date + first_days + more_days AS decided_date,
            CASE WHEN luck < 45 THEN 'convicted' ELSE 'acquitted' END AS outcome FROM made WHERE luck < 55""",
    }
    for name, select in tables.items():
        connection.execute(f"COPY ({select}) TO '{folder / name}.parquet'")


def justitia_flow(folder: Path) -> None:
    """Make the protected attrition table."""
    from justitia.case_flow.attrition import attrition_table
    from justitia.case_flow.opening import Opened
    from justitia.derive.states import Sources
    from justitia.engine import Engine
    from justitia.metadata.flow import Common, Entry, Flow, FlowBreakdown
    from justitia.metadata.load import load_catalogue

    own = {"suspect_id": "suspect_id"}
    flow = Flow(
        Common("made", "flow", {"en": "Made"}, {}, "public_default", UNTIL, (FlowBreakdown("SEX", "sex", {}),)),
        unit="suspect",
        where="",
        shared_numbers=False,
        cohort="A",
        horizons=HORIZONS,
        step_days=30,
        entries=(
            Entry("contact", "suspect", ("contact_date",)),
            Entry("prosecuted", "charge", ("decided_date",), "outcome = 'indicted'", own),
            Entry("dropped", "charge", ("decided_date",), "outcome = 'dropped'", own),
            Entry("convicted", "decision", ("decided_date",), "outcome = 'convicted'", own, "last"),
            Entry("acquitted", "decision", ("decided_date",), "outcome = 'acquitted'", own, "last"),
        ),
    )
    with Engine(scratch=folder / "scratch", memory="2GiB", threads=2) as engine:
        relations = {name: engine.parquet([folder / f"{name}.parquet"]) for name in ("suspect", "charge", "decision")}
        columns = {name: set(engine.columns(relation)) for name, relation in relations.items()}
        table, _ = attrition_table(Opened(Sources(engine, load_catalogue(), relations, columns), True), flow)
    whole = {p.state: p for p in table.passages if p.cohort == p.breakdown == "_T"}
    shares = {state: whole[state].shares for state in ("prosecuted", "convicted")}
    print("shares", *(f"{shares[state][days].value}" for state in shares for days in HORIZONS[:3]))


def plain_flow(folder: Path) -> None:
    """Run the SQL."""
    import duckdb

    out = folder / "plain.parquet"
    text = (Path(__file__).parent / "flow.sql").read_text().format(folder=folder, out=out, until=UNTIL)
    connection = duckdb.connect(config={"memory_limit": "2GiB", "threads": 2})
    connection.execute(text)
    found = []
    for state in ("prosecuted", "convicted"):
        for days in HORIZONS[:3]:
            row = connection.execute(
                f"SELECT max(share) FROM '{out}' "
                f"WHERE state = '{state}' AND cohort = '_T' AND sex = '_T' AND days <= {days}"
            ).fetchone()
            found.append(f"{100 * row[0]:.1f}" if row else "")
    print("shares", *found)


def _waits(folder: Path):  # type: ignore[no-untyped-def]
    import duckdb

    return duckdb.sql(f"""
        SELECT
            date_diff('day', s.contact_date, least(coalesce(d.decided_date, DATE '{UNTIL}'), DATE '{UNTIL}')) AS days,
            CASE WHEN d.decided_date <= DATE '{UNTIL}' THEN d.outcome ELSE '' END AS way
        FROM '{folder}/suspect.parquet' AS s LEFT JOIN '{folder}/decision.parquet' AS d USING (suspect_id)""")


def _timed(text: str, start: float) -> None:
    print("inner", time.perf_counter() - start)
    print("shares", text)


def justitia_curve(folder: Path) -> None:
    """Make cumulative incidences with intervals of single waits."""
    from justitia.aggregate.competing import aalen_johansen, outcomes_of

    found = _waits(folder).fetchnumpy()
    days, ways = found["days"], found["way"].astype(str)
    aalen_johansen(outcomes_of([1, 2], ["convicted", ""]))
    start = time.perf_counter()
    made = aalen_johansen(outcomes_of(days, ways))["convicted"]
    _timed(f"{100 * made.at([365])[0][0]:.2f}", start)


def pandas_curve(folder: Path) -> None:
    """Make the same without intervals, by pandas."""
    frame = _waits(folder).df()
    start = time.perf_counter()
    counts = frame.groupby(["days", "way"]).size().unstack(fill_value=0).sort_index()
    watched = len(frame) - counts.sum(axis=1).cumsum().shift(fill_value=0)
    ended = counts[["convicted", "acquitted"]].sum(axis=1)
    before = (1 - ended / watched).cumprod().shift(fill_value=1)
    share = (before * counts["convicted"] / watched).cumsum()
    _timed(f"{100 * share[share.index <= 365].iloc[-1]:.2f}", start)


def scipy_curve(folder: Path) -> None:
    """Make the survival function of one end (Kaplan-Meier), by scipy."""
    from scipy.stats import CensoredData, ecdf

    found = _waits(folder).fetchnumpy()
    days, seen = found["days"].astype(float), found["way"] == ""
    start = time.perf_counter()
    made = ecdf(CensoredData(uncensored=days[~seen], right=days[seen])).sf
    made.confidence_interval(method="log-log")
    _timed(f"{100 * made.evaluate(365):.2f}", start)


JOBS = {job.__name__: job for job in (justitia_flow, plain_flow, justitia_curve, pandas_curve, scipy_curve)}


def _run(job: str, folder: Path) -> tuple[float, str, float]:
    """Return seconds (of the inner part, where it tells them), what was found, and peak memory in MiB."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.flow_speed", "--job", job, "--folder", str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    seconds = time.perf_counter() - start
    said = dict(line.split(" ", 1) for line in done.stdout.splitlines() if " " in line)
    return float(said.get("inner", seconds)), said["shares"], float(said["memory"])


def main() -> None:
    """Print the figures, side by side."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=1_000_000)
    parser.add_argument("--job", choices=sorted(JOBS))
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    if given.job:
        JOBS[given.job](given.folder)
        print("memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_records(folder, given.units)
        found: dict[str, list[tuple[float, str, float]]] = {job: [] for job in JOBS}
        for _ in range(RUNS):
            for job in JOBS:
                found[job].append(_run(job, folder))
    middle = {job: statistics.median(seconds for seconds, _, _ in runs) for job, runs in found.items()}
    base = {"justitia_flow": "plain_flow"} | dict.fromkeys(("justitia_curve", "scipy_curve"), "pandas_curve")
    print(f"{given.units:,} units, median of {RUNS} runs in turn")
    for job, runs in found.items():
        against = f"{middle[job] / middle[base[job]]:6.2f} x {base[job]}" if job in base else ""
        print(f"{job:15} {middle[job]:7.2f} s {max(m for *_, m in runs):6.0f} MiB  {runs[0][1]:40} {against}")


if __name__ == "__main__":
    main()

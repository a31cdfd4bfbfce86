"""One measurement in a process of its own, so that its peak of memory and its CPU seconds are its own."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.linkage.files import File, opened
from benchmarks.linkage.measured import best_recall, clustered, judge, threshold_for, true_pairs
from justitia.engine import Engine, quote
from justitia.integrate.blocking import BLOCKED, chosen_rules, make_blocks
from justitia.integrate.cleaning import make_cleaned
from justitia.integrate.clusters import Rules, cluster
from justitia.integrate.keys import add_keys
from justitia.integrate.scoring import ScoredPairs, score
from justitia.metadata.load import load_catalogue

MEMORY = "3GiB"
THRESHOLDS = (0.5, 0.9, 0.99)
ASKED, LEAST = 0.998, 0.5  # precision, and threshold below which no pair is a link


def measure(way: str, file: str) -> dict[str, Any]:
    """Return the figures of `ours`, `plain`, `narrow` or `equal` on a file, from a process of its own."""
    command = [sys.executable, "-m", "benchmarks.linkage.work", way, file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{way} on {file} failed:\n{done.stderr[-2000:]}")
    made: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return made


def _run(way: str, name: str) -> dict[str, Any]:
    file = opened(name)
    with tempfile.TemporaryDirectory() as folder, Engine(scratch=Path(folder), memory=MEMORY) as engine:
        columns = ", ".join(map(quote, ("mention_id", "dataset", *file.kinds)))
        with engine.registered("received", file.mentions) as relation:
            engine.execute(f"CREATE TEMP TABLE mentions AS SELECT {columns}, person FROM {relation}")
        if "script" in file.mentions.column_names:
            with engine.registered("received_scripts", file.mentions.select(["mention_id", "script"])) as relation:
                engine.execute(f"CREATE TEMP TABLE scripts AS SELECT * FROM {relation}")
        return {"ours": _ours, "plain": _plain, "narrow": partial(_plain, narrow=True), "equal": _equal}[way](
            engine, file
        )


def _timed(what: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    wall, cpu = time.perf_counter(), time.process_time()
    made = what()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    spent = {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "peak_mb": peak}
    return made, spent


def _ours(engine: Engine, file: File) -> dict[str, Any]:
    material = load_catalogue().linking_material
    linkage = file.linkage()
    scored, spent = _timed(lambda: score(engine, "mentions", linkage, material))
    link = threshold_for(engine, scored.pairs, ASKED, LEAST)
    made: dict[str, Any] = {**spent, "link": link, "candidates": sum(block.pairs for block in scored.blocks)}
    truth = true_pairs(engine, "mentions", across=file.across)
    made["quality"] = _judged(engine, scored.pairs, truth, {"in use": link})
    made["best_recall"] = best_recall(engine, truth, ASKED)
    made["by_script"] = _by_script(engine, scored.pairs, truth, link)
    found = cluster(engine, "mentions", scored.pairs, Rules(link))
    made["clustered"] = clustered(engine, found.clusters, "mentions", truth, across=file.across)
    made["bounds"] = _bounds(engine, file, scored, truth)
    return made


def _judged(engine: Engine, pairs: str, truth: str, own: Mapping[str, float]) -> dict[str, list[float]]:
    at = {**{str(one): one for one in THRESHOLDS}, **own}
    found = judge(engine, pairs, truth, tuple(at.values()))
    return {name: [one.precision, one.recall, one.expected] for name, one in zip(at, found, strict=True)}


def _by_script(engine: Engine, pairs: str, truth: str, link: float) -> dict[str, list[float]]:
    """Return precision and recall by the script of the second register."""
    if not engine.rows("SELECT 1 FROM duckdb_tables() WHERE table_name = 'scripts'"):
        return {}
    rows = engine.rows(f"""WITH every_pair AS (SELECT coalesce(t.right_id, p.right_id) AS mention_id,
            t.left_id IS NOT NULL AS is_true, coalesce(p.probability >= {link!r}, false) AS is_link
            FROM {truth} AS t FULL JOIN {pairs} AS p USING (left_id, right_id))
        SELECT script, count(*) FILTER (is_link AND is_true) / count(*) FILTER (is_link),
            count(*) FILTER (is_link AND is_true) / count(*) FILTER (is_true)
        FROM every_pair JOIN scripts USING (mention_id) GROUP BY script ORDER BY script""")
    return {script: [precision, recall] for script, precision, recall in rows}


def _bounds(engine: Engine, file: File, scored: ScoredPairs, truth: str) -> dict[str, float]:
    """Return what bounds recall: pairs that share no block, and pairs whose levels are mostly those of two people."""
    all_true = int(engine.value(f"SELECT count(*) FROM {truth}"))
    engine.execute(f"""CREATE OR REPLACE TEMP TABLE patterns AS SELECT pattern, count(*) FILTER (t.left_id IS NOT NULL)
        AS same, count(*) AS n FROM {scored.pairs} LEFT JOIN {truth} AS t USING (left_id, right_id) GROUP BY pattern""")
    order = """(SELECT sum(same) OVER best AS same, sum(n) OVER best AS n FROM patterns
        WINDOW best AS (ORDER BY same / n DESC, pattern))"""
    by_levels = engine.value(f"SELECT max(same) FROM {order} WHERE same / n >= {ASKED!r}") or 0
    linkage, material = file.linkage(), load_catalogue().linking_material
    cleaned = make_cleaned(engine, "mentions", linkage, material)
    add_keys(engine, cleaned, linkage)
    held = set(engine.columns(cleaned))
    rules = [rule for rule in chosen_rules(linkage, material.blocking) if set(rule) <= held]
    blocks = make_blocks(engine, cleaned, rules, largest=linkage.training.largest_block)
    shared = " OR ".join(f"l.{block.column} = r.{block.column}" for block in blocks)
    compared = engine.value(f"""SELECT count(*) FROM {truth} AS t JOIN {BLOCKED} AS l ON l.mention_id = t.left_id
        JOIN {BLOCKED} AS r ON r.mention_id = t.right_id WHERE {shared}""")
    return {"compared": compared / all_true, "levels": by_levels / all_true, "blocks": len(blocks)}


def _plain(engine: Engine, file: File, *, narrow: bool = False) -> dict[str, Any]:
    from benchmarks.linkage import plain

    pairs, spent = _timed(lambda: plain.standard(engine, "mentions", file, narrow=narrow))
    truth = true_pairs(engine, "mentions", across=file.across)
    made: dict[str, Any] = {**spent, "link": 0.9, "quality": _judged(engine, pairs, truth, {"in use": 0.9})}
    made["best_recall"] = best_recall(engine, truth, ASKED)
    made["by_script"] = _by_script(engine, pairs, truth, 0.9)
    complete = f"(SELECT *, 'model' AS basis, CAST(NULL AS VARCHAR) AS contradiction FROM {pairs})"
    found = cluster(engine, "mentions", complete, Rules(0.9))
    made["clustered"] = clustered(engine, found.clusters, "mentions", truth, across=file.across)
    return made


def _equal(engine: Engine, file: File) -> dict[str, Any]:
    from benchmarks.linkage import plain

    (found, spent) = _timed(lambda: plain.like_ours(engine, "mentions", file))
    return {**spent, "found": found}


if __name__ == "__main__":
    print(json.dumps(_run(*sys.argv[1:])))

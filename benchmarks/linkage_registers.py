"""Two registers of the same deaths, linked without equal names as a key: recall of the known pairs, and what differs.

    python -m benchmarks.linkage_registers --folder ../shared/data/us_police_killings

The known pairs have the same name after normalisation and the same date, and are unique so. They are a proxy: they say
what is missed, and nothing of links that are wrong. Candidates share a date or a month and a place, never a name, so no
pair is found because its names are equal. Every record is one person, so each has one partner at most.
"""

from __future__ import annotations

import argparse
import csv
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from justitia.engine import Engine
from justitia.integrate.clusters import Rules, cluster
from justitia.integrate.scoring import score
from justitia.metadata.linkage import Linkage, LinkedDataset, LinkedField, Thresholds
from justitia.metadata.load import load_catalogue

ONE, OTHER = "one", "other"
LINK = 0.9
FILES = {ONE: "guardian_counted_2015.csv", OTHER: "wapo_fatal_police_shootings_2015_2024.csv"}
NORMAL = (  # small letters without accents, spaces and what follows a family name (Jr, III)
    r"regexp_replace(regexp_replace(lower(strip_accents(full_name)), '\b(jr|sr|ii|iii|iv)\b', '', 'g'), "
    r"'[^a-z]', '', 'g')"
)
LINKAGE = Linkage(
    id="registers",
    labels={"en": "Two registers of deaths"},
    purpose="benchmark",
    legal_basis="published data",
    datasets=tuple(LinkedDataset(name, name, "death", "register", once=True) for name in (ONE, OTHER)),
    fields=(
        LinkedField("full_name", "full_name"),
        LinkedField("died", "date"),
        LinkedField("city", "place"),
        LinkedField("state", "other"),
        LinkedField("sex", "sex"),
        LinkedField("age", "other"),
    ),
    link_type="link_only",
    one_to_one=True,
    blocking=(
        ("died",),
        ("died:month", "city"),
        ("died:month", "state", "age"),
        ("city", "age"),
        ("died:month", "state"),
    ),
    thresholds=Thresholds(link=LINK, review=0.05),
)


@dataclass(frozen=True)
class Found:
    """What linking found.

    Args:
        known, found: pairs known, and those of them linked.
        links: all links; several: records with more than one partner.
        linked, unlinked: class -> number of pairs linked, or of records of either register left alone.
    """

    known: int
    found: int
    links: int
    several: int
    linked: Mapping[str, int]
    unlinked: Mapping[str, int]


def link_registers(folder: Path, scratch: Path) -> Found:
    """Return what linking the two registers of 2015 found.

    Args:
        folder: holds the published files.
        scratch: for the engine.
    """
    with Engine(scratch=scratch, memory="1GiB", threads=2) as engine:
        _mentions(engine, folder)
        scored = score(engine, "mentions", LINKAGE, load_catalogue().linking_material)
        persons = cluster(engine, "mentions", scored.pairs, Rules(scored.link, (ONE, OTHER)), name="registers")
        engine.execute(f"""
            CREATE TEMP TABLE linked AS SELECT a.mention_id AS one_id, b.mention_id AS other_id
            FROM {persons.clusters} AS a JOIN {persons.clusters} AS b USING (cluster_id)
            WHERE a.mention_id LIKE '{ONE}:%' AND b.mention_id LIKE '{OTHER}:%'""")
        known, found = engine.rows(
            "SELECT count(*), count(l.one_id) FROM known LEFT JOIN linked AS l USING (one_id, other_id)"
        )[0]
        links, ones, others = engine.rows(
            "SELECT count(*), count(DISTINCT one_id), count(DISTINCT other_id) FROM linked"
        )[0]
        several = 2 * int(links) - int(ones) - int(others)
        return Found(int(known), int(found), int(links), several, _linked(engine), _unlinked(engine))


def _mentions(engine: Engine, folder: Path) -> None:
    """Make the records of 2015 of both registers, and the pairs with the same normalised name and date."""
    import pyarrow as pa

    # Line ends of an old system, which the engine does not read; letters that were broken before are left out.
    text = (folder / FILES[ONE]).read_bytes().decode("utf-8", "ignore").replace("\r", "\n")
    rows = list(csv.DictReader(text.splitlines()))
    with engine.registered("one_register", pa.Table.from_pylist(rows)) as one:
        engine.execute(f"CREATE TEMP TABLE one_register_read AS FROM {one}")
    engine.execute(f"""
        CREATE TEMP TABLE mentions AS
        SELECT '{ONE}:' || uid AS mention_id, '{ONE}' AS dataset, nullif(name, 'Unknown') AS full_name,
            strftime(strptime(month || ' ' || day || ' ' || year, '%B %d %Y'), '%Y-%m-%d') AS died, city, state,
            upper(gender[1]) AS sex, regexp_extract(age, '^[0-9]+$') AS age, classification AS kind
        FROM one_register_read
        UNION ALL
        SELECT '{OTHER}:' || id, '{OTHER}', nullif(name, ''), date, city, state, upper(gender[1]), age, 'Gunshot'
        FROM read_csv('{folder / FILES[OTHER]}', all_varchar = true) WHERE date LIKE '2015-%'""")
    engine.execute("UPDATE mentions SET age = nullif(age, '')")
    engine.execute(f"""
        CREATE TEMP TABLE known AS
        WITH named AS (SELECT *, {NORMAL} AS plain FROM mentions WHERE full_name IS NOT NULL),
        alone AS (SELECT * FROM named QUALIFY count(*) OVER (PARTITION BY dataset, plain, died) = 1)
        SELECT a.mention_id AS one_id, b.mention_id AS other_id FROM alone AS a JOIN alone AS b USING (plain, died)
        WHERE a.dataset = '{ONE}' AND b.dataset = '{OTHER}'""")


def _linked(engine: Engine) -> dict[str, int]:
    """Return how linked pairs differ; a pair may differ in several ways."""
    rows = engine.rows(f"""
        WITH plain AS (
            SELECT *, {NORMAL} AS plain, string_split(lower(strip_accents(full_name)), ' ') AS words FROM mentions),
        compared AS (
            SELECT a.plain AS one, b.plain AS other, a.died <> b.died AS shifted,
                lower(a.city) <> lower(b.city) AS moved,
                len(list_intersect(a.words, b.words)) >= least(len(a.words), len(b.words)) AS shorter
            FROM linked JOIN plain AS a ON a.mention_id = one_id JOIN plain AS b ON b.mention_id = other_id)
        SELECT count(*) FILTER (WHERE one = other AND NOT shifted AND NOT moved),
            count(*) FILTER (WHERE one <> other AND shorter), count(*) FILTER (WHERE one <> other AND NOT shorter),
            count(*) FILTER (WHERE one IS NULL OR other IS NULL), count(*) FILTER (WHERE shifted),
            count(*) FILTER (WHERE moved)
        FROM compared""")[0]
    names = (
        "alike in name, date and place",
        "a middle name more in one",
        "name spelt otherwise",
        "a name not known",
        "date shifted",
        "another place (county for city, suburb)",
    )
    return dict(zip(names, map(int, rows), strict=True))


def _unlinked(engine: Engine) -> dict[str, int]:
    """Return why records were left alone, as far as the registers tell: the first class that fits."""
    rows = engine.rows(f"""
        SELECT CASE WHEN dataset = '{OTHER}' THEN 'only in the register of shootings'
            WHEN kind <> 'Gunshot' THEN 'not gunshot: outside the register of shootings'
            WHEN full_name IS NULL THEN 'gunshot, name not known'
            ELSE 'gunshot, not in the list of shootings' END AS class, count(*)
        FROM mentions WHERE mention_id NOT IN (SELECT one_id FROM linked UNION SELECT other_id FROM linked)
        GROUP BY 1 ORDER BY 1""")
    return {str(name): int(n) for name, n in rows}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    shared = os.environ.get("JUSTITIA_SHARED", str(Path(__file__).parents[2] / "shared"))
    parser.add_argument("--folder", type=Path, default=Path(shared) / "data" / "us_police_killings")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        found = link_registers(given.folder, Path(scratch))
    print(f"known pairs linked: {found.found:,} of {found.known:,} ({100 * found.found / found.known:.2f} %)")
    print(f"links: {found.links:,}; records with several partners: {found.several}")
    for title, classes in (("linked pairs", found.linked), ("left alone", found.unlinked)):
        print(title)
        for name, n in classes.items():
            print(f"  {n:6,} {name}")


if __name__ == "__main__":
    main()

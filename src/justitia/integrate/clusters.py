"""Persons from pairs: connected groups of links, split at their weakest links until no contradiction is inside.

A link is a pair at or above the threshold, or one that a human joined. Most groups hold no contradiction and are
persons as they are (connected components, scipy). The others are split by `cluster_cuts`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from justitia.engine import quote
from justitia.findings import Finding
from justitia.integrate.cluster_cuts import TIE, Group, ordered
from justitia.stage import Progress, silent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from justitia.engine import Engine

CLUSTERS, CUTS = "linked_clusters", "linked_cuts"
NO, SINGLE, IDENTIFIER = "decision", "single:", "identifier:"
DIGITS = 6  # weights that differ by less are equal: sums of the same parts in another order differ in the last bits
_NAMES = "linked_names"


@dataclass(frozen=True, slots=True)
class Rules:
    """What makes a link, and what must not be one person.

    Args:
        link: least probability of a link, 0 to 1.
        single: datasets that know each person once.
        differs: identifier -> SQL over the aliases `l` and `r` of mentions: both are filled and differ beyond a typo.
    """

    link: float
    single: Sequence[str] = ()
    differs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Clusters:
    """Mentions grouped to persons.

    Args:
        clusters: relation (mention_id, cluster_id); the cluster's id is its first mention's.
        cuts: relation (left_id, right_id, weight, reason) of links not made; reason: `identifier:` and its
            name, `single:` and a dataset, `decision`, `tie`.
        findings: one for each kind of cut.
        number: of clusters.
    """

    clusters: str
    cuts: str
    findings: tuple[Finding, ...]
    number: int


def cluster(
    engine: Engine,
    mentions: str,
    pairs: str,
    rules: Rules,
    *,
    decisions: str | None = None,
    name: str = "linkage",
    progress: Progress = silent,
) -> Clusters:
    """Return the persons that pairs and decisions make of mentions.

    Args:
        engine: holds the relations; results are temporary tables of it.
        mentions: relation (mention_id, dataset, identity fields).
        pairs: relation (left_id, right_id, weight, probability, basis, contradiction, ...).
        rules: threshold and what must be kept apart.
        decisions: relation (left_id, right_id, decision `yes` or `no`) in force.
        name: of the linkage, for its findings.
        progress: called now and then.
    """
    import numpy as np

    progress("clusters: links", 0.0)
    _name_mentions(engine, mentions)
    _collect_links(engine, pairs, rules, decisions)
    links = engine.table("SELECT l, r, weight FROM linked_links")
    left, right, weight = (np.asarray(links[column]) for column in ("l", "r", "weight"))
    group = _components(int(engine.value(f"SELECT count(*) FROM {_NAMES}")), left, right)
    progress("clusters: contradictions", 0.3)
    apart = _contradictions(engine, mentions, rules, group)
    progress("clusters: cuts", 0.6)
    labels, cuts = _split(engine, group, (left, right, weight), apart, rules)
    _keep(engine, labels, cuts)
    findings = (*_cut_findings(engine, name), *_shared_identifiers(engine, mentions, rules, name))
    progress("clusters", 1.0)
    return Clusters(CLUSTERS, CUTS, findings, int(engine.value(f"SELECT count(DISTINCT cluster_id) FROM {CLUSTERS}")))


def _name_mentions(engine: Engine, mentions: str) -> None:
    """Number the mentions by their ids: nothing after this sees the order of rows."""
    engine.execute(f"""CREATE OR REPLACE TEMP TABLE {_NAMES} AS
        SELECT mention_id, dataset, row_number() OVER (ORDER BY mention_id) - 1 AS n FROM {mentions}""")


def _collect_links(engine: Engine, pairs: str, rules: Rules, decisions: str | None) -> None:
    """Make `linked_links` (l, r, weight) and `linked_apart` (l, r, why); what a human joined weighs infinitely much."""
    said = decisions or "(SELECT NULL::VARCHAR AS left_id, NULL::VARCHAR AS right_id, NULL::VARCHAR AS decision)"
    engine.execute(f"""CREATE OR REPLACE TEMP TABLE linked_said AS
        SELECT least(l.n, r.n) AS l, greatest(l.n, r.n) AS r, decision
        FROM {said} AS d JOIN {_NAMES} AS l ON l.mention_id = d.left_id JOIN {_NAMES} AS r ON r.mention_id = d.right_id
        WHERE decision IN ('yes', 'no') AND l.n <> r.n""")
    engine.execute(f"""CREATE OR REPLACE TEMP TABLE linked_scored AS
        SELECT least(l.n, r.n) AS l, greatest(l.n, r.n) AS r, round(max(weight), {DIGITS}) AS weight,
            max(probability) AS probability, max(contradiction) AS contradiction
        FROM {pairs} AS p JOIN {_NAMES} AS l ON l.mention_id = p.left_id JOIN {_NAMES} AS r ON r.mention_id = p.right_id
        WHERE p.probability >= {rules.link!r} OR p.contradiction IS NOT NULL GROUP BY 1, 2""")
    engine.execute(f"""CREATE OR REPLACE TEMP TABLE linked_links AS
        SELECT l, r, weight FROM linked_scored AS s
        WHERE probability >= {rules.link!r}
            AND NOT EXISTS (SELECT 1 FROM linked_said AS d WHERE d.l = s.l AND d.r = s.r)
        UNION ALL SELECT l, r, 'inf'::DOUBLE FROM linked_said WHERE decision = 'yes'
        ORDER BY l, r""")
    engine.execute(f"""CREATE OR REPLACE TEMP TABLE linked_apart AS
        SELECT l, r, '{NO}' AS why FROM linked_said WHERE decision = 'no'
        UNION ALL SELECT l, r, '{IDENTIFIER}' || contradiction FROM linked_scored WHERE contradiction IS NOT NULL""")


def _components(number: int, left: NDArray[Any], right: NDArray[Any]) -> NDArray[np.int64]:
    """Return the smallest member of each mention's connected group, shape (mentions,)."""
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(left), np.int8), (left, right)), shape=(number, number))
    _, label = connected_components(graph, directed=False)
    first = np.full(int(label.max(initial=-1)) + 1, number, np.int64)
    np.minimum.at(first, label, np.arange(number))
    return np.asarray(first[label], np.int64)


def _contradictions(engine: Engine, mentions: str, rules: Rules, group: NDArray[np.int64]) -> list[tuple[Any, ...]]:
    """Return (l, r, why) of all pairs inside a group that must be apart, also of those that were never compared."""
    import numpy as np
    import pyarrow as pa

    numbers = pa.table({"n": np.arange(len(group)), "g": group})
    with engine.registered("linked_numbered", numbers) as relation:
        engine.execute(f"""CREATE OR REPLACE TEMP TABLE linked_groups AS SELECT n, g FROM {relation}
            WHERE g IN (SELECT g FROM {relation} GROUP BY g HAVING count(*) > 1)""")
    for identifier, differs in sorted(rules.differs.items()):
        engine.execute(
            f"""INSERT INTO linked_apart
            SELECT x.n, y.n, ? FROM linked_groups AS x JOIN linked_groups AS y ON y.g = x.g AND x.n < y.n
            JOIN {_NAMES} AS a ON a.n = x.n JOIN {mentions} AS l ON l.mention_id = a.mention_id
            JOIN {_NAMES} AS b ON b.n = y.n JOIN {mentions} AS r ON r.mention_id = b.mention_id
            WHERE {differs}""",
            [IDENTIFIER + identifier],
        )
    # A human's no is the reason given first; of identifiers, the first by name: the same in every run.
    return engine.rows(f"""SELECT a.l, a.r, arg_min(why, (why <> '{NO}', why)) FROM linked_apart AS a
        JOIN linked_groups AS x ON x.n = a.l JOIN linked_groups AS y ON y.n = a.r AND y.g = x.g
        GROUP BY a.l, a.r ORDER BY a.l, a.r""")


Cuts = list[tuple[int, int, float, str]]


def _split(
    engine: Engine,
    group: NDArray[np.int64],
    links: tuple[NDArray[Any], NDArray[Any], NDArray[Any]],
    apart: Sequence[tuple[Any, ...]],
    rules: Rules,
) -> tuple[NDArray[np.int64], Cuts]:
    """Return the persons and the links not made; only groups with a contradiction inside are walked through."""
    import numpy as np

    single = _single(engine, rules)
    contested = np.unique([int(group[one]) for one, _, _ in apart] + [g for g, _ in single]).astype(np.int64)
    if not len(contested):
        return group, []
    reasons: dict[int, dict[tuple[int, int], str]] = {}
    for one, other, why in apart:
        reasons.setdefault(int(group[one]), {})[ordered(one, other)] = why
    known: dict[int, dict[int, str]] = {}
    for g, members in single:
        known[g] = members
    joined = frozenset((int(a), int(b)) for a, b in engine.rows("SELECT l, r FROM linked_said WHERE decision = 'yes'"))
    labels = group.copy()
    cuts: Cuts = []
    inside = np.flatnonzero(np.isin(group, contested))
    of_group = _by_group(group[inside], inside)
    hit = np.flatnonzero(np.isin(group[links[0]], contested))
    of_links = _by_group(group[links[0][hit]], hit)
    for g in contested.tolist():
        found = Group(of_group[g].tolist(), reasons.get(g, {}), known.get(g, {}), joined)
        own = of_links[g]
        cuts += found.split(list(zip(*(column[own].tolist() for column in links), strict=True)))
        for person in found.clusters():
            labels[person] = person[0]
    return labels, cuts


def _by_group(group: NDArray[np.int64], values: NDArray[Any]) -> dict[int, NDArray[Any]]:
    import numpy as np

    order = np.argsort(group, kind="stable")
    keys, starts = np.unique(group[order], return_index=True)
    return dict(zip(keys.tolist(), np.split(values[order], starts[1:]), strict=True))


def _single(engine: Engine, rules: Rules) -> list[tuple[int, dict[int, str]]]:
    """Return (group, member -> dataset) of the groups in which a dataset that knows each person once occurs twice."""
    if not rules.single:
        return []
    rows = engine.rows(
        f"""SELECT g, list(n ORDER BY n), list(dataset ORDER BY n) FROM linked_groups JOIN {_NAMES} USING (n)
        WHERE list_contains(?, dataset) GROUP BY g HAVING count(*) > count(DISTINCT dataset) ORDER BY g""",
        [list(rules.single)],
    )
    return [(g, dict(zip(members, datasets, strict=True))) for g, members, datasets in rows]


def _keep(engine: Engine, labels: NDArray[np.int64], cuts: Cuts) -> None:
    import numpy as np
    import pyarrow as pa

    with engine.registered("linked_labels", pa.table({"n": np.arange(len(labels)), "first": labels})) as relation:
        engine.execute(f"""CREATE OR REPLACE TEMP TABLE {CLUSTERS} AS
            SELECT m.mention_id, f.mention_id AS cluster_id FROM {relation} AS x
            JOIN {_NAMES} AS m ON m.n = x.n JOIN {_NAMES} AS f ON f.n = x.first ORDER BY m.n""")
    columns = list(zip(*cuts, strict=True)) or [(), (), (), ()]
    kinds = (pa.int64(), pa.int64(), pa.float64(), pa.string())
    table = pa.table(
        [pa.array(c, t) for c, t in zip(columns, kinds, strict=True)], names=["l", "r", "weight", "reason"]
    )
    with engine.registered("linked_not_made", table) as relation:
        engine.execute(f"""CREATE OR REPLACE TEMP TABLE {CUTS} AS
            SELECT a.mention_id AS left_id, b.mention_id AS right_id, weight, reason FROM {relation} AS x
            JOIN {_NAMES} AS a ON a.n = x.l JOIN {_NAMES} AS b ON b.n = x.r ORDER BY a.n, b.n""")


def _cut_findings(engine: Engine, name: str) -> list[Finding]:
    rows = engine.rows(f"""SELECT reason, isinf(weight), count(*) FROM {CUTS} GROUP BY ALL ORDER BY ALL""")
    return [_cut_finding(name, reason, by_human, count) for reason, by_human, count in rows]


def _cut_finding(name: str, reason: str, by_human: bool, count: int) -> Finding:
    """Return the finding that tells of one kind of link that was not made."""
    if by_human:
        text = "pairs joined by decision were kept apart, as other decisions or records contradict them: decide again"
        return Finding("V-LNK-005", "error", name, text, count=count)
    if reason == TIE:
        text = "links of equal weight exclude one another (such as twins): none was made; the pairs are for review"
        return Finding("V-LNK-004", "warning", name, text, count=count)
    if reason == NO:
        text = "links were not made, since a chain of them would join two that a decision keeps apart"
        return Finding("V-LNK-003", "note", name, text, count=count)
    if reason.startswith(SINGLE):
        dataset = reason.removeprefix(SINGLE)
        text = f"links were not made, since the dataset [{dataset}] knows each person once and would twice"
        return Finding("V-LNK-002", "warning", name, text, dataset, count=count)
    field_name = reason.removeprefix(IDENTIFIER)
    text = f"links were not made, since [{field_name}] of two records differs beyond a typo"
    return Finding("V-LNK-001", "warning", name, text, field_name, count=count)


def _shared_identifiers(engine: Engine, mentions: str, rules: Rules, name: str) -> list[Finding]:
    """Return a finding for each identifier of which one value is held by several persons."""
    found = []
    columns = set(engine.columns(mentions))
    for identifier in sorted(set(rules.differs) & columns):
        count = engine.value(f"""SELECT count(*) FROM (SELECT {quote(identifier)} FROM {mentions}
            JOIN {CLUSTERS} USING (mention_id) WHERE {quote(identifier)} IS NOT NULL
            GROUP BY 1 HAVING count(DISTINCT cluster_id) > 1)""")
        if count:
            text = f"values of [{identifier}] are used for more than one person; these persons were not joined by them"
            found.append(Finding("V-LNK-006", "warning", name, text, identifier, count=int(count)))
    return found

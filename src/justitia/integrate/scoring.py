"""Scored pairs: Splink's Fellegi-Sunter model on the project's engine, over declared comparisons and adaptive blocks.

Source of the model: I. P. Fellegi and A. B. Sunter, J. Am. Stat. Assoc. 64 (1969) 1183-1210; Splink 5 estimates m by
expectation maximisation and u from random pairs, and lets rare values tell more.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from justitia.engine import literal, quote
from justitia.integrate.blocking import BLOCKED, Block, chosen_rules, keep_near, make_blocks
from justitia.integrate.cleaning import make_cleaned
from justitia.integrate.comparisons import comparisons_of
from justitia.integrate.frequencies import lend_frequencies, make_frequencies, weighted_columns
from justitia.integrate.keys import add_keys
from justitia.integrate.refining import Refined, refine
from justitia.integrate.splink_model import as_model, completed, make_linker, parameters, train, with_m
from justitia.stage import Progress, silent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from justitia.engine import Engine
    from justitia.metadata.linkage import Linkage
    from justitia.metadata.linking_material import LinkingMaterial

PAIRS, CANDIDATES = "linking_pairs", "linking_candidates"
MARGIN = 8.0  # bits: a pair whose fields speak for one person by so much less than half of them need is let go
KEY_BITS = 40.0  # weight of a pair that a declared key proves
AGAINST_BITS = -5.0  # fields that speak so much against it contradict a key: one number was used for two people
BY_KEY = "key"


@dataclass(frozen=True, slots=True)
class ScoredPairs:
    """Pairs that may be one person.

    Args:
        pairs: relation (left_id, right_id, weight, probability, basis, pattern, contradiction); weights in bits.
        model: what was estimated, without any value: comparisons, prior, version and hash.
        blocks: blocking rules as they were used.
        candidates: number of pairs that were compared and speak for one person at all.
        link: probability from which on pairs are links: the declared one, or higher to reach the declared precision.
    """

    pairs: str
    model: Mapping[str, Any]
    blocks: tuple[Block, ...]
    candidates: int
    link: float


def score(
    engine: Engine,
    mentions: str,
    linkage: Linkage,
    material: LinkingMaterial,
    *,
    model: Mapping[str, Any] | None = None,
    within: str | None = None,
    progress: Progress = silent,
) -> ScoredPairs:
    """Return the pairs of mentions whose probability reaches the review threshold.

    Args:
        engine: holds the mentions; results are temporary tables of it. It must write nothing to disk in clear.
        mentions: relation (mention_id, dataset, identity fields).
        linkage: the declaration.
        material: of the catalogue.
        model: estimated earlier; it is used as it is.
        within: relation (mention_id) of new mentions: only pairs with one of these are scored; needs `model`.
        progress: called now and then.
    """
    progress("linking: cleaning", 0.0)
    cleaned = make_cleaned(engine, mentions, linkage, material)
    held = engine.columns(cleaned)
    progress("linking: blocking", 0.1)
    add_keys(engine, cleaned, linkage)
    rules = [rule for rule in chosen_rules(linkage, material.blocking) if set(rule) <= set(held)]
    keys = [(f"key_{key.id}",) for key in linkage.keys]
    blocks = make_blocks(engine, cleaned, rules, largest=linkage.training.largest_block, keys=keys)
    comparisons = comparisons_of(linkage, material, held)
    weighted = weighted_columns(comparisons) if within else []
    make_frequencies(engine, weighted)
    only = keep_near(engine, blocks, within) if within else ""
    comparable = _comparable(engine, linkage)
    if model is None:
        progress("linking: training", 0.2)
        trainer = make_linker(engine, linkage, comparisons, blocks, prior=1e-4)
        train(trainer, linkage, held)
        comparisons, prior = completed(trainer, linkage), 1e-4
    else:
        comparisons, prior = model["comparisons"], float(model["prior"])
    progress("linking: scoring", 0.4)
    # A key that no two records share has no block, so its place says nothing: the block's own column does.
    keyed = [block for block in blocks if block.needs in keys]
    found = []
    for own, floor in ((keyed, None), ([block for block in blocks if block not in keyed], _floor(engine, prior))):
        if own:
            linker = make_linker(engine, linkage, comparisons, own, prior=prior, only=only)
            lend_frequencies(linker, weighted)
            found.append(linker.inference.predict(threshold_match_weight=floor))
    _gather(engine, found, comparisons, prior, with_keys=bool(keyed))
    progress("linking: weighing", 0.9)
    m = parameters(comparisons, "m_probability")
    if model is None:
        refined = refine(engine, CANDIDATES, m, comparisons=comparable)
        model = as_model(with_m(comparisons, refined.m), refined.prior)
    else:
        refined = Refined(prior, m, {})
    _keep(engine, linkage, refined, parameters(comparisons, "u_probability"))
    candidates = int(engine.value(f"SELECT count(*) FROM {CANDIDATES}"))
    engine.execute(f"DROP TABLE {CANDIDATES}; DROP TABLE {BLOCKED}; DROP TABLE {cleaned}")
    progress("linking: scored", 1.0)
    return ScoredPairs(PAIRS, model, blocks, candidates, _link_from(engine, linkage))


def _comparable(engine: Engine, linkage: Linkage) -> int:
    """Return the number of pairs that the kind of linkage allows."""
    counts = [int(n) for (n,) in engine.rows(f"SELECT count(*) FROM {BLOCKED} GROUP BY dataset")]
    total = sum(counts)
    within = sum(n * (n - 1) // 2 for n in counts)
    everything = total * (total - 1) // 2
    allowed = {"link_only": everything - within, "dedupe_only": within}.get(linkage.link_type, everything)
    return max(allowed, 1)


def _floor(engine: Engine, prior: float) -> float:
    """Return the weight below which a pair is let go."""
    # As many true pairs as records would make a prior of two to the number of records; that many bits are needed.
    needed = math.log2(max(int(engine.value(f"SELECT count(*) FROM {BLOCKED}")), 2)) - 1
    return needed - MARGIN + bits(prior)


def _gather(
    engine: Engine, found: Sequence[Any], comparisons: Sequence[Mapping[str, Any]], prior: float, *, with_keys: bool
) -> None:
    """Make `linking_candidates`: pairs with their levels and `evidence`, the bits that their fields speak."""
    gammas = ", ".join(quote(f"gamma_{comparison['output_column_name']}") for comparison in comparisons)
    selects = [
        f"SELECT least(mention_id_l, mention_id_r) AS left_id, greatest(mention_id_l, mention_id_r) AS right_id, "
        f"match_weight - ({bits(prior)}) AS evidence, {gammas}, {with_keys and place == 0} AS keyed "
        f"FROM {one.physical_name}"
        for place, one in enumerate(found)
    ]
    select = " UNION ALL ".join(selects)
    if with_keys:  # a pair that a key shows is found by other rules too
        once = "row_number() OVER (PARTITION BY left_id, right_id ORDER BY keyed DESC) = 1"
        select = f"SELECT * FROM ({select}) QUALIFY {once}"
    engine.execute(f"CREATE OR REPLACE TEMP TABLE {CANDIDATES} AS {select}")
    for one in found:
        one.drop_table_from_database_and_remove_from_cache()


def bits(probability: float) -> float:
    """Return the log2 odds of a probability."""
    bounded = min(max(probability, 1e-15), 1 - 1e-12)
    return math.log2(bounded / (1 - bounded))


def _keep(engine: Engine, linkage: Linkage, refined: Refined, u: Mapping[str, Mapping[int, float]]) -> None:
    fields = list(refined.m)
    shift = " + ".join(_shift(field, by) for field, by in refined.shift.items())
    pattern = " || ';' || ".join(f"'{field}=' || {quote(f'gamma_{field}')}" for field in fields)
    differing = [field.id for field in linkage.fields if field.contradicts and field.id in fields]
    tests = [f"WHEN {quote(f'gamma_{name}')} = 0 THEN {literal(name)}" for name in differing]
    others = f"evidence + {shift or 0} - ({_of_keys(linkage, refined, u)})"
    tests.append(f"WHEN keyed AND {others} < {AGAINST_BITS} THEN '{BY_KEY}'")
    weight = f"evidence + {shift or 0} + ({bits(refined.prior)!r})"
    engine.execute(f"""CREATE OR REPLACE TEMP TABLE {PAIRS} AS
        SELECT left_id, right_id, weight, 1 / (1 + pow(2, -weight)) AS probability, basis, pattern, contradiction
        FROM (SELECT left_id, right_id, CASE WHEN keyed THEN greatest({weight}, {KEY_BITS}) ELSE {weight} END AS weight,
            CASE WHEN keyed THEN '{BY_KEY}' ELSE 'model' END AS basis, {pattern} AS pattern,
            CASE {" ".join(tests)} END AS contradiction
            FROM {CANDIDATES})
        WHERE 1 / (1 + pow(2, -weight)) >= {linkage.thresholds.review} ORDER BY left_id, right_id""")


def _of_keys(linkage: Linkage, refined: Refined, u: Mapping[str, Mapping[int, float]]) -> str:
    """Return SQL of the bits that the fields of keys speak themselves: the others are asked whether they agree."""
    own = {name for key in linkage.keys for name in key.fields if name in refined.m}
    told = {name: {level: math.log2(m / u[name][level]) for level, m in refined.m[name].items()} for name in own}
    return " + ".join(_shift(name, told[name]) for name in sorted(told)) or "0"


def _shift(field: str, by: Mapping[int, float]) -> str:
    tests = " ".join(f"WHEN {level} THEN {bit!r}" for level, bit in by.items())
    return f"CASE {quote(f'gamma_{field}')} {tests} ELSE 0 END"


def _link_from(engine: Engine, linkage: Linkage) -> float:
    """Return the threshold for links: as the file grows, a fixed one would keep its name and lose its precision."""
    declared = linkage.thresholds
    if not declared.precision:
        return declared.link
    found = engine.value(
        f"""SELECT min(probability) FROM (SELECT probability, avg(probability) OVER (ORDER BY probability DESC
            RANGE UNBOUNDED PRECEDING) AS expected FROM {PAIRS}) WHERE expected >= {declared.precision}"""
    )
    return max(declared.link, float(found)) if found is not None else 1.0

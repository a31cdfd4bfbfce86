"""The model in Splink's terms: settings, training, and the parameters of levels that no training pair showed."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from justitia.engine import quote
from justitia.integrate.blocking import BLOCKED, Block

if TYPE_CHECKING:
    from justitia.engine import Engine
    from justitia.metadata.linkage import Linkage

VERSION = 1
UNSEEN_M = 1e-4  # of a level that no training pair showed; the found pairs correct it
NAMES, SHARP = ("given_name", "family_name", "full_name"), ("date", "identifier")
LEFT_RIGHT = {"link_only": " AND l.dataset <> r.dataset", "dedupe_only": " AND l.dataset = r.dataset"}


def make_linker(
    engine: Engine,
    linkage: Linkage,
    comparisons: Sequence[Mapping[str, Any]],
    blocks: Sequence[Block],
    *,
    prior: float,
    only: str = "",
) -> Any:
    """Return Splink's linker over the blocked mentions.

    Args:
        engine: holds `linking_blocked`.
        linkage: the declaration.
        comparisons: as `comparisons_of` gives them, or of a trained model.
        blocks: rules.
        prior: probability that two random records are of one person.
        only: SQL over `l` and `r` that pairs must meet besides.
    """
    from splink import DuckDBAPI, Linker

    # What Splink logs are parameters and SQL; neither is for the user, and SQL may hold values.
    logging.getLogger("splink").setLevel(logging.CRITICAL)
    kind = LEFT_RIGHT.get(linkage.link_type, "")
    settings = {
        "link_type": "dedupe_only",
        "unique_id_column_name": "mention_id",
        "comparisons": list(comparisons),
        "blocking_rules_to_generate_predictions": [
            {"blocking_rule": f"l.{block.column} = r.{block.column}{kind}{only}"} for block in blocks
        ],
        "probability_two_random_records_match": prior,
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": True,
        "em_convergence": 0.0005,
    }
    return Linker(DuckDBAPI(connection=engine.connection).register(BLOCKED), settings)


def train(linker: Any, linkage: Linkage, held: Sequence[str]) -> None:
    """Estimate u from random pairs, and m from pairs that share names, then from pairs that share a date or number."""
    training = linkage.training
    linker.training.estimate_u_using_random_sampling(
        max_pairs=training.pairs, seed=training.seed, min_count_per_level=None, num_chunks=1
    )
    present = [field for field in linkage.fields if field.id in held]
    names = [field.id for field in present if field.kind in NAMES]
    sharp = [field.id for field in present if field.kind in SHARP][:1]
    for shared in (names, sharp):
        if shared:
            rule = " AND ".join(f"l.{quote(name)} = r.{quote(name)}" for name in shared)
            linker.training.estimate_parameters_using_expectation_maximisation(rule, max_pairs=training.pairs)


def completed(linker: Any, linkage: Linkage) -> list[dict[str, Any]]:
    """Return the trained comparisons, with parameters for every level: what nobody saw is rare."""
    unseen_u = 1 / (2 * linkage.training.pairs)
    comparisons: list[dict[str, Any]] = linker.misc.save_model_to_json()["comparisons"]
    for comparison in comparisons:
        for level in comparison["comparison_levels"]:
            if not level.get("is_null_level"):
                level["m_probability"] = max(level.get("m_probability") or UNSEEN_M, UNSEEN_M)
                level["u_probability"] = max(level.get("u_probability") or unseen_u, unseen_u)
    return comparisons


def parameters(comparisons: Sequence[Mapping[str, Any]], name: str) -> dict[str, dict[int, float]]:
    """Return field -> level -> m or u (`m_probability`, `u_probability`); levels are numbered as Splink does."""
    made = {}
    for comparison in comparisons:
        levels = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
        made[comparison["output_column_name"]] = {
            len(levels) - 1 - place: float(level[name]) for place, level in enumerate(levels)
        }
    return made


def with_m(comparisons: Sequence[Mapping[str, Any]], m: Mapping[str, Mapping[int, float]]) -> list[dict[str, Any]]:
    """Return the comparisons with another m."""
    made = json.loads(json.dumps(comparisons))
    for comparison in made:
        levels = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
        for place, level in enumerate(levels):
            level["m_probability"] = m[comparison["output_column_name"]][len(levels) - 1 - place]
    return list(made)


def as_model(comparisons: Sequence[Mapping[str, Any]], prior: float) -> dict[str, Any]:
    """Return what is kept of a model: comparisons and prior, with version and hash; no value of any record."""
    content = {"version": VERSION, "prior": prior, "comparisons": list(comparisons)}
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return {**content, "hash": digest}

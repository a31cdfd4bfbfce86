"""Plain Splink 5 with its own comparisons and the usual settings: what others would run, and what ours is held against.

`standard` is a sensible job of one who reads Splink's guide. `like_ours` is a job written by hand with the levels and
blocks of ours, so that speed is compared at equal work.
"""

from __future__ import annotations

import logging
from typing import Any

from benchmarks.linkage.files import File
from justitia.engine import Engine
from justitia.integrate.blocking import BLOCKED, chosen_rules, make_blocks
from justitia.integrate.cleaning import make_cleaned
from justitia.integrate.comparisons import comparisons_of
from justitia.metadata.load import load_catalogue

SHOWN_FROM = 0.01


def standard(engine: Engine, mentions: str, file: File, *, narrow: bool = False) -> str:
    """Return the relation (left_id, right_id, probability) of pairs as Splink's own comparisons and blocks give it.

    Args:
        engine, mentions, file: the records.
        narrow: block on both names and on the date alone.
    """
    import splink.comparison_library as library
    from splink import DuckDBAPI, Linker, block_on

    logging.getLogger("splink").setLevel(logging.CRITICAL)
    api = DuckDBAPI(connection=engine.connection)
    usual = {
        "given_name": library.NameComparison,
        "family_name": library.NameComparison,
        "place": lambda name: library.JaroWinklerAtThresholds(name, [0.9]).configure(term_frequency_adjustments=True),
        "address": lambda name: library.JaroWinklerAtThresholds(name, [0.9]).configure(term_frequency_adjustments=True),
        "postcode": lambda name: library.LevenshteinAtThresholds(name, 2).configure(term_frequency_adjustments=True),
        "date": lambda name: library.DateOfBirthComparison(
            name, input_is_string=True, datetime_format="%Y%m%d", invalid_dates_as_null=False
        ),
    }
    names = [name for name, kind in file.kinds.items() if kind in ("given_name", "family_name")]
    born = next(name for name, kind in file.kinds.items() if kind == "date")
    rules = [
        block_on(*names),
        block_on(born),
        *(block_on(name, "postcode") for name in names if "postcode" in file.kinds),
    ]
    rules = rules[:2] if narrow else rules
    if "address" in file.kinds.values():  # small files with addresses: as in Splink's own example of FEBRL
        rules += [block_on("postcode"), block_on("address_1"), block_on("suburb", "street_number")]
    settings = {
        "link_type": file.link_type,
        "unique_id_column_name": "mention_id",
        "comparisons": [usual.get(kind, library.ExactMatch)(name) for name, kind in file.kinds.items()],
        "blocking_rules_to_generate_predictions": rules,
    }
    linker = Linker(_registered(engine, api, mentions, file), settings)
    certain = [block_on(*names, born)]
    linker.training.estimate_probability_two_random_records_match(certain, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on(*names))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on(born))
    found = linker.inference.predict(threshold_match_probability=SHOWN_FROM)
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE plain_pairs AS SELECT least(mention_id_l, mention_id_r) AS left_id, "
        f"greatest(mention_id_l, mention_id_r) AS right_id, match_weight AS weight, match_probability AS probability "
        f"FROM {found.physical_name}"
    )
    return "plain_pairs"


def _registered(engine: Engine, api: Any, mentions: str, file: File) -> Any:
    """Return the records as Splink takes them: one table, or one for each dataset."""
    if not file.across:
        return api.register(mentions)
    for dataset in ("a", "b"):
        engine.execute(
            f"CREATE OR REPLACE TEMP TABLE of_{dataset} AS SELECT * FROM {mentions} WHERE dataset = '{dataset}'"
        )
    return [api.register(f"of_{dataset}", dataset_display_name=dataset) for dataset in ("a", "b")]


def like_ours(engine: Engine, mentions: str, file: File) -> int:
    """Return the number of pairs that a hand-written job with our clean-up, levels, training and blocks finds."""
    from splink import DuckDBAPI, Linker

    logging.getLogger("splink").setLevel(logging.CRITICAL)
    linkage, material = file.linkage(), load_catalogue().linking_material
    cleaned = make_cleaned(engine, mentions, linkage, material)
    held = engine.columns(cleaned)
    rules = [rule for rule in chosen_rules(linkage, material.blocking) if set(rule) <= set(held)]
    blocks = make_blocks(engine, cleaned, rules, largest=linkage.training.largest_block)
    settings = {
        "link_type": "dedupe_only",
        "unique_id_column_name": "mention_id",
        "comparisons": comparisons_of(linkage, material, held),
        "blocking_rules_to_generate_predictions": [f"l.{block.column} = r.{block.column}" for block in blocks],
        "probability_two_random_records_match": 1e-4,
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": True,
    }
    linker = Linker(DuckDBAPI(connection=engine.connection).register(BLOCKED), settings)
    pairs = linkage.training.pairs
    linker.training.estimate_u_using_random_sampling(max_pairs=pairs, seed=1, min_count_per_level=None, num_chunks=1)
    names = [name for name, kind in file.kinds.items() if kind in ("given_name", "family_name")]
    born = [name for name, kind in file.kinds.items() if kind == "date"]
    for shared in (names, born):
        rule = " AND ".join(f"l.{name} = r.{name}" for name in shared)
        linker.training.estimate_parameters_using_expectation_maximisation(rule, max_pairs=pairs)
    found = linker.inference.predict(threshold_match_probability=SHOWN_FROM)
    return int(engine.value(f"SELECT count(*) FROM {found.physical_name}"))

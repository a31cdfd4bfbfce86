"""Adding a batch to linked persons: only pairs with something new in them are scored, by the model that stands.

What was scored stays as long as the declaration, the material and the model are the same; then pairs of the records
that were there have the weights they had, and new pairs those of linking all anew by that model. Only this differs: how
rare a name is counts as of the day on which its pair was scored. Whether the model still fits is another matter: it is
estimated again when all are linked anew (`anew`), which is due when much has come since.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from justitia.engine import quote
from justitia.stage import Progress, silent

if TYPE_CHECKING:
    from justitia.engine import Engine
    from justitia.integrate.person_keys import Keeper
    from justitia.integrate.scoring import ScoredPairs
    from justitia.metadata.linkage import Linkage
    from justitia.metadata.linking_material import LinkingMaterial

ALL_PAIRS, NEW = "linked_pairs", "linked_new"
COLUMNS = ("left_id", "right_id", "weight", "probability", "basis", "pattern", "contradiction")
Scorer = Callable[..., "ScoredPairs"]


@dataclass(frozen=True, slots=True)
class Increment:
    """Pairs of all mentions, as they stand after a batch.

    Args:
        pairs: relation, as `score` gives it.
        new: mentions that were scored now: new ones, and those whose fields changed.
        gone: mentions that were scored earlier and are there no more.
        anew: whether all were scored, because nothing was kept, or it no longer fits, or it was asked for.
        model: that scored.
        scored: what `score` gave now; None where nothing was new.
    """

    pairs: str
    new: int
    gone: int
    anew: bool
    model: Mapping[str, Any]
    scored: ScoredPairs | None


def score_new(
    engine: Engine,
    mentions: str,
    linkage: Linkage,
    material: LinkingMaterial,
    keeper: Keeper,
    name: str,
    scorer: Scorer,
    *,
    anew: bool = False,
    progress: Progress = silent,
) -> Increment:
    """Return the pairs of all mentions, and keep them for the next batch.

    Args:
        engine: holds the mentions; writes nothing of them to disk in clear.
        mentions: relation (mention_id, dataset, identity fields) of all, old and new.
        linkage, material: as for `score`.
        keeper: of the tables `<name>.pairs`, `<name>.scored` (mention_id, content) and `<name>.model`. The content is
            a number of the fields, kept in the vault with the identities: it shows which mention changed.
        name: of the linkage.
        scorer: `justitia.integrate.scoring.score`.
        anew: score all and estimate the model again.
        progress: called now and then.
    """
    _number_contents(engine, mentions, linkage)
    kept = None if anew else _kept(keeper, name, signature(linkage, material))
    if kept is None:
        scored = scorer(engine, mentions, linkage, material, progress=progress)
        engine.execute(f"CREATE OR REPLACE TEMP TABLE {ALL_PAIRS} AS SELECT {', '.join(COLUMNS)} FROM {scored.pairs}")
        number = int(engine.value("SELECT count(*) FROM linked_contents"))
        made = Increment(ALL_PAIRS, number, 0, True, scored.model, scored)
    else:
        made = _add(engine, mentions, linkage, material, kept, scorer, progress)
    if made.anew or made.new or made.gone:
        _keep(engine, keeper, name, made, signature(linkage, material))
    return made


def signature(linkage: Linkage, material: LinkingMaterial) -> str:
    """Return the SHA-256 of all that a pair's weight depends on besides the model and the pair."""
    fields = [(item.id, item.kind, item.contradicts) for item in linkage.fields]
    keys = [(item.id, item.fields, item.clean) for item in linkage.keys]
    parts = (fields, keys, linkage.link_type, linkage.blocking, linkage.thresholds, linkage.training, material)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _number_contents(engine: Engine, mentions: str, linkage: Linkage) -> None:
    held = [name for name in engine.columns(mentions) if name in {field.id for field in linkage.fields}]
    content = f"hash({', '.join(('dataset', *map(quote, held)))})"
    engine.execute(f"CREATE OR REPLACE TEMP TABLE linked_contents AS SELECT mention_id, {content} AS c FROM {mentions}")


Kept = tuple[Any, Any, Mapping[str, Any]]


def _kept(keeper: Keeper, name: str, signed: str) -> Kept | None:
    """Return (pairs, scored, model) of the last run; None where the declaration has changed since."""
    pairs, scored, model = (keeper.links(f"{name}.{what}") for what in ("pairs", "scored", "model"))
    if pairs is None or scored is None or model is None or model["signature"][0].as_py() != signed:
        return None
    return pairs, scored, json.loads(model["model"][0].as_py())


def _add(
    engine: Engine,
    mentions: str,
    linkage: Linkage,
    material: LinkingMaterial,
    kept: Kept,
    scorer: Scorer,
    progress: Progress,
) -> Increment:
    pairs, contents, model = kept
    with engine.registered("kept_contents", contents) as relation:
        engine.execute(f"""CREATE OR REPLACE TEMP TABLE {NEW} AS SELECT mention_id FROM linked_contents AS n
            WHERE NOT EXISTS (SELECT 1 FROM {relation} AS k WHERE k.mention_id = n.mention_id AND k.c = n.c)""")
        gone = int(engine.value(f"SELECT count(*) FROM {relation} ANTI JOIN linked_contents USING (mention_id)"))
    new = int(engine.value(f"SELECT count(*) FROM {NEW}"))
    with engine.registered("kept_pairs", pairs) as relation:
        standing = "(SELECT mention_id FROM linked_contents ANTI JOIN linked_new USING (mention_id))"
        engine.execute(f"""CREATE OR REPLACE TEMP TABLE {ALL_PAIRS} AS SELECT {", ".join(COLUMNS)} FROM {relation}
            WHERE left_id IN {standing} AND right_id IN {standing}""")
    if not new:
        return Increment(ALL_PAIRS, 0, gone, False, model, None)
    scored = scorer(engine, mentions, linkage, material, model=model, within=NEW, progress=progress)
    engine.execute(f"INSERT INTO {ALL_PAIRS} SELECT {', '.join(COLUMNS)} FROM {scored.pairs}")
    return Increment(ALL_PAIRS, new, gone, False, model, scored)


def _keep(engine: Engine, keeper: Keeper, name: str, made: Increment, signed: str) -> None:
    """Keep pairs before contents: a crash in between has them scored again, and never left out."""
    import pyarrow as pa

    model = pa.table({"signature": [signed], "model": [json.dumps(made.model, sort_keys=True, default=str)]})
    if made.anew:
        empty = engine.table("SELECT * FROM linked_contents LIMIT 0")
        keeper.keep_links(f"{name}.scored", empty)
        keeper.keep_links(f"{name}.model", model)
    keeper.keep_links(f"{name}.pairs", engine.table(f"SELECT * FROM {ALL_PAIRS} ORDER BY left_id, right_id"))
    keeper.keep_links(f"{name}.scored", engine.table("SELECT * FROM linked_contents ORDER BY mention_id"))

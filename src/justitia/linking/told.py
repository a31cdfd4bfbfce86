"""What is told of links: quality, groups, changes, and the weights of one pair. Levels and counts, never a value."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from justitia.errors import RequestError
from justitia.linking.applied import LINKS
from justitia.linking.declared import declared_linkage
from justitia.linking.roles import ANALYST, KEY_HOLDER, PAIR_REVIEWER, acting
from justitia.linking.truth import not_linked

if TYPE_CHECKING:
    import pyarrow as pa

    from justitia.engine import Engine
    from justitia.findings import Finding
    from justitia.integrate.clusters import Clusters, Rules
    from justitia.integrate.increment import Increment
    from justitia.integrate.person_keys import PersonKeys
    from justitia.metadata.linkage import Linkage
    from justitia.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Section:
    """A table to be shown.

    Args:
        title, heads, rows: words and cells.
        numbers: columns set to the right.
    """

    title: str
    heads: tuple[str, ...]
    rows: Sequence[Sequence[object]]
    numbers: tuple[int, ...] = ()


def quality_of(
    engine: Engine,
    linkage: Linkage,
    made: Increment,
    found: Clusters,
    rules: Rules,
    units: pa.Table,
    keys: PersonKeys,
    findings: Sequence[Finding],
) -> dict[str, Any]:
    """Return what the state keeps of a linkage: counts and shares, no pair and no value."""
    from justitia.integrate.quality import THRESHOLDS, expected, unlinked

    levels = sorted({*THRESHOLDS, rules.link})
    rows = engine.rows(f"SELECT * FROM {expected(engine, made.pairs, levels)}")
    at = next(row for row in rows if row[0] == rules.link)
    with engine.registered("told_units", units) as relation:
        engine.execute(f"""CREATE OR REPLACE TEMP TABLE told_groups AS
            SELECT mention_id, any_value(dataset) AS dataset, min(group_sex) AS sex, min(group_age) AS age
            FROM {relation} WHERE mention_id IS NOT NULL GROUP BY mention_id""")
    groups = engine.rows(
        f"SELECT dataset, grouped_by, value, mentions, unlinked FROM {unlinked(engine, found.clusters, 'told_groups')}"
    )
    scored = made.scored
    return {
        "metrics": {
            "records": units.num_rows,
            "mentions": int(engine.value(f"SELECT count(*) FROM {found.clusters}")),
            "persons": found.number,
            "link": rules.link,
            "linked_pairs": int(at[1]),
            "expected_true_linked": float(at[2]),
            "expected_true": float(at[2]) + float(at[5]),
            "precision": float(at[3] or 0),
            "recall": float(at[4] or 0),
            "new_persons": keys.new,
            "merges": keys.merges,
            "splits": keys.splits,
        },
        "thresholds": [list(row[:5]) for row in rows],
        "unlinked": [
            {"dataset": d, "field": "" if g == "_T" else g, "code": v or "_N", "mentions": n, "unlinked": u}
            for d, g, v, n, u in groups
        ],
        "blocks": [] if scored is None else [[list(b.needs), b.pairs, b.left_out] for b in scored.blocks],
        "candidates": 0 if scored is None else scored.candidates,
        "findings": [asdict(item) for item in findings],
    }


def link_report(workspace: Workspace, name: str) -> list[Section]:
    """Return the sections of the link-quality report of a linkage.

    Raises:
        RequestError: E-PER-010 before it was run; E-ROL-001, E-ROL-002, E-ROL-003; E-PER-020, E-PER-021.
    """
    acting(workspace, ANALYST, KEY_HOLDER)
    linkage = declared_linkage(workspace, name)
    entry = workspace.store.read().get(LINKS, {}).get(linkage.id)
    if entry is None:
        raise not_linked(linkage.id)
    if "overlaps" in entry:
        rows = [(one["left"], one["right"], f"{one['persons']:,}") for one in entry["overlaps"]]
        return [Section("Persons in both", ("dataset", "dataset", "persons"), rows, (2,))]
    return [*_known(entry), *_sections(entry)]


def _known(entry: Mapping[str, Any]) -> list[Section]:
    known = entry.get("known")
    if not known:
        return []
    rows = [
        (n, f"{100 * known[n]:.2f}", f"{known[f'{n}_lower']:.1f} to {known[f'{n}_upper']:.1f}")
        for n in ("precision", "recall")
    ]
    return [Section("Against known truth", ("figure", "per cent", "95 % interval"), rows, (1,))]


def _sections(entry: Mapping[str, Any]) -> list[Section]:
    metrics = entry["metrics"]
    levels = [
        (f"{t:.3f}" + (" *" if t == metrics["link"] else ""), f"{n:,}", f"{right:,.0f}", _percent(p), _percent(r))
        for t, n, right, p, r in entry["thresholds"]
    ]
    groups = [
        (
            one["dataset"],
            one["field"] or "all",
            one["code"],
            f"{one['mentions']:,}",
            f"{one['unlinked']:,}",
            _percent(one["unlinked"] / one["mentions"]),
        )
        for one in entry["unlinked"]
    ]
    blocks = [(" + ".join(needs), f"{pairs:,}", f"{left:,}") for needs, pairs, left in entry["blocks"]]
    changes = [
        ("new", f"{metrics['new_persons']:,}"),
        ("merged", f"{metrics['merges']:,}"),
        ("split", f"{metrics['splits']:,}"),
    ]
    return [
        Section(
            "Estimated by the model (* the threshold)",
            ("threshold", "links", "right", "precision %", "recall %"),
            levels,
            (0, 1, 2, 3, 4),
        ),
        Section(
            "Mentions linked to no other", ("dataset", "by", "group", "mentions", "unlinked", "%"), groups, (3, 4, 5)
        ),
        Section("Candidates by blocking rule", ("must be equal", "pairs", "records left out"), blocks, (1, 2)),
        Section("Persons since the last run", ("what", "persons"), changes, (1,)),
    ]


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.2f}"


def explain_pair(workspace: Workspace, name: str, left: str, right: str) -> Section:
    """Return the weights of a pair of mentions by field, in bits.

    Raises:
        RequestError: E-PER-030 when the pair was not scored; E-PER-010; E-ROL-001, E-ROL-002, E-ROL-003.
    """
    from justitia.integrate.splink_model import parameters

    acting(workspace, KEY_HOLDER)
    linkage = declared_linkage(workspace, name)
    vault = workspace.vault()
    pairs = vault.links(f"{linkage.id}.pairs") if vault else None
    kept = vault.links(f"{linkage.id}.model") if vault else None
    if pairs is None or kept is None:
        raise not_linked(linkage.id)
    one, other = sorted((left, right))
    row = next((r for r in pairs.to_pylist() if (r["left_id"], r["right_id"]) == (one, other)), None)
    if row is None:
        raise RequestError(
            "E-PER-030",
            "these two mentions were not compared, or nothing speaks for their being one person",
            where=linkage.id,
            remedy="The ids of pairs for review are shown by `justitia link review`",
        )
    model = json.loads(kept["model"][0].as_py())
    m, u = (parameters(model["comparisons"], f"{kind}_probability") for kind in ("m", "u"))
    levels = {(item.kind, item.level): item.name for item in workspace.catalogue.linking_material.levels}
    kinds = {item.id: item.kind for item in linkage.fields}
    rows: list[tuple[object, ...]] = []
    for part in row["pattern"].split(";"):
        field, _, level = part.partition("=")
        number = int(level)
        words = (
            "missing"
            if number < 0
            else levels.get((kinds.get(field, ""), number), "differs" if number == 0 else "alike")
        )
        bits = 0.0 if number < 0 else math.log2(m[field][number] / u[field][number])
        rows.append((field, number, words, f"{bits:+.2f}"))
    rest = row["weight"] - sum(float(str(r[3])) for r in rows)
    rows.append(("prior, rarity of values", "", "", f"{rest:+.2f}"))
    rows.append(("weight", "", f"probability {row['probability']:.4f}, basis {row['basis']}", f"{row['weight']:+.2f}"))
    return Section(f"{one} and {other}", ("field", "level", "what it is", "bits"), rows, (1, 3))


def may_review(workspace: Workspace) -> str:
    """Return the name of the present user, who must be pair reviewer."""
    return acting(workspace, PAIR_REVIEWER).who

"""One linkage in the engine: gather, score, cluster, give keys; and what is told of it without saying who is who."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from justitia.collect.records import current_rows
from justitia.engine import quote
from justitia.findings import Finding
from justitia.linking.confusable import confusable_findings
from justitia.linking.identified import MENTIONS, identify
from justitia.linking.link_files import UNITS, LinkFiles, review_files
from justitia.linking.mentions import Gathered, Wanted, gather

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from justitia.engine import Engine
    from justitia.integrate.clusters import Rules
    from justitia.metadata.linkage import Linkage
    from justitia.stage import Progress
    from justitia.vault import Vault
    from justitia.workspace import Workspace

SLIPS = 2  # letters by which an identifier may differ from itself, typed twice
DECISIONS_LOG = "decisions.csv"


@dataclass(slots=True)
class Linked:
    """What a linkage came to.

    Args:
        persons: table (source_id, record, unit, agency_id, person_id) for the store; None where only counts are kept.
        entry: what the state keeps of it: metrics, findings, quality.
        lines: in words.
    """

    persons: pa.Table | None
    entry: dict[str, Any]
    lines: tuple[str, ...] = field(default=())


def link_persons(
    workspace: Workspace, engine: Engine, state: Mapping[str, Any], linkage: Linkage, vault: Vault, progress: Progress
) -> Linked:
    """Return the linked persons; what is to be known again next time is kept in the vault."""
    from justitia.integrate import decisions
    from justitia.integrate.clusters import cluster
    from justitia.integrate.increment import score_new
    from justitia.integrate.person_keys import assign
    from justitia.integrate.scoring import score
    from justitia.linking.sheet import write_sheet
    from justitia.linking.told import quality_of

    files = LinkFiles(vault, linkage.id)
    units, gathered = gather_all(workspace, engine, state, linkage, vault, files.read(UNITS), progress)
    files.write(UNITS, units)  # before anything uses the ids drawn for mentions
    material = workspace.catalogue.linking_material
    made = score_new(engine, MENTIONS, linkage, material, vault, linkage.id, score, progress=progress)
    log = decisions.PairDecisions(decisions_file(workspace, linkage.id)).read()
    said = decisions.lend(engine, decisions.standing(log))
    rules = rules_of(engine, linkage, made.pairs)
    found = cluster(engine, MENTIONS, made.pairs, rules, decisions=said, name=linkage.id, progress=progress)
    keys = assign(engine, found, vault, linkage.id, decisions=said, pairs=made.pairs)
    findings = [*found.findings, *decisions.dispute_findings(log, linkage.id), *_gathered_findings(linkage, gathered)]
    findings += confusable_findings(engine, linkage, material, found.clusters)
    persons = _persons(engine, vault, linkage, units)
    entry = quality_of(engine, linkage, made, found, rules, units, keys, findings)
    queued = write_sheet(engine, linkage, made.pairs, found, said, review_files(workspace, linkage.id))
    entry["metrics"]["for_review"] = queued
    return Linked(persons, entry, _lines(entry, queued, review_files(workspace, linkage.id) is not None))


def link_counts(
    workspace: Workspace, engine: Engine, state: Mapping[str, Any], linkage: Linkage, vault: Vault, progress: Progress
) -> Linked:
    """Return how many persons are in both datasets; no pair and no id is kept anywhere."""
    from justitia.integrate.clusters import cluster
    from justitia.integrate.scoring import score

    gather_all(workspace, engine, state, linkage, vault, None, progress)
    scored = score(engine, MENTIONS, linkage, workspace.catalogue.linking_material, progress=progress)
    found = cluster(engine, MENTIONS, scored.pairs, rules_of(engine, linkage, scored.pairs), name=linkage.id)
    overlaps = [
        {"left": left, "right": right, "persons": persons}
        for left, right, persons in engine.rows(f"""
            WITH held AS (SELECT DISTINCT cluster_id, dataset FROM {found.clusters} JOIN {MENTIONS} USING (mention_id))
            SELECT a.dataset, b.dataset, count(*) FROM held AS a JOIN held AS b USING (cluster_id)
            WHERE a.dataset < b.dataset GROUP BY 1, 2 ORDER BY 1, 2""")
    ]
    lines = tuple(f"{one['persons']:,} persons are in both {one['left']} and {one['right']}" for one in overlaps)
    return Linked(None, {"metrics": {}, "findings": [], "overlaps": overlaps}, lines)


def gather_all(
    workspace: Workspace,
    engine: Engine,
    state: Mapping[str, Any],
    linkage: Linkage,
    vault: Vault,
    earlier: pa.Table | None,
    progress: Progress,
) -> tuple[pa.Table, list[Gathered]]:
    """Make the table of mentions and return (units, what was gathered of each dataset)."""
    wanted, gathered = [], []
    for number, dataset in enumerate(linkage.datasets):
        progress(f"open {dataset.id}", 0.0)
        rows = current_rows(engine, workspace.store.folder, state["batches"], dataset.source_id)
        if rows is None:
            continue
        own = [batch["fields"] for batch in state["batches"].values() if batch["source_id"] == dataset.source_id][-1]
        layout = workspace.catalogue.layouts[dataset.source_id]
        fields = {item.id: dataset.fields.get(item.id, item.id) for item in linkage.fields}
        kinds = {item.id: item.kind for item in linkage.fields}
        wanted.append(Wanted(dataset.id, layout, dataset.record, fields, kinds, _sql(linkage, dataset.exclude)))
        gathered.append(gather(engine, wanted[-1], rows, own, vault, number))
    return identify(engine, wanted, gathered, [item.id for item in linkage.fields], earlier), gathered


def rules_of(engine: Engine, linkage: Linkage, pairs: str) -> Rules:
    """Return the threshold, raised where a precision is declared, and what must not be one person."""
    from justitia.integrate.clusters import Rules

    link = linkage.thresholds.link
    if linkage.thresholds.precision:
        least = engine.value(f"""SELECT min(probability) FROM (SELECT probability, avg(probability) OVER (
            ORDER BY probability DESC RANGE UNBOUNDED PRECEDING) AS share FROM {pairs})
            WHERE share >= {linkage.thresholds.precision!r}""")
        link = max(link, float(least)) if least is not None else 1.0
    single = [dataset.id for dataset in linkage.datasets if dataset.once]
    return Rules(link, single, {f.id: _differs(f.id, f.kind) for f in linkage.fields if f.contradicts})


def decisions_file(workspace: Workspace, linkage: str) -> Any:
    """Return the path of the log of decisions on pairs: random ids and reasons, no identity."""
    return workspace.folder / "vault" / "decisions" / f"{linkage}.csv"


def _differs(name: str, kind: str) -> str:
    one, other = f"upper(l.{quote(name)})", f"upper(r.{quote(name)})"
    if kind == "sex":
        return f"{one} IN ('F', 'M') AND {other} IN ('F', 'M') AND {one} <> {other}"
    return f"coalesce(damerau_levenshtein({one}, {other}) > {SLIPS}, FALSE)"


def _sql(linkage: Linkage, expression: str) -> str:
    if not expression:
        return ""
    from justitia.metadata.expression import parse_expression

    return parse_expression(expression, where=f"linkages/{linkage.id}.toml").sql(dialect="duckdb")


def _persons(engine: Engine, vault: Vault, linkage: Linkage, units: pa.Table) -> pa.Table:
    """Return the random person id of each unit; records that are linked to nothing keep the id of their agency."""
    kept = vault.links(f"{linkage.id}.persons")
    with engine.registered("link_units", units) as one, engine.registered("link_kept", kept) as other:
        return engine.table(f"""SELECT source_id, record, unit, agency_id,
                coalesce(p.person_id, agency_id) AS person_id
            FROM {one} LEFT JOIN {other} AS p USING (mention_id)
            WHERE coalesce(p.person_id, agency_id) IS NOT NULL ORDER BY 1, 2, 3""")


def _gathered_findings(linkage: Linkage, gathered: Sequence[Gathered]) -> list[Finding]:
    shared, sealed = sum(one.shared_numbers for one in gathered), sum(one.excluded for one in gathered)
    found = []
    if shared:
        text = "numbers of an agency are used for more than one person; these were kept apart"
        found.append(Finding("V-LNK-010", "warning", linkage.id, text, count=shared))
    if sealed:
        text = "records meet the condition of exclusion (sealed); they were linked to nothing"
        found.append(Finding("V-LNK-013", "note", linkage.id, text, count=sealed))
    return found


def _lines(entry: Mapping[str, Any], queued: int, reviewed: bool) -> tuple[str, ...]:
    metrics = entry["metrics"]
    lines = [
        f"{metrics['records']:,} records under {metrics['mentions']:,} mentions are {metrics['persons']:,} persons",
        f"{metrics['linked_pairs']:,} pairs at or above {metrics['link']:.3f}; as the model estimates, "
        f"{100 * metrics['precision']:.2f} % of them right, {100 * metrics['recall']:.2f} % of all found",
        f"{metrics['new_persons']:,} new persons, {metrics['merges']:,} merged, {metrics['splits']:,} split",
        f"{queued:,} pairs for review" + ("" if reviewed else "; no sheet, as [linkage] review_key_file names no key"),
    ]
    lines += [
        f"{item['severity']} {item['rule_id']}: {item['count']:,} {item['message']}" for item in entry["findings"]
    ]
    return tuple(lines)

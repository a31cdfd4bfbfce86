"""The review sheet: the fields of pairs that await a decision, and of no others, under a key of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from justitia.engine import literal, quote
from justitia.linking.identified import MENTIONS
from justitia.linking.link_files import SHEET

if TYPE_CHECKING:
    from justitia.engine import Engine
    from justitia.integrate.clusters import Clusters
    from justitia.linking.link_files import LinkFiles
    from justitia.metadata.linkage import Linkage

MOST = 2_000  # pairs on one sheet: more than anybody decides before the next run


def write_sheet(
    engine: Engine, linkage: Linkage, pairs: str, found: Clusters, decisions: str, files: LinkFiles | None
) -> int:
    """Write the sheet of a linkage and return how many pairs await a decision.

    Args:
        engine: holds mentions and pairs.
        linkage: the declaration.
        pairs, found, decisions: of this run.
        files: of the review; None: no sheet is written.
    """
    from justitia.integrate.review_queue import review_queue

    queue = review_queue(engine, pairs, found, review=linkage.thresholds.review, decisions=decisions)
    count = int(engine.value(f"SELECT count(*) FROM {queue}"))
    if files is None:
        return count
    rows = [
        f"SELECT place, q.left_id, q.right_id, probability, pattern, reason, {side} AS side, dataset, "
        f"{number} AS number, {literal(field)} AS field, CAST({value} AS VARCHAR) AS value "
        f"FROM chosen AS q JOIN {MENTIONS} AS m ON m.mention_id = q.{end}"
        for side, end in ((0, "left_id"), (1, "right_id"))
        for number, (field, value) in enumerate((item.id, f"m.{quote(item.id)}") for item in linkage.fields)
    ]
    chosen = f"SELECT row_number() OVER () AS place, * FROM (SELECT * FROM {queue} LIMIT {MOST})"
    files.write(
        SHEET, engine.table(f"WITH chosen AS ({chosen}) {' UNION ALL '.join(rows)} ORDER BY place, side, number")
    )
    return count

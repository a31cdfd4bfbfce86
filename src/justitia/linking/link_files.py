"""The encrypted files of a linkage in the vault: random ids of mentions and persons, pairs with weights and patterns.

They hold no identity, and are locked up all the same: who was compared with whom is nobody else's business. The review
sheet alone holds identities, of the pairs that await a decision; it has a key of its own, that of the pair reviewer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from justitia.vault import Vault

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from justitia.workspace import Workspace

UNITS, PAIRS, SCORED = "units", "pairs", "scored"
SHEET = "sheet"  # of the review: (pair, side, dataset, field, value)
REVIEW = "review"


class LinkFiles:
    """The files of one linkage.

    Args:
        vault: opened.
        linkage: id of the declaration.
    """

    def __init__(self, vault: Vault, linkage: str) -> None:
        self.vault, self.linkage = vault, linkage

    def read(self, what: str) -> pa.Table | None:
        """Return one of `UNITS`, `PAIRS`, `SCORED`, `SHEET`; None before the first run."""
        return self.vault.links(f"{self.linkage}.{what}")

    def write(self, what: str, table: pa.Table) -> None:
        """Replace a file; the old one is intact until the new one is whole."""
        self.vault.keep_links(f"{self.linkage}.{what}", table)

    def forget(self, source_id: str, units: Mapping[str, Sequence[str]]) -> list[str]:
        """Remove units of a source, and the mentions of which nothing is left, from every file; return those mentions.

        Args:
            source_id: the source.
            units: record of the layout -> its units.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        held = self.read(UNITS)
        if held is None:
            return []
        gone = pa.array([False] * held.num_rows, pa.bool_())
        for record, keys in units.items():
            own = pc.and_(pc.equal(held["source_id"], source_id), pc.equal(held["record"], record))
            gone = pc.or_(gone, pc.and_(own, pc.is_in(held["unit"], value_set=pa.array(keys, pa.string()))))
        left = held.filter(pc.invert(gone))
        before, after = pc.unique(held["mention_id"]), pc.unique(left["mention_id"])
        mentions = before.filter(
            pc.invert(
                pc.is_in(before, value_set=after.combine_chunks() if isinstance(after, pa.ChunkedArray) else after)
            )
        )
        mentions = mentions.drop_null()
        if left.num_rows != held.num_rows:
            self.write(UNITS, left)
            forget_mentions(self, mentions)
        found: list[str] = mentions.to_pylist()
        return found


def forget_mentions(files: LinkFiles, mentions: pa.Array) -> None:
    """Remove mentions from pairs, from what was scored, and from the review sheet."""
    import pyarrow.compute as pc

    for what, columns in (
        (PAIRS, ("left_id", "right_id")),
        (SCORED, ("mention_id",)),
        (SHEET, ("left_id", "right_id")),
    ):
        table = files.read(what)
        if table is None:
            continue
        for column in columns:
            table = table.filter(pc.invert(pc.is_in(table[column], value_set=mentions)))
        files.write(what, table)


def review_files(workspace: Workspace, linkage: str) -> LinkFiles | None:
    """Return the files that the pair reviewer can open; None where the settings name no key for the review."""
    named = str(workspace.settings.linkage.get("review_key_file", ""))
    if not named:
        return None
    key: Path = (workspace.folder / named).expanduser()
    return LinkFiles(Vault(workspace.folder / "vault" / REVIEW, key), linkage)

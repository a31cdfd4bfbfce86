"""What may be joined at all: decided from the declaration, before any identity is opened.

Who turns to the police as a victim or a witness, or to an organisation for help, must not be looked up among suspects,
prisoners or migrants by having done so. Such a join needs a linkage of exactly these two datasets, with the legal basis
and the purpose of this very join, and in most cases only the number of persons in both (multiple-systems estimation).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import TYPE_CHECKING

from justitia.errors import CatalogueError
from justitia.metadata.linkage import ENFORCING, SHELTERED

if TYPE_CHECKING:
    from justitia.metadata.linkage import Linkage

COUNTS = "counts"  # `only`: pairs are not kept


def check_joins(linkage: Linkage) -> None:
    """Refuse a declaration that joins sheltered records to those of agencies without a basis for exactly that.

    Raises:
        CatalogueError: E-PER-001 for such a join among more than two datasets, E-PER-002 without legal basis or
            purpose.
    """
    roles = {dataset.role for dataset in linkage.datasets}
    if not (roles & SHELTERED and roles & ENFORCING):
        return
    where = f"linkages/{linkage.id}.toml"
    told = f"{_named(roles & SHELTERED)} records with those of {_named(roles & ENFORCING)}"
    if len(linkage.datasets) != 2:
        raise CatalogueError(
            "E-PER-001",
            f"would join {told} together with other datasets",
            where=where,
            remedy="Leave them out, or declare a linkage of exactly these two datasets with a legal basis and purpose",
        )
    if not linkage.legal_basis.strip() or not linkage.purpose.strip():
        raise CatalogueError(
            "E-PER-002",
            f"would join {told} without a legal basis and a purpose",
            where=where,
            remedy="Name the law that allows this join and what it is for; where there is none, leave it out",
        )


def check_apart(linkages: Iterable[Linkage]) -> None:
    """Refuse two linkages that give persons to the same records: together they would join what each keeps apart.

    Raises:
        CatalogueError: E-PER-003.
    """
    keeping = [linkage for linkage in linkages if linkage.only != COUNTS]
    for one, other in combinations(sorted(keeping, key=lambda item: item.id), 2):
        records = [{(d.source_id, d.record) for d in linkage.datasets} for linkage in (one, other)]
        for source_id, record in sorted(records[0] & records[1]):
            raise CatalogueError(
                "E-PER-003",
                f"record {record} of {source_id} is linked by {one.id} too",
                where=f"linkages/{other.id}.toml",
                remedy=f'Take it out of one of them, or let one keep nothing (only = "{COUNTS}")',
            )


def _named(roles: Iterable[str]) -> str:
    return " and ".join(sorted(roles))

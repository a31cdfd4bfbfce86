"""Checks of linkages: every dataset, record and field in them is one that a source has."""

from __future__ import annotations

from collections import Counter

from justitia.metadata.checking.known import Known
from justitia.metadata.definitions import Layout, Place
from justitia.metadata.faults import nearest
from justitia.metadata.linkage import ENFORCING, SHELTERED, Linkage, LinkedDataset


def check_linkages(known: Known) -> None:
    """Note the faults of all files of `linkages/`."""
    for name in known.catalogue.names("linkages"):
        made = known.catalogue.linkage(name)
        if made is not None:
            _once(known, [item.id for item in made.datasets], "dataset", made.place)
            _once(known, [item.id for item in made.fields], "field", made.place)
            for dataset in made.datasets:
                _dataset(known, made, dataset)
            _lawful(known, made)


def _once(known: Known, names: list[str], what: str, place: Place | None) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            known.faults.add(
                "E-CAT-009", f"id [{name}] of a {what} stands {count} times", where=place, remedy="Rename one"
            )


def _lawful(known: Known, made: Linkage) -> None:
    """Note a join of who asked for help with whom agencies pursue, unless the law allows exactly this one."""
    roles = {dataset.role for dataset in made.datasets}
    joined = roles & SHELTERED and roles & ENFORCING
    if joined and (len(made.datasets) != 2 or not made.legal_basis.strip() or not made.purpose.strip()):
        known.faults.add(
            "E-CAT-091",
            f"{' and '.join(sorted(roles & SHELTERED))} records would be joined to those of "
            f"{' and '.join(sorted(roles & ENFORCING))}",
            where=made.place,
            remedy="Leave them out, or declare a linkage of exactly these two datasets with legal_basis and purpose",
        )


def _dataset(known: Known, made: Linkage, dataset: LinkedDataset) -> None:
    layout = known.catalogue.layouts.get(dataset.source_id)
    if layout is None:
        remedy = nearest(dataset.source_id, known.catalogue.layouts)
        known.faults.add("E-CAT-090", f"there is no source [{dataset.source_id}]", where=dataset.place, remedy=remedy)
        return
    records = [item.name for item in layout.records]
    if dataset.record not in records:
        known.faults.add(
            "E-CAT-024",
            f"source {layout.source_id} has no record [{dataset.record}]",
            where=dataset.place,
            remedy=nearest(dataset.record, records),
        )
        return
    held = held_fields(layout, dataset.record)
    for item in made.fields:
        own = dataset.fields.get(item.id, "")
        if own and own not in held:
            known.faults.add(
                "E-CAT-024",
                f"record {dataset.record} of {layout.source_id} keeps no [{own}]",
                where=dataset.place,
                remedy=nearest(own, held),
            )


def held_fields(layout: Layout, record: str) -> tuple[str, ...]:
    """Return what a record of a layout keeps: fields of the vault and of the store."""
    kept = [column.field for column in layout.columns if column.record == record and column.action in ("vault", "use")]
    return tuple(dict.fromkeys(kept))

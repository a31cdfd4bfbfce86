"""The audit of coding: a stratified random sample of coded records, to be coded again by somebody who sees no code.

Strata are ICCS section and how the code was given. A record is drawn with the same chance as every other of its
stratum; what is coded again is its national offence, once, with the number of drawn records that it stands for.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from justitia.classify.items import AUTOMATIC
from justitia.errors import RequestError

if TYPE_CHECKING:
    from justitia.metadata.definitions import CodeList, CorrespondenceRow
    from justitia.workspace import Workspace

NO_CODE = "no_code"
LEAST = 5  # records of each stratum, where it has so many
STATE = "audits"  # where a state of the store keeps them


@dataclass(frozen=True, slots=True)
class Group:
    """Records that were coded alike: same source, national offence and decision.

    Args:
        kind, source_id, national_code, national_text: the offence; the text only where it is public.
        condition: what else must hold of the record for this decision; empty for nothing.
        code: ICCS code given, empty with `no_code`.
        section: its section, or `no_code`.
        how: `reviewed`, `automatic`, `unspecified` or `no_code`.
        records: number of records.
    """

    kind: str
    source_id: str
    national_code: str
    national_text: str
    condition: str
    code: str
    section: str
    how: str
    records: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """A group of which records were drawn: one row of the sheet."""

    row: int
    group: Group
    drawn: int


@dataclass(frozen=True, slots=True)
class Sample:
    """A drawn sample.

    Args:
        id: of the audit, for example `a001`.
        seed: declared, so that anybody draws the same.
        drawn_on: day.
        strata: (section, how) -> (records, drawn).
        rows: what is coded again, in an order that tells nothing.
    """

    id: str
    seed: int
    drawn_on: date
    strata: Mapping[tuple[str, str], tuple[int, int]]
    rows: tuple[Drawn, ...]


def coded_groups(workspace: Workspace) -> list[Group]:
    """Return what the present state coded, by national offence and decision; what is uncoded is left out.

    Raises:
        RequestError: E-TAB-001 before the first run, E-COD-060 when the correspondences changed since.
    """
    from justitia.workspace import table_relation

    state = workspace.store.read()
    iccs = workspace.catalogue.codelist("iccs")
    with workspace.engine() as engine:
        relation = table_relation(workspace, engine, state, "coded__national_code")
        rows = engine.rows(f"""
            SELECT kind, source_id, coalesce(national_code, ''), coalesce(max(national_text), ''), iccs_code,
                iccs_status, iccs_rule, CAST(sum(records) AS BIGINT)
            FROM {relation} WHERE iccs_status <> 'uncoded' GROUP BY ALL ORDER BY ALL""")
    groups = []
    for kind, source_id, national_code, text, code, status, rule, records in rows:
        decision = _decision(workspace, source_id, kind, rule, national_code)
        given = "" if status == NO_CODE else code
        section = iccs.ancestor(given, 1) or given if given else NO_CODE
        how = _how(status, decision)
        groups.append(
            Group(kind, source_id, national_code, text, decision.condition, given, section, how, int(records))
        )
    return groups


def _decision(workspace: Workspace, source_id: str, kind: str, rule: int, national_code: str) -> CorrespondenceRow:
    layout = workspace.catalogue.layouts.get(source_id)
    names = [record.correspondence for record in layout.records if record.kind == kind] if layout else []
    rows = workspace.catalogue.correspondence(names[0]).rows if names and names[0] else ()
    if rule >= len(rows) or rows[rule].national_code != national_code:
        raise RequestError(
            "E-COD-060",
            "the correspondence changed since the last run",
            where=source_id,
            remedy="Run first: justitia run",
        )
    return rows[rule]


def _how(status: str, decision: CorrespondenceRow) -> str:
    if status != "coded":
        return status
    return AUTOMATIC if decision.basis.startswith(AUTOMATIC) else "reviewed"


def allocate(sizes: Mapping[tuple[str, str], int], size: int, *, least: int = LEAST) -> dict[tuple[str, str], int]:
    """Return how many records to draw from each stratum: by the square root of its size, `least` from each at least.

    The square root lies between equal strata (best for each section) and proportional ones (best for the whole):
    M. D. Bankier, Power allocations, The American Statistician 42 (1988). What a small stratum cannot give, others do.

    Args:
        sizes: stratum -> number of records.
        size: records to draw in all; more where `least` asks for more.
        least: smallest number for each stratum.
    """
    drawn = {name: min(records, least) for name, records in sizes.items()}
    open_strata = {name for name, records in sizes.items() if records > drawn[name]}
    while open_strata and sum(drawn.values()) < size:
        # One record at a time goes where it is owed most: exact, and the same on every machine.
        owed = max(sorted(open_strata), key=lambda name: sizes[name] ** 0.5 / (drawn[name] + 1))
        drawn[owed] += 1
        open_strata -= {owed} if drawn[owed] == sizes[owed] else set()
    return drawn


def draw(
    groups: Sequence[Group], *, size: int, seed: int, least: int = LEAST
) -> tuple[dict[tuple[str, str], int], dict[int, int]]:
    """Return records drawn by stratum, and for each group (its place) how many of its records were drawn.

    Records are drawn without replacement, each of a stratum with the same chance (R. W. Floyd's algorithm), by numbers
    that hang on seed and stratum alone.
    """
    strata: dict[tuple[str, str], list[int]] = {}
    for place, group in enumerate(groups):
        strata.setdefault((group.section, group.how), []).append(place)
    sizes = {name: sum(groups[place].records for place in places) for name, places in strata.items()}
    wanted = allocate(sizes, size, least=least)
    found: dict[int, int] = {}
    for name, places in strata.items():
        ends = list(accumulate(groups[place].records for place in places))
        for number in _floyd(sizes[name], wanted[name], f"{seed}:{name[0]}:{name[1]}"):
            place = places[bisect_right(ends, number)]
            found[place] = found.get(place, 0) + 1
    return wanted, found


def _floyd(records: int, wanted: int, key: str) -> set[int]:
    chosen: set[int] = set()
    for last in range(records - wanted, records):
        number = int.from_bytes(hashlib.sha256(f"{key}:{last}".encode()).digest(), "big") % (last + 1)
        chosen.add(last if number in chosen else number)
    return chosen


def draw_sample(workspace: Workspace, *, size: int = 300, seed: int = 1) -> Sample:
    """Draw an audit sample from the coded records of the present state, keep it in the store, and return it.

    Args:
        workspace: after a run.
        size: records to draw.
        seed: declared beforehand; the same seed draws the same.

    Raises:
        RequestError: E-COD-060 when definitions changed since the last run; E-COD-061 when nothing is coded.
    """
    groups = coded_groups(workspace)
    if not groups:
        raise RequestError("E-COD-061", "no record has a code yet", remedy="Code offences first: justitia coding list")
    with workspace.store.writing():
        state = workspace.store.read()
        audits = dict(state.get(STATE, {}))
        wanted, found = draw(groups, size=size, seed=seed)
        order = sorted(found, key=lambda place: hashlib.sha256(f"{seed}:{groups[place]}".encode()).digest())
        rows = tuple(Drawn(row, groups[place], found[place]) for row, place in enumerate(order, start=1))
        sizes = dict.fromkeys(wanted, 0)
        for group in groups:
            sizes[group.section, group.how] += group.records
        strata = {name: (sizes[name], wanted[name]) for name in sorted(wanted)}
        sample = Sample(f"a{len(audits) + 1:03d}", seed, date.today(), strata, rows)
        audits[sample.id] = as_json(sample)
        workspace.store.publish({**state, STATE: audits})
    return sample


def as_json(sample: Sample) -> dict[str, Any]:
    """Return a sample as a state of the store keeps it: no wording of offences, only codes."""
    left_out = {"national_text", "records"}
    return {
        "seed": sample.seed,
        "drawn_on": sample.drawn_on.isoformat(),
        "strata": [[*name, *counts] for name, counts in sample.strata.items()],
        "rows": [
            {"row": one.row, "drawn": one.drawn} | {k: v for k, v in asdict(one.group).items() if k not in left_out}
            for one in sample.rows
        ],
    }


def alike(given: str, audited: str, iccs: CodeList, level: int) -> bool:
    """Return whether two codes are the same down to a level (1 = section); an empty code is `no_code`."""
    return category(given, iccs, level) == category(audited, iccs, level)


def category(code: str, iccs: CodeList, level: int) -> str:
    """Return a code cut to a level; one above that level stays as it is."""
    return (iccs.ancestor(code, level) or code) if code else NO_CODE

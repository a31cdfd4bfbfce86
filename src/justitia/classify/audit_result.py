"""What an audit found: accuracy by section and way of coding, what was taken for what; kept with the state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from justitia.classify.audit import STATE, alike, category
from justitia.classify.audit_sheet import Filled, read_sheet
from justitia.classify.known_quality import Estimate, StratumCount, stratified_share
from justitia.errors import RequestError

if TYPE_CHECKING:
    from justitia.metadata.definitions import CodeList
    from justitia.workspace import Workspace

WHOLE = "all"


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The accuracy of some of the records at one level.

    Args:
        of: `all`, `section`, or `how` (the way of coding).
        name: code of the section, or the way; empty for all.
        level: ICCS level at which codes are compared.
        estimate: share of records whose code is right.
    """

    of: str
    name: str
    level: str
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Confused:
    """Records of one section that the auditor put into another; `records` is estimated for all, not counted."""

    given: str
    audited: str
    records: float


@dataclass(frozen=True, slots=True)
class AuditResult:
    """The result of an audit.

    Args:
        id: of the audit.
        auditor: who coded again.
        read_on: day.
        accuracy: of all records, by section and by way of coding, at each level.
        confused: between sections, most records first.
        unanswered: number of drawn records without an answer; they are left out.
        not_estimated: strata (section, way) none of whose records was answered.
        differing: (row, code given, code of the auditor) of each row that differs, for the eyes of the office.
    """

    id: str
    auditor: str
    read_on: date
    accuracy: tuple[Accuracy, ...]
    confused: tuple[Confused, ...]
    unanswered: int
    not_estimated: tuple[tuple[str, str], ...]
    differing: tuple[tuple[int, str, str], ...]


def read_audit(workspace: Workspace, path: Path, *, auditor: str = "") -> AuditResult:
    """Read a filled-in audit sheet, keep what it says with the state, and return it; read again, it is replaced.

    Args:
        workspace: the one that drew the sample.
        path: the sheet.
        auditor: who filled it in.

    Raises:
        RequestError: E-COD-062 when this is no audit sheet, E-COD-064 when the audit was not drawn here, E-COD-065 when
            no row has an answer.
        CatalogueError: E-COD-063 when cells hold no code.
    """
    iccs = workspace.catalogue.codelist("iccs")
    filled = read_sheet(path, iccs.codes)
    with workspace.store.writing():
        state = workspace.store.read()
        audits = dict(state.get(STATE, {}))
        if filled.audit not in audits:
            raise RequestError(
                "E-COD-064",
                f"audit [{filled.audit}] was not drawn in this workspace",
                where=str(path),
                remedy=f"Audits drawn here: {', '.join(audits) or 'none; draw one with justitia coding audit-sample'}",
            )
        result = audit_result(audits[filled.audit], filled, iccs, auditor=auditor)
        audits[filled.audit] = {**audits[filled.audit], "result": _as_json(result)}
        workspace.store.publish({**state, STATE: audits})
    return result


def audit_result(audit: Mapping[str, Any], filled: Filled, iccs: CodeList, *, auditor: str = "") -> AuditResult:
    """Return what the answers say of a drawn sample.

    Args:
        audit: as a state of the store keeps it (see `audit.as_json`).
        filled: the answers.
        iccs: the classification.
        auditor: who gave them.

    Raises:
        RequestError: E-COD-065 when no row has an answer.
    """
    answered = [row for row in audit["rows"] if row["row"] in filled.codes]
    if not answered:
        raise RequestError(
            "E-COD-065",
            "no row of the sheet has an answer",
            where=filled.audit,
            remedy="Fill in iccs_code, or status no_code, and save the sheet",
        )
    strata = {(section, how): records for section, how, records, _ in audit["strata"]}
    accuracy = [
        Accuracy(of, name, iccs.level_names[level - 1], estimate)
        for level in (len(iccs.level_names), 2)
        for of, name, within in _domains(strata)
        if (estimate := _estimate(strata, answered, within, _right(filled, iccs, level))) is not None
    ]
    given = {(row["section"], row["how"]) for row in answered}
    return AuditResult(
        id=filled.audit,
        auditor=auditor,
        read_on=date.today(),
        accuracy=tuple(accuracy),
        confused=_confused(strata, answered, filled, iccs),
        unanswered=sum(row["drawn"] for row in audit["rows"]) - sum(row["drawn"] for row in answered),
        not_estimated=tuple(sorted(set(strata) - given)),
        differing=tuple(
            (row["row"], row["code"], filled.codes[row["row"]])
            for row in answered
            if row["code"] != filled.codes[row["row"]]
        ),
    )


def _domains(strata: Mapping[tuple[str, str], int]) -> list[tuple[str, str, Callable[[tuple[str, str]], bool]]]:
    """Return (of, name, which strata belong to it)."""
    sections, ways = sorted({name[0] for name in strata}), sorted({name[1] for name in strata})
    return [
        (WHOLE, "", lambda _: True),
        *(("section", one, lambda name, one=one: name[0] == one) for one in sections),
        *(("how", one, lambda name, one=one: name[1] == one) for one in ways),
    ]


def _right(filled: Filled, iccs: CodeList, level: int) -> Callable[[Mapping[str, Any]], bool]:
    return lambda row: alike(row["code"], filled.codes[row["row"]], iccs, level)


def _estimate(
    strata: Mapping[tuple[str, str], int],
    answered: Sequence[Mapping[str, Any]],
    within: Callable[[tuple[str, str]], bool],
    right: Callable[[Mapping[str, Any]], bool],
) -> Estimate | None:
    counts = []
    for name, records in strata.items():
        own = [row for row in answered if (row["section"], row["how"]) == name] if within(name) else []
        sampled, correct = sum(row["drawn"] for row in own), sum(row["drawn"] for row in own if right(row))
        counts.append(StratumCount(records, sampled, correct))
    return stratified_share(counts)


def _confused(
    strata: Mapping[tuple[str, str], int], answered: Sequence[Mapping[str, Any]], filled: Filled, iccs: CodeList
) -> tuple[Confused, ...]:
    sampled: dict[tuple[str, str], int] = {}
    for row in answered:
        name = row["section"], row["how"]
        sampled[name] = sampled.get(name, 0) + row["drawn"]
    found: dict[tuple[str, str], float] = {}
    for row in answered:
        name, audited = (row["section"], row["how"]), category(filled.codes[row["row"]], iccs, 1)
        if audited != row["section"]:
            cell = row["section"], audited
            found[cell] = found.get(cell, 0.0) + strata[name] * row["drawn"] / sampled[name]
    return tuple(Confused(*cell, records) for cell, records in sorted(found.items(), key=lambda item: -item[1]))


def _as_json(result: AuditResult) -> dict[str, Any]:
    kept = asdict(result)
    return {**kept, "read_on": result.read_on.isoformat()}

"""Plans for person-level files: a TOML file that says which columns leave, who could know them, and what is done."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from justitia.errors import RequestError

T = TypeVar("T")
LEAST_K = 3  # two who share a combination know each other's record


@dataclass(frozen=True, slots=True)
class Extremes:
    """Bottom and top coding of a column of numbers: limits, or how many records are to share each end."""

    lower: float | None = None
    upper: float | None = None
    least: int = 0


@dataclass(frozen=True, slots=True)
class Swap:
    """Targeted swapping of areas, see `swap_records`."""

    unit: str
    hierarchy: tuple[str, ...]
    rare_columns: tuple[str, ...]
    similar: tuple[tuple[str, ...], ...]
    rate: float
    seed: int


@dataclass(frozen=True, slots=True)
class CountPlan:
    """A table of differentially private counts.

    Args:
        by: column -> its categories, all of them: those that do not occur are counted too.
        limit: the most that may ever be spent on the table.
        records_of_unit: in how many records one unit may be; more are refused.
    """

    by: Mapping[str, tuple[str, ...]]
    limit: float
    records_of_unit: int = 1


@dataclass(frozen=True, slots=True)
class FilePlan:
    """What is done to a file before it leaves.

    Args:
        keep: columns that leave; all others are dropped.
        quasi_identifiers: those of which others may know something.
        sensitive: those that nobody is to learn.
        k: units that share each combination of quasi-identifiers.
        l: values of each sensitive column in each combination.
        unit: column that tells whose records belong together; empty: each record is a unit.
        blank: quasi-identifiers emptied in records whose combination is too rare, one after another.
        extremes: column -> bottom and top coding.
        swap: of areas.
        counts: name -> table of private counts.
    """

    keep: tuple[str, ...] = ()
    quasi_identifiers: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()
    k: int = LEAST_K
    l: int = 2  # noqa: E741  # the l of l-diversity
    unit: str = ""
    blank: tuple[str, ...] = ()
    extremes: Mapping[str, Extremes] = field(default_factory=dict)
    swap: Swap | None = None
    counts: Mapping[str, CountPlan] = field(default_factory=dict)


def read_plan(path: Path) -> FilePlan:
    """Return the plan that a TOML file describes.

    Raises:
        RequestError: E-MIC-008 when it cannot be read, says something unknown, or contradicts itself.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        plan = _made(
            FilePlan,
            data,
            extremes={name: _made(Extremes, item) for name, item in data.get("extremes", {}).items()},
            swap=_made(Swap, data["swap"]) if "swap" in data else None,
            counts={name: _made(CountPlan, item, by=_tupled(item["by"])) for name, item in _counts(data)},
        )
        _check(plan)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise RequestError(
            "E-MIC-008",
            f"the plan cannot be followed: {error}",
            where=str(path),
            remedy="See docs/how-to/protect-a-file-of-persons.md",
        ) from error
    return plan


def _counts(data: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return list(data.get("counts", {}).items())


def _made(kind: type[T], data: Mapping[str, Any], **made: Any) -> T:
    known = {item.name for item in fields(kind)}  # type: ignore[arg-type]
    unknown = set(data) - known
    if unknown:
        raise ValueError(f"[{sorted(unknown)[0]}] is not known (known: {', '.join(sorted(known))})")
    return kind(**({name: _tupled(value) for name, value in data.items()} | made))


def _tupled(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_tupled(item) for item in value)
    return {name: _tupled(item) for name, item in value.items()} if isinstance(value, dict) else value


def _check(plan: FilePlan) -> None:
    if plan.keep and not plan.quasi_identifiers:
        raise ValueError("no quasi_identifiers are named: somebody knows something of everybody")
    if plan.k < LEAST_K or plan.l < 1:
        raise ValueError(f"k = {plan.k} and l = {plan.l} protect nobody; k is {LEAST_K} at least, l 1")
    for what, names in (("quasi_identifiers", plan.quasi_identifiers), ("sensitive", plan.sensitive)):
        lost = [name for name in names if name not in plan.keep]
        if lost:
            raise ValueError(f"[{lost[0]}] of {what} is not among the columns to keep")
    if plan.unit and plan.unit in plan.keep:
        raise ValueError(f"[{plan.unit}] tells whose record it is and may not be kept")
    lost = [name for name in plan.blank if name not in plan.quasi_identifiers]
    if lost:
        raise ValueError(f"[{lost[0]}] of blank is no quasi-identifier")
    if any(item.limit <= 0 or item.records_of_unit < 1 or not item.by for item in plan.counts.values()):
        raise ValueError("a table of counts needs columns (by), a limit above 0 and records_of_unit of 1 or more")

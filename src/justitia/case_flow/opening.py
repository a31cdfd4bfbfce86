"""A workspace opened for following units: derived records, definitions, the rule that protects, words for headings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from justitia.derive.states import Sources
from justitia.errors import CatalogueError, DisclosureError, RequestError
from justitia.metadata.faults import nearest
from justitia.metadata.flow import Flow
from justitia.model.case_flow import Heading
from justitia.model.missing import TOTAL
from justitia.protect.curves import step_of
from justitia.protect.threshold import check_threshold, protected

if TYPE_CHECKING:
    from justitia.engine import Engine
    from justitia.metadata.definitions import DisclosureRule, Labels
    from justitia.metadata.flow import AnyFlow, Common
    from justitia.workspace import Workspace

RULE = "threshold_and_round"
AREA_LIST = "area"


@dataclass(frozen=True, slots=True)
class Opened:
    """What a flow is computed from.

    Args:
        sources: engine, catalogue, derived records.
        made_up: whether any source is fictional.
    """

    sources: Sources
    made_up: bool

    def definition(self, identifier: str) -> AnyFlow:
        """Return the definition of a flow, stock, workload, return or table of forms.

        Raises:
            RequestError: E-FLO-006 when there is none.
        """
        catalogue = self.sources.catalogue
        names = catalogue.names("flows")
        if identifier not in names:
            raise RequestError("E-FLO-006", f"there is no flow [{identifier}]", remedy=nearest(identifier, names))
        return catalogue.flow(identifier)

    def protection(self, common: Common) -> Protection:
        """Return what protects the counts of a flow.

        Raises:
            DisclosureError: E-FLO-005 for a rule that cannot protect curves; E-DIS-001, E-DIS-005 for one too weak.
        """
        rule = self.sources.catalogue.disclosure(common.disclosure)
        if rule.rule != RULE:
            raise DisclosureError(
                "E-FLO-005",
                f"curves cannot be protected by a rule of kind {rule.rule}",
                where=f"disclosure/{rule.id}.toml",
                remedy=f'Name another rule in flows/{common.id}.toml, of rule = "{RULE}"',
            )
        check_threshold(rule)
        return Protection(rule, _large_areas(self.sources, rule))


@dataclass(frozen=True, slots=True)
class Protection:
    """The rule, and the areas large enough to be shown (None: all)."""

    rule: DisclosureRule
    areas: frozenset[str] | None

    def count(self, value: float) -> float | None:
        """Return the protected count, None where it is redacted."""
        shown = protected(int(value), self.rule)
        return None if shown is None else float(shown)

    def hides(self, listed: str, code: str) -> bool:
        """Return whether nothing of a group is shown, as few people live in the area."""
        return listed == AREA_LIST and self.areas is not None and code != TOTAL and code not in self.areas


def _large_areas(sources: Sources, rule: DisclosureRule) -> frozenset[str] | None:
    if not rule.minimum_population:
        return None
    if not rule.population:
        raise CatalogueError(
            "E-CAT-068",
            f"rule {rule.id} has a minimum population, and nothing says how many live in the areas",
            where=f"disclosure/{rule.id}.toml",
            remedy='Name the table: population = "<id>", a file population/<id>.csv',
        )
    least: dict[str, float] = {}
    for row in sources.catalogue.population(rule.population):
        if row.sex == row.age == TOTAL:
            least[row.area] = min(row.population, least.get(row.area, row.population))
    return frozenset(area for area, people in least.items() if people >= rule.minimum_population)


@contextmanager
def opened(workspace: Workspace) -> Iterator[Opened]:
    """Lend a workspace's derived records, as they were counted last.

    Raises:
        RequestError: E-FLO-007 when nothing has been run yet.
    """
    with workspace.engine() as engine:
        yield opened_in(workspace, engine, workspace.store.read())


def opened_in(workspace: Workspace, engine: Engine, state: Mapping[str, Any]) -> Opened:
    """Return the derived records of a state, read by an engine that is open.

    Raises:
        RequestError: E-FLO-007 when nothing has been run yet.
    """
    from justitia.pipeline import stored_relations

    derived = [name for name in state["tables"] if name.startswith("derived__")]
    if not derived:
        raise RequestError(
            "E-FLO-007", "no records have been derived yet", where=str(workspace.folder), remedy="Run: justitia run"
        )
    catalogue = workspace.catalogue
    used = {batch["source_id"] for batch in state["batches"].values()}
    made_up = any(catalogue.layouts[name].made_up for name in used if name in catalogue.layouts)
    stored = stored_relations(workspace, engine, state)
    relations = {name.removeprefix("derived__"): stored[name] for name in derived}
    columns = {kind: set(engine.columns(relation)) for kind, relation in relations.items()}
    return Opened(Sources(engine, catalogue, relations, columns), made_up)


def list_of(sources: Sources, made: AnyFlow, field: str) -> str:
    """Return the code list of a breakdown's field; empty where it has none."""
    kind, _, name = field.rpartition(".")
    unit = made.unit if isinstance(made, Flow) else made.kind
    fields = sources.catalogue.record_kinds[kind or unit].fields
    for derivation in sources.catalogue.derivations:
        if derivation.kind == (kind or unit) and derivation.field.name == name and name not in fields:
            return derivation.field.codelist
    return fields[name].codelist if name in fields else ""


def heading(
    here: Opened,
    made: AnyFlow,
    *,
    until: str,
    counting_unit: str,
    states: Mapping[str, Labels],
    told: Sequence[str] = (),
    cautions: Iterable[str] = (),
) -> Heading:
    """Return the heading of a product.

    Args:
        here, made: the opened workspace, and the definition.
        until: last day covered.
        counting_unit: what is counted.
        states: words of states, groups or ways.
        told: breakdowns that are there.
        cautions: keys of messages.
    """
    common, sources = made.common, here.sources
    codes: dict[tuple[str, str], Labels] = {}
    breakdowns: dict[str, Labels] = {}
    for item in (item for item in common.breakdowns if item.id in told):
        breakdowns[item.id] = item.labels or {"en": item.id}
        name = list_of(sources, made, item.field)
        listed = sources.catalogue.codelist(name).codes if name else {}
        codes |= {(item.id, code.code): code.labels for code in listed.values()}
    return Heading(
        id=common.id,
        type=common.type,
        labels=common.labels,
        descriptions=common.descriptions,
        until=until,
        made_up=here.made_up,
        counting_unit=counting_unit,
        rule=common.disclosure,
        least_step=step_of(sources.catalogue.disclosure(common.disclosure)),
        states=states,
        breakdowns=breakdowns,
        codes=codes,
        cautions=tuple(cautions),
    )

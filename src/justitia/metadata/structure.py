"""A data structure: dimensions, attributes, measures, their code lists, and the constraints on their values.

The own model of Justitia: it keeps what its validator and writers need of SDMX 2.1 to 3.1, parents of codes and labels
in every language among it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as usually

from justitia.metadata.definitions import CodeList, Labels

URN = "urn:sdmx:org.sdmx.infomodel."
_NAMED = re.compile(r"(?:.*=)?([^:=]+):([^(]+)(?:\(([^)]*)\))?(?:\.(.+))?")


@dataclass(frozen=True, slots=True)
class Reference:
    """What an SDMX reference names: agency, id and version of an artefact, and an item of it."""

    agency: str
    id: str
    version: str = ""
    item: str = ""

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Return what a URN, or a short form `AGENCY:ID(VERSION)`, names; with empty parts when it is neither."""
        found = _NAMED.fullmatch(text.strip())
        return cls(found[1], found[2], found[3] or "", found[4] or "") if found else cls("", text.strip())

    def __str__(self) -> str:
        return f"{self.agency}:{self.id}({self.version})" + (f".{self.item}" if self.item else "")


@dataclass(frozen=True, slots=True)
class Facets:
    """Limits of an uncoded value; None and an empty text are no limit."""

    min_length: int | None = None
    max_length: int | None = None
    min_value: float | None = None
    max_value: float | None = None
    decimals: int | None = None
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Component:
    """A dimension, an attribute or a measure.

    Args:
        id: its column in every data format.
        role: `dimension`, `time`, `attribute` or `measure`.
        type: SDMX data type, for example `Double`, `ObservationalTimePeriod`.
        required: whether each observation must have it.
        attached_to: of an attribute, the dimensions that decide its value; None: each observation has its own, empty:
            there is one for the whole data set.
        codelist: the codes it may have; None when it is not coded.
        labels: of its concept.
        facets: limits of its values.
    """

    id: str
    role: str
    type: str = "String"
    required: bool = True
    attached_to: tuple[str, ...] | None = None
    codelist: CodeList | None = None
    labels: Labels = usually(default_factory=dict)
    facets: Facets = Facets()


@dataclass(frozen=True, slots=True)
class Selection:
    """Values of one component in a region: those listed, and those from `start` to `end`; or all but these."""

    values: frozenset[str] = frozenset()
    included: bool = True
    start: str = ""
    end: str = ""


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the cube: the observations whose components all have a selected value."""

    selections: Mapping[str, Selection]
    included: bool = True


@dataclass(frozen=True, slots=True)
class KeySet:
    """Series keys, each a mapping dimension -> code; a dimension that a key leaves out may have any code."""

    keys: tuple[Mapping[str, str], ...]
    included: bool = True


@dataclass(frozen=True, slots=True)
class Constraint:
    """What part of a structure's cube may hold data: an included region (if there are any), and no excluded one."""

    id: str
    agency: str = ""
    version: str = "1.0"
    regions: tuple[Region, ...] = ()
    key_sets: tuple[KeySet, ...] = ()
    about: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class Structure:
    """A data structure definition with its code lists, and the constraints read with it."""

    agency: str
    id: str
    version: str
    components: tuple[Component, ...]
    labels: Labels = usually(default_factory=dict)
    constraints: tuple[Constraint, ...] = ()

    def of_role(self, *roles: str) -> tuple[Component, ...]:
        """Return the components of some roles, in their order."""
        return tuple(component for component in self.components if component.role in roles)

    @property
    def key(self) -> tuple[str, ...]:
        """Ids of the dimensions, time among them."""
        return tuple(component.id for component in self.of_role("dimension", "time"))

    @property
    def time(self) -> str:
        """Id of the time dimension, empty when there is none."""
        return next((component.id for component in self.of_role("time")), "")

    @property
    def series_key(self) -> tuple[str, ...]:
        """Ids of the dimensions but time."""
        return tuple(component.id for component in self.of_role("dimension"))

    def component(self, name: str) -> Component | None:
        """Return a component by its id."""
        return next((component for component in self.components if component.id == name), None)

    @property
    def short(self) -> str:
        """The structure's name as SDMX-CSV writes it: `AGENCY:ID(VERSION)`."""
        return f"{self.agency}:{self.id}({self.version})"

    @property
    def urn(self) -> str:
        """The structure's URN."""
        return f"{URN}datastructure.DataStructure={self.short}"

"""The catalogue: every definition by name, read when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import TypeVar

from justitia.metadata import (
    codelist,
    collection,
    correspondence,
    coverage,
    covered,
    dataflow,
    disclosure,
    layout,
    population,
    record,
    structure_catalogue,
)
from justitia.metadata.collection import Collection, Difference, Reason
from justitia.metadata.coverage import CrimeForm
from justitia.metadata.covered import Covered
from justitia.metadata.definitions import (
    Check,
    CodeList,
    Correspondence,
    Dataflow,
    Derivation,
    DisclosureRule,
    IndexEntry,
    Labels,
    Layout,
    NoiseRow,
    Note,
    Override,
    PopulationRow,
    RecordKind,
    Tag,
)
from justitia.metadata.faults import Faults, unknown
from justitia.metadata.flow import AnyFlow, State
from justitia.metadata.flow_reading import read_flow, read_states
from justitia.metadata.indicator import Indicator, read_indicators
from justitia.metadata.linkage import Linkage
from justitia.metadata.linkage_reading import read_linkage
from justitia.metadata.linking_material import LinkingMaterial, read_linking_material
from justitia.metadata.manifest import described
from justitia.metadata.pseudonym_levels import read_token_material
from justitia.metadata.pseudonyms import Pseudonyms, read_pseudonyms
from justitia.metadata.structure_catalogue import StructureEntry
from justitia.metadata.tree import Tree

Made = TypeVar("Made")
Reader = Callable[[Faults, "list[Override]"], Made]
TOML_FOLDERS = frozenset({"dataflows", "disclosure", "flows", "linkages"})


def load_catalogue(*overlays: Path, base: Path | None = None) -> Catalogue:
    """Return the packaged catalogue with overlays over it, the last one uppermost.

    Args:
        overlays: folders with the catalogue's tree.
        base: another folder in place of the packaged catalogue.

    Raises:
        CatalogueError: E-CAT-002 when a folder does not exist. Faults within files are raised when a definition is
            asked for; `check_catalogue` tells of all of them.
    """
    return Catalogue(Tree(base or _packaged(), overlays))


def _packaged() -> Path:
    from importlib.resources import files

    return Path(str(files("justitia") / "catalogue"))


class Catalogue:
    """Definitions by name. Each is read, checked as far as its own file goes, and kept at the first request."""

    def __init__(self, tree: Tree, gather: Faults | None = None) -> None:
        self.tree = tree
        self._gather = gather  # takes all faults; None = they are raised
        self._kept: dict[tuple[str, ...], object] = {}
        self._overrides: dict[tuple[str, ...], list[Override]] = {}

    def _read(self, key: tuple[str, ...], reader: Reader[Made]) -> Made:
        """Return what was kept under `key`, or read it.

        Raises:
            CatalogueError: what is wrong with the files read.
        """
        if key not in self._kept:
            faults, overrides = Faults(), list[Override]()
            made = reader(faults, overrides)
            if self._gather is None:
                faults.raise_any()
            else:
                self._gather.errors += faults.errors
            self._kept[key], self._overrides[key] = made, overrides
        return self._kept[key]  # type: ignore[return-value]

    # -- code lists -----------------------------------------------------------------------------------------------
    @cached_property
    def _labels(self) -> Mapping[str, Mapping[str, Labels]]:
        return self._read(("labels",), lambda faults, over: codelist.read_labels(self.tree, faults, over))

    def codelist_names(self) -> tuple[str, ...]:
        """Return the names of all code lists and classifications."""
        return (*self.tree.stems("codelists", ".csv"), *codelist.classification_versions(self.tree))

    def codelist(self, name: str) -> CodeList:
        """Return a code list, or the newest version of a classification.

        Raises:
            CatalogueError: E-CAT-001 when there is none of this name.
        """
        if f"codelists/{name}.csv" not in self._paths:
            if name not in codelist.classification_versions(self.tree):
                raise unknown("E-CAT-001", "code list", name, self.codelist_names())
            return self.classification(name)
        more = self._labels.get(name, {})

        def read(faults: Faults, over: list[Override]) -> CodeList:
            made = codelist.read_codelist(self.tree, name, faults, over, more)
            return described(self.tree, f"codelists/{name}.csv", made)

        return self._read(("codelists", name), read)

    def classification(self, identifier: str, version: str | None = None) -> CodeList:
        """Return a version (default: the newest) of a classification.

        Raises:
            CatalogueError: E-CAT-001 when there is none.
        """
        number = self._version(identifier, version)
        more = self._labels.get(identifier, {})

        def read(faults: Faults, over: list[Override]) -> CodeList:
            made = codelist.read_classification(self.tree, identifier, number, faults, over, more)
            return described(self.tree, f"classifications/{identifier}/{number}/codes.csv", made)

        return self._read(("classifications", identifier, number), read)

    def _version(self, identifier: str, version: str | None = None) -> str:
        versions = codelist.classification_versions(self.tree)
        if identifier not in versions:
            raise unknown("E-CAT-001", "classification", identifier, versions)
        if version is not None and version not in versions[identifier]:
            raise unknown("E-CAT-001", f"version of classification {identifier}", version, versions[identifier])
        return version or versions[identifier][-1]

    def index(self, classification: str) -> tuple[IndexEntry, ...]:
        """Return the alphabetical index of a classification's newest version."""
        folder = f"classifications/{classification}/{self._version(classification)}"
        return self._read(("index", folder), lambda faults, over: codelist.read_index(self.tree, folder, faults, over))

    def notes(self, classification: str) -> tuple[Note, ...]:
        """Return the notes of a classification's newest version."""
        folder = f"classifications/{classification}/{self._version(classification)}"
        return self._read(("notes", folder), lambda faults, over: codelist.read_notes(self.tree, folder, faults, over))

    def tags(self, classification: str) -> tuple[Tag, ...]:
        """Return the disaggregating variables of a classification's newest version."""
        folder = f"classifications/{classification}/{self._version(classification)}"
        return self._read(("tags", folder), lambda faults, over: codelist.read_tags(self.tree, folder, faults, over))

    # -- records --------------------------------------------------------------------------------------------------
    @cached_property
    def record_kinds(self) -> Mapping[str, RecordKind]:
        """Kinds of record."""
        more = self._labels.get("kinds", {})
        return self._read(("records",), lambda faults, over: record.read_record_kinds(self.tree, faults, over, more))

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """Checks on records, of all kinds."""
        more = self._labels.get("checks", {})
        return self._read(("checks",), lambda faults, over: record.read_checks(self.tree, faults, over, more))

    @cached_property
    def derivations(self) -> tuple[Derivation, ...]:
        """Derived variables."""
        return self._read(("derivations",), lambda faults, over: record.read_derivations(self.tree, faults, over))

    @cached_property
    def layouts(self) -> Mapping[str, Layout]:
        """Layouts by source id."""
        return self._read(("layouts",), lambda faults, over: layout.read_layouts(self.tree, faults, over))

    # -- tables ---------------------------------------------------------------------------------------------------
    @cached_property
    def dataflows(self) -> Mapping[str, Dataflow]:
        """Tables to be counted."""

        def read(faults: Faults, over: list[Override]) -> dict[str, Dataflow]:
            names = self.tree.stems("dataflows", ".toml")
            made = {name: dataflow.read_dataflow(self.tree, name, faults, over) for name in names}
            return {name: flow for name, flow in made.items() if flow is not None}

        return self._read(("dataflows",), read)

    def disclosure(self, identifier: str) -> DisclosureRule:
        """Return a rule that protects public counts."""
        return self._named("disclosure", identifier, "disclosure rule", disclosure.read_disclosure)

    # -- indicators and collections -------------------------------------------------------------------------------
    @cached_property
    def indicators(self) -> Mapping[str, Indicator]:
        """Indicators by id."""
        return self._read(("indicators",), lambda faults, over: read_indicators(self.tree, faults, over))

    def collection(self, asked: str) -> Collection:
        """Return a round of a collection: `un_cts` (the newest) or `un_cts/2024`.

        Raises:
            CatalogueError: E-CAT-001 when there is none.
        """
        name, number = collection.pick_round(collection.collection_ids(self.tree), asked)

        def read(faults: Faults, over: list[Override]) -> Collection | None:
            return collection.read_collection(self.tree, name, number, faults, over)

        return self._read(("collections", name, number), read)  # type: ignore[return-value]  # None comes with a fault

    def collection_ids(self) -> tuple[str, ...]:
        """Return `name/round` of all collections."""
        found = collection.collection_ids(self.tree)
        return tuple(f"{name}/{number}" for name, numbers in found.items() for number in numbers)

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """Declared differences between indicators of one quantity."""
        return self._read(("differences",), lambda faults, over: collection.read_differences(self.tree, faults, over))

    @cached_property
    def reasons(self) -> tuple[Reason, ...]:
        """Declared reasons for which two tables of one quantity differ."""
        return self._read(("reasons",), lambda faults, over: collection.read_reasons(self.tree, faults, over))

    @cached_property
    def covered(self) -> Mapping[str, Covered]:
        """Source id -> months that it covers, as declared; `*` for the others."""
        return self._read(("covered",), lambda faults, over: covered.read_covered(self.tree, faults, over))

    def crime_forms(self, text: str) -> tuple[CrimeForm, ...]:
        """Return the crime forms that a text of the United Nations names."""
        return self._named("coverage", text, "list of crime forms", coverage.read_forms)

    # -- structures ---------------------------------------------------------------------------------------------------
    @cached_property
    def structure_words(self) -> Mapping[tuple[str, str], Labels]:
        """(component, code) -> labels of what the SDMX structures of national tables have in common."""
        read = structure_catalogue.read_national
        return self._read(("structure_words",), lambda faults, over: read(self.tree, faults, over))

    @cached_property
    def structures(self) -> Mapping[str, StructureEntry]:
        """SDMX structures that others maintain: where to get them, by the id of the entry."""

        def read(faults: Faults, over: list[Override]) -> dict[str, StructureEntry]:
            names = self.tree.stems("structures", ".toml")
            made = {name: structure_catalogue.read_entry(self.tree, name, faults, over) for name in names}
            return {name: entry for name, entry in made.items() if entry is not None}

        return self._read(("structures",), read)

    # -- flows ----------------------------------------------------------------------------------------------------
    @cached_property
    def flow_states(self) -> Mapping[str, State]:
        """States that cases and persons may be in."""
        return self._read(("flow_states",), lambda faults, over: read_states(self.tree, faults, over))

    def flow(self, identifier: str) -> AnyFlow:
        """Return a flow, prison stock, workload, return or table of forms.

        Raises:
            CatalogueError: E-CAT-001 when there is none.
        """
        made = self._named("flows", identifier, "flow", read_flow)
        return made  # type: ignore[return-value]  # mypy joins the kinds of flow to object

    # -- linkages -------------------------------------------------------------------------------------------------
    def linkage(self, identifier: str) -> Linkage:
        """Return which datasets hold the same persons, and by which fields that is seen.

        Raises:
            CatalogueError: E-CAT-001 when there is none.
        """
        return self._named("linkages", identifier, "linkage", read_linkage)

    @cached_property
    def linking_material(self) -> LinkingMaterial:
        """How fields of persons are cleaned and compared, and what records are blocked by."""
        return self._read(("linkage",), lambda faults, over: read_linking_material(self.tree, faults, over))

    @cached_property
    def pseudonyms(self) -> Pseudonyms | None:
        """How identities become tokens and filters; None where a catalogue has no settings of it."""
        if not self.tree.holding("pseudonyms/settings.toml"):
            return None
        return self._read(("pseudonyms",), lambda faults, over: read_pseudonyms(self.tree, faults, over))

    @cached_property
    def token_material(self) -> LinkingMaterial | None:
        """How fields that hold tokens are compared and blocked; None without settings of pseudonyms."""
        settings = self.pseudonyms
        if settings is None:
            return None
        return self._read(
            ("pseudonyms", "levels"), lambda faults, over: read_token_material(self.tree, settings, faults, over)
        )

    # -- row files by name ----------------------------------------------------------------------------------------
    def correspondence(self, identifier: str) -> Correspondence:
        """Return a correspondence table."""
        self._known("correspondences", identifier, "correspondence")

        def read(faults: Faults, over: list[Override]) -> Correspondence:
            made = correspondence.read_correspondence(self.tree, identifier, faults, over)
            return described(self.tree, f"correspondences/{identifier}.csv", made)

        return self._read(("correspondences", identifier), read)

    def severity(self, name: str) -> Mapping[str, int]:
        """Return ICCS code -> rank (1 = most serious); a code stands for all below it that have no row."""
        return self._named("severity", name, "severity table", record.read_severity)

    def population(self, identifier: str) -> tuple[PopulationRow, ...]:
        """Return the rows of a population table."""
        return self._named("population", identifier, "population table", record.read_population)

    def perturbation(self, identifier: str) -> tuple[NoiseRow, ...]:
        """Return the rows of a table of noise."""
        return self._named("perturbation", identifier, "perturbation table", disclosure.read_perturbation)

    def population_standard(self, name: str) -> Mapping[str, float]:
        """Return age group -> weight of a standard population."""
        return self._named("population_standards", name, "standard population", population.read_standard)

    def messages(self, product: str) -> Mapping[str, Labels]:
        """Return key -> words by language of a product."""
        self._known("messages", product, "list of messages")
        more = self._labels.get(f"messages/{product}", {})
        return self._read(
            ("messages", product), lambda faults, over: record.read_messages(self.tree, product, faults, over, more)
        )

    def names(self, folder: str) -> tuple[str, ...]:
        """Return the names of the files of a folder, for example of `correspondences`."""
        return tuple(self.tree.stems(folder, ".toml" if folder in TOML_FOLDERS else ".csv"))

    def _named(
        self, folder: str, name: str, what: str, reader: Callable[[Tree, str, Faults, list[Override]], Made | None]
    ) -> Made:
        """Return the definition in a file of a folder; `what` names its kind where there is none."""
        self._known(folder, name, what)
        made = self._read((folder, name), lambda faults, over: reader(self.tree, name, faults, over))
        return made  # type: ignore[return-value]  # None comes with a fault

    def _known(self, folder: str, name: str, what: str) -> None:
        suffix = ".toml" if folder in TOML_FOLDERS else ".csv"
        if f"{folder}/{name}{suffix}" not in self._paths:
            raise unknown("E-CAT-001", what, name, self.names(folder))

    # -- about the catalogue --------------------------------------------------------------------------------------
    @cached_property
    def _paths(self) -> frozenset[str]:
        return frozenset(path for tree in self.tree.layers for path in tree.files)

    @cached_property
    def overrides(self) -> tuple[Override, ...]:
        """Everything that overlays added, replaced or retired, whatever else may be wrong with their files."""
        reading = Catalogue(self.tree, gather=Faults())
        reading.read_all()
        return tuple(dict.fromkeys(item for key in sorted(reading._overrides) for item in reading._overrides[key]))

    def read_all(self) -> None:
        """Read every definition.

        Raises:
            CatalogueError: at the first definition that cannot be read.
        """
        for part in self.parts().values():
            part()

    def parts(self) -> dict[str, Callable[[], object]]:
        """Return what reads each part of the catalogue, by a name for it."""
        named: list[tuple[str, Callable[[str], object]]] = [
            ("codelists", self.codelist),
            ("correspondences", self.correspondence),
            ("severity", self.severity),
            ("disclosure", self.disclosure),
            ("population", self.population),
            ("population_standards", self.population_standard),
            ("coverage", self.crime_forms),
            ("perturbation", self.perturbation),
            ("messages", self.messages),
            ("flows", self.flow),
            ("linkages", self.linkage),
        ]
        parts: dict[str, Callable[[], object]] = {
            f"{folder}/{name}": partial(read, name) for folder, read in named for name in self.names(folder)
        }
        for name, versions in codelist.classification_versions(self.tree).items():
            parts |= {f"{name} {version}": partial(self.classification, name, version) for version in versions}
            listed = (("index", self.index), ("notes", self.notes), ("tags", self.tags))
            parts |= {f"{name} {what}": partial(read, name) for what, read in listed}
        parts |= {f"collections/{name}": partial(self.collection, name) for name in self.collection_ids()}
        properties = (
            *("_labels", "record_kinds", "checks", "derivations", "layouts", "dataflows"),
            *(
                "indicators",
                "differences",
                "structures",
                "structure_words",
                "pseudonyms",
                "token_material",
                "linking_material",
            ),
        )
        return parts | {part: partial(getattr, self, part) for part in properties}

    def languages(self) -> tuple[str, ...]:
        """Return the languages that have labels, English first."""
        found = {language for labels in self._labels.values() for code in labels.values() for language in code}
        for name in self.codelist_names():
            found |= {language for code in self.codelist(name).codes.values() for language in code.labels}
        return tuple(sorted(found, key=lambda language: (language != "en", language)))

    @property
    def files_read(self) -> set[str]:
        """Paths (within the trees) of the files read so far."""
        return set(self.tree.read)

    def fingerprint(self) -> str:
        """Return the SHA-256 of all definition files, wherever the folders lie."""
        return self.fingerprint_of(path for path in self._paths if path.endswith((".csv", ".toml")))

    def fingerprint_of(self, paths: Iterable[str]) -> str:
        """Return the SHA-256 of some files (paths within the trees)."""
        return self.tree.fingerprint(paths)

    def fingerprint_of_kinds(self, kinds: Iterable[str]) -> str:
        """Return the SHA-256 of all files of some folders (`codelists`) or single files (`derivations`)."""
        starts = set(kinds)
        under = self.tree.under("")
        return self.fingerprint_of(path for path in under if path.split("/")[0].removesuffix(".csv") in starts)

"""What `linkages/` defines: which datasets hold the same persons, by which fields that is seen, and under which law."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from justitia.metadata.definitions import Labels, Place

ROLES = (
    *("police", "prosecution", "court", "prison", "probation", "immigration", "register", "health"),
    *("victim", "witness", "ngo"),
)
# Who turned to the police or to an organisation for help; and who investigates, tries, detains or expels.
SHELTERED = frozenset({"victim", "witness", "ngo"})
ENFORCING = frozenset({"police", "prosecution", "court", "prison", "immigration"})
LINK_TYPES = ("link_only", "dedupe_only", "link_and_dedupe")
KINDS = (
    *("given_name", "family_name", "full_name", "date", "sex", "identifier", "postcode", "place", "address", "phone"),
    "other",
)
AFTERWARDS = ("seal", "drop")
KEPT = ("", "counts")
CLEANING = ("letters_and_digits", "digits", "upper", "no_leading_zeros")


@dataclass(frozen=True, slots=True)
class LinkedDataset:
    """A dataset that takes part.

    Args:
        id: its name in this linkage.
        source_id, record: source, and the record of its layout that is a person.
        role: of the authority, or of the person in it (`victim`, `witness`); see ROLES.
        fields: field of the linkage -> field of the vault or of the record; those that are not named are called alike.
        exclude: condition over these fields; records that meet it are linked to nothing (sealed juvenile records).
        once: whether every person stands in it once, so that two of its records are two people.
    """

    id: str
    source_id: str
    record: str
    role: str
    fields: Mapping[str, str] = field(default_factory=dict)
    exclude: str = ""
    once: bool = False
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class LinkedField:
    """A field by which persons are told apart or together.

    Args:
        id, kind: name and kind; the kind decides how it is cleaned, compared and blocked (`linkage/kinds.csv`).
        contradicts: whether two people it is, when both have it and differ by more than a slip of the pen.
    """

    id: str
    kind: str
    contradicts: bool = False
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class LinkKey:
    """Fields that together prove that two records are of one person, as far as they were cleaned."""

    id: str
    fields: tuple[str, ...]
    clean: tuple[str, ...] = ("letters_and_digits",)
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which probability on pairs are linked and shown for review.

    Args:
        link: least probability of a link, 0..1.
        precision: share of links that must be right as estimated; the threshold rises until it holds; 0: not asked.
        review: least probability of a pair that people are asked about.
    """

    link: float = 0.9
    precision: float = 0.0
    review: float = 0.2


@dataclass(frozen=True, slots=True)
class Training:
    """How the model is estimated.

    Args:
        pairs: number of random pairs for u.
        seed: of their choice.
        largest_block: records that may share a value of a blocking rule; commoner values need more in common.
    """

    pairs: int = 1_000_000
    seed: int = 1
    largest_block: int = 2_000


@dataclass(frozen=True, slots=True)
class Linkage:
    """A linkage of datasets.

    Args:
        id, labels, descriptions: name and words.
        purpose, legal_basis: why and under which law; shown in the report and written into the access log.
        link_type: `link_only` between datasets, `dedupe_only` within, `link_and_dedupe` both.
        one_to_one: whether a record has one partner at most in each other dataset.
        only: `counts`: no pair is kept, only how many persons are in both.
        after: what becomes of identities once linked: `seal` keeps them encrypted, `drop` removes them.
        blocking: rules, each a list of fields or parts of fields (`family_name:sound`); empty: chosen by kind and size.
    """

    id: str
    labels: Labels
    purpose: str
    legal_basis: str
    datasets: tuple[LinkedDataset, ...]
    fields: tuple[LinkedField, ...]
    keys: tuple[LinkKey, ...] = ()
    link_type: str = "link_and_dedupe"
    one_to_one: bool = False
    only: str = ""
    after: str = "seal"
    blocking: tuple[tuple[str, ...], ...] = ()
    thresholds: Thresholds = Thresholds()
    training: Training = Training()
    descriptions: Labels = field(default_factory=dict)
    place: Place | None = None

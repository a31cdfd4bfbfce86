"""What the coder is asked and what it answers: an offence as a list words it, its ICCS code, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

CodingStatus = Literal["coded", "suggested", "unspecified", "no_code"]
"""`coded`: may be used without review; `suggested`: a person must decide; `unspecified`: the text says no more than
the parent that is given; `no_code`: ICCS has no code for it, or the text is none of an offence."""

EvidenceKind = Literal["correspondence", "text", "rule", "neighbour", "model", "input"]
"""The layer that spoke: reviewed table, equal text, declared rule, similar reviewed text, statistical model, or the
input itself (empty, several offences, a leading zero that was lost ...)."""


@dataclass(frozen=True, slots=True)
class OffenceText:
    """One offence as a national list words it.

    Args:
        text: the offence, as written.
        national_code: its code in the national list, as text; empty when there is none.
        context: further columns that say something about it, by role: `statute` (wording of the law), `heading`
            (of the list's chapter), or any other name, which is read as `statute`.
        day: the day for which the code is wanted: reviewed correspondences and codes have dates.
    """

    text: str
    national_code: str = ""
    context: Mapping[str, str] = field(default_factory=dict)
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Alternative:
    """An ICCS code that may be meant, with its share of the coder's belief (0 to 1)."""

    code: str
    score: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a code was given: the layer, the phrase of the input that decided, and what it met there."""

    kind: EvidenceKind
    phrase: str
    source: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The coder's answer for one text.

    Args:
        code: the best ICCS code; empty with `no_code`, or when nothing can be said.
        confidence: estimated probability (0 to 1) that the code is right at division level.
        status: what may be done with it.
        alternatives: up to five codes, best first; the first is `code`.
        evidence: what decided, strongest first; never empty.
        tags: ICCS variables that the text tells: record field -> code of its code list (`inchoate_form`, weapon,
            motive, cyber-related ...).
        reason: one line for a person, where the status is not `coded`.
    """

    code: str
    confidence: float
    status: CodingStatus
    alternatives: tuple[Alternative, ...]
    evidence: tuple[Evidence, ...]
    tags: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""

"""From scores to answers: best code, confidence, alternatives, status and the reasons for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from justitia.classify.answer import Alternative, Answer, CodingStatus, Evidence
from justitia.classify.confidence import calibrated
from justitia.classify.model import divisions_of
from justitia.classify.rules import Match, variables_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from justitia.classify.model import Model
    from justitia.classify.scores import Scored
    from justitia.classify.text import Reading
    from justitia.metadata.coding import CodingSettings
    from justitia.metadata.definitions import CodeList

SHOWN = 5
INCHOATE = "inchoate_form"


@dataclass(slots=True)
class Verdict:
    """What scores say of one text.

    Args:
        code: the best one; empty when nothing speaks for any.
        confidence: that its division is right.
        shares: the best codes with their shares of belief, `code` first.
        matches: rules that fit.
        rule: the one that decided, None when none did.
        tags: variables that the rules tell.
        nearest: the nearest own wording, its code, and the likeness to it.
        reviewed: nearest reviewed wording, and the likeness to it.
        no_code: the deciding rule says that this is no offence.
    """

    code: str
    confidence: float
    shares: tuple[Alternative, ...]
    matches: tuple[Match, ...]
    rule: Match | None
    tags: Mapping[str, str]
    nearest: tuple[str, str, float]
    reviewed: tuple[str, float]
    no_code: bool = False


def verdicts(
    scored: Scored, model: Model, settings: CodingSettings, forms: Mapping[tuple[str, str], str]
) -> list[Verdict]:
    """Return what the scores say of each text.

    Args:
        scored: of a batch.
        model: whose codes are the columns of the scores.
        settings: weights, limits, calibration.
        forms: (code, inchoate form) -> code that stands for it.
    """
    codes = model.codes
    belief = shares_of(scored.scores, settings.weights["temperature"])
    # Sums of runs, not a product of matrices: the threads of BLAS wait for one another longer than they work.
    division_of, by_place, runs = divisions_of(codes)
    by_division = np.add.reduceat(belief[:, by_place], runs, axis=1)
    inside = np.where(division_of == by_division.argmax(axis=1)[:, None], belief, -1)
    best = inside.argmax(axis=1)
    strength = scored.scores.max(axis=1)
    confidence = calibrated(
        by_division.max(axis=1), settings.calibration.get("score", ()), settings.calibration.get("confidence", ())
    )
    top = np.argpartition(-belief, SHOWN, axis=1)[:, :SHOWN]
    rows = np.arange(len(belief))[:, None]
    absent = (top != best[:, None]).all(axis=1)
    top[absent, -1] = best[absent]
    # The best code of the best division goes before all others, which follow by belief.
    lifted = belief[rows, top] + 2 * (top == best[:, None])
    ordered = np.take_along_axis(top, np.argsort(-lifted, axis=1, kind="stable"), axis=1)
    beliefs = np.round(belief[rows, ordered].astype(float), 4).tolist()
    made = []
    for row, places in enumerate(ordered.tolist()):
        matches = tuple(scored.matches[row])
        tags = variables_of(matches)
        names = [codes[place] for place in places]
        names[0] = forms.get((names[0], tags[INCHOATE]), names[0]) if INCHOATE in tags else names[0]
        shares = tuple(map(Alternative, names, beliefs[row]))
        if names[0] in names[1:]:
            shares = (shares[0], *(share for share in shares[1:] if share.code != names[0]))
        deciding = next((match for match in matches if match.rule.code or match.rule.status), None)
        known = strength[row] >= settings.limits["least"]
        made.append(
            Verdict(
                code=names[0] if known else "",
                confidence=float(confidence[row]) if known else 0.0,
                shares=shares if known else (),
                matches=matches,
                rule=deciding,
                tags=tags,
                nearest=_wording(model, int(scored.nearest[row]), float(scored.likeness[row])),
                reviewed=scored.reviewed[row] if scored.reviewed else ("", 0.0),
                no_code=deciding is not None and deciding.rule.status == "no_code",
            )
        )
    return made


def _wording(model: Model, place: int, likeness: float) -> tuple[str, str, float]:
    return (model.texts[place], model.codes[model.labels[place]], likeness) if place >= 0 else ("", "", 0.0)


def shares_of(scores: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """Return scores (texts x codes) as shares of belief that add up to 1 (softmax)."""
    raised = np.exp((scores - scores.max(axis=1, keepdims=True)) / temperature)
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)


def answer_of(
    verdict: Verdict,
    reading: Reading,
    codes: CodeList,
    limits: Mapping[str, float],
    *,
    doubts: Mapping[str, str],
    equal: Mapping[str, str],
    parts: Sequence[Verdict],
    beside: tuple[str, str] = ("", ""),
) -> Answer:
    """Return the answer on one text.

    Args:
        verdict: what the scores say.
        reading: the text.
        codes: the classification.
        limits: thresholds.
        doubts: what is wrong with the input, by name.
        equal: codes whose title or phrase the text equals, with where it stands.
        beside: decided national code that stands beside its own in the list, with its ICCS code.
        parts: verdicts on its parts, when it may hold several offences.
    """
    several = _several(parts)
    evidence = _evidence(verdict, reading, equal)
    if beside[0]:
        evidence = (*evidence, Evidence("neighbour", beside[0], f"beside it in the list, decided as {beside[1]}"))
    evidence = (*evidence, *(Evidence("input", reading.text[:80], told) for told in doubts.values()))
    if several:
        doubts = {"several": f"the cell holds several offences: {', '.join(several)}; the first is given"} | dict(
            doubts
        )
        evidence = (*evidence, Evidence("input", reading.text[:80], f"several offences: {', '.join(several)}"))
    if verdict.no_code and not equal:
        reason = verdict.rule.rule.basis if verdict.rule else ""
        return Answer("", verdict.confidence, "no_code", (), evidence, verdict.tags, reason or "no offence is named")
    if not verdict.code:
        reason = "; ".join(doubts.values()) or "no word of the text is known"
        evidence = evidence or (Evidence("input", reading.text[:80], reason),)
        return Answer("", 0.0, "suggested", (), evidence, verdict.tags, reason)
    status, reason = _status(verdict, codes, limits, doubts)
    return Answer(
        code=verdict.code,
        confidence=round(verdict.confidence, 4),
        status=status,
        alternatives=_with_parts(verdict.shares, several),
        evidence=evidence or (Evidence("model", reading.text[:80], "linear scores"),),
        tags=verdict.tags,
        reason=reason,
    )


def _status(
    verdict: Verdict, codes: CodeList, limits: Mapping[str, float], doubts: Mapping[str, str]
) -> tuple[CodingStatus, str]:
    if doubts:
        return "suggested", "; ".join(doubts.values())
    parent = "" if codes.codes[verdict.code].is_leaf else "the text says no more than the parent"
    if verdict.confidence < limits["accept"]:
        below = f"confidence {verdict.confidence:.2f}: a person must decide"
        return "suggested", f"{below}; {parent}" if parent else below
    return ("unspecified", parent) if parent else ("coded", "")


def _several(parts: Sequence[Verdict]) -> list[str]:
    """Return the codes of the parts when they lie in different divisions."""
    found = list(dict.fromkeys(part.code for part in parts if part.code))
    return found if len({code[:4] for code in found}) > 1 else []


def _with_parts(shares: tuple[Alternative, ...], several: Sequence[str]) -> tuple[Alternative, ...]:
    if not several:
        return shares
    known = {share.code: share.score for share in shares}
    wanted = [shares[0].code, *(code for code in several if code != shares[0].code)]
    rest = [share.code for share in shares if share.code not in wanted]
    return tuple(Alternative(code, known.get(code, 0.0)) for code in (*wanted, *rest)[:SHOWN])


def _evidence(verdict: Verdict, reading: Reading, equal: Mapping[str, str]) -> tuple[Evidence, ...]:
    found = [Evidence("text", reading.text[:80], f"{source} of {code}") for code, source in equal.items()]
    for match in verdict.matches[:3]:
        phrase = " ".join(reading.words[match.start : match.end])
        meant = match.rule.code or ", ".join(f"{name}={value}" for name, value in match.rule.sets.items())
        found.append(Evidence("rule", phrase, f"{match.rule.rule}: {meant or match.rule.status}"))
    wording, likeness = verdict.reviewed
    if likeness > 0.5:
        found.append(Evidence("neighbour", wording[:80], f"reviewed, likeness {likeness:.2f}"))
    wording, code, likeness = verdict.nearest
    if likeness > 0.3:
        found.append(Evidence("neighbour", wording[:80], f"wording of {code}, likeness {likeness:.2f}"))
    return tuple(found)

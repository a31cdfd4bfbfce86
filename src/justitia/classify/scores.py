"""Scores of every ICCS code for a batch of texts: rules, linear model and nearest wordings, added up with weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from justitia.classify.model import Linear, Model, Neighbours, divisions_of, vectors_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from justitia.classify.model_encoder import Encoder
    from justitia.classify.reviewed import Memory
    from justitia.classify.rules import Match, Rules
    from justitia.classify.text import Reading
    from justitia.metadata.definitions import CodeList


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores of a batch.

    Args:
        scores: by text and code.
        matches: rules that fit each text, the deciding one first.
        nearest: place of the nearest own wording of each text, -1 for none.
        likeness: to it (cosine).
        reviewed: nearest reviewed wording of each text, with its likeness; empty without reviewed tables.
    """

    scores: NDArray[np.float32]
    matches: list[list[Match]]
    nearest: NDArray[np.int64]
    likeness: NDArray[np.float32]
    reviewed: list[tuple[str, float]]


class Scorer:
    """Scores batches of texts.

    Args:
        model: what was learned from own material.
        codes: the classification.
        rules: of the catalogue, with the country's profile.
        memory: decisions.
        weights: of the parts, by name.
        residual_words: words that say "other".
        encoder: sentence encoder, None without.
    """

    def __init__(
        self,
        model: Model,
        codes: CodeList,
        rules: Rules,
        memory: Memory,
        weights: Mapping[str, float],
        residual_words: frozenset[str],
        encoder: Encoder | None = None,
    ) -> None:
        self.model = model
        self.weights = weights
        self.rules = rules
        self.memory = memory
        self.encoder = encoder
        self.places = {code: number for number, code in enumerate(model.codes)}
        self.vectors = vectors_of(model)
        self._linear = Linear(model)
        self._neighbours = Neighbours(model.examples, model.labels, len(model.codes))
        self._residual_words = residual_words
        self._residual = np.array([codes.codes[code].is_residual for code in model.codes], dtype=np.float32)
        self._families = _families(codes, self.places)
        self._bonus = np.eye(len(model.codes), dtype=np.float32)  # by code of a rule: what it gives to each code
        for place, code in enumerate(model.codes):
            for above in _ancestors(codes, code):
                self._bonus[self.places[above], place] = weights["rule_below"]
        self._division, self._by_division, self._division_starts = divisions_of(model.codes)

    def score(
        self,
        readings: Sequence[Reading],
        contexts: Sequence[Mapping[str, Reading]],
        national_codes: Sequence[str] = (),
    ) -> Scored:
        """Return the scores of texts with their contexts (by role) and national codes, in order."""
        weights = self.weights
        matrix = self.vectors.matrix([reading.words for reading in readings])
        scores, nearest, likeness = self._statistical(matrix)
        matches = self._matches(readings)
        reviewed: list[tuple[str, float]] = []
        scores += weights["rule"] * self._rule_bonus(matches)
        mute = np.array([not any(match.rule.code for match in found) for found in matches])
        if self.encoder is not None:
            scores += weights["encoder"] * self.encoder.scores([reading.text for reading in readings])
        for role in ("statute", "heading"):
            self._add_context(scores, contexts, role, mute)
        scores -= weights["residual"] * self._unsaid_residuals(readings)
        self._smooth(scores)
        found_near = self.memory.nearest(matrix)
        if found_near is not None:
            near, wordings = found_near
            scores += weights["reviewed"] * self._beyond(near, likeness, mute)
            if self.encoder is not None:
                alike = self.encoder.likeness([reading.text for reading in readings], *self.memory.decided_wordings)
                scores += weights["encoder_reviewed"] * alike
            reviewed = list(zip(wordings, near.max(axis=1).tolist(), strict=True))
        order = self.memory.order.prior(national_codes)
        if order is not None:
            scores += weights["order"] * order
        return Scored(scores, matches, nearest, likeness, reviewed)

    def _beyond(
        self, near: NDArray[np.float32], likeness: NDArray[np.float32], mute: NDArray[np.bool_]
    ) -> NDArray[np.float32]:
        """Return what decided wordings tell beyond our own: half alike, they must not outweigh an own one that fits.

        Args:
            near: likeness to the nearest decided wording (texts x codes).
            likeness: to the nearest own wording (texts).
            mute: whether no rule fits a text.
        """
        own = np.float32(self.weights["reviewed_own"]) * likeness
        counts = np.where(mute, np.float32(1), np.float32(self.weights["reviewed_ruled"]))
        return np.asarray(counts[:, None] * np.maximum(near - own[:, None], 0), dtype=np.float32)

    def _matches(self, readings: Sequence[Reading]) -> list[list[Match]]:
        return self.rules.match_all([reading.words for reading in readings], [reading.language for reading in readings])

    def _statistical(self, matrix: Any) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float32]]:
        """Return scores of vectors, the place of the nearest own wording and the likeness to it."""
        scores = self.weights["linear"] * self._linear.scores(matrix)
        scores -= self.weights["hub"] * self.model.hub
        near, nearest = self._neighbours.nearest(matrix)
        scores += self.weights["neighbour"] * near
        # What speaks for several codes of a division speaks for the division.
        shared = np.add.reduceat(np.maximum(scores[:, self._by_division], 0), self._division_starts, axis=1)
        scores += self.weights["division"] * shared[:, self._division]
        return scores, nearest, near.max(axis=1)

    def _add_context(
        self,
        scores: NDArray[np.float32],
        contexts: Sequence[Mapping[str, Reading]],
        role: str,
        mute: NDArray[np.bool_],
    ) -> None:
        """Add what the contexts tell; it counts for more where no rule fits the text itself (`mute`)."""
        told = [row for row, context in enumerate(contexts) if role in context and context[role].words]
        if told:
            readings = [contexts[row][role] for row in told]
            added = self._statistical(self.vectors.matrix([reading.words for reading in readings]))[0]
            if self.encoder is not None:
                added += self.weights["encoder"] * self.encoder.scores([reading.text for reading in readings])
            matches = self._matches(readings)
            added += self.weights["rule"] * self._rule_bonus(matches)
            weights = np.where(mute[told], self.weights["mute"], 1.0) * self.weights[role]
            scores[told] += weights[:, None].astype(np.float32) * added

    def _rule_bonus(self, matches: Sequence[Sequence[Match]]) -> NDArray[np.float32]:
        """Return what the rules give to each code: the first decides, others of further codes add a little."""
        total = np.zeros((len(matches), len(self.places)), dtype=np.float32)
        ranks: list[list[tuple[int, int]]] = []  # rows and codes of the rules that come first, second ...
        for row, found in enumerate(matches):
            named = (self.places[match.rule.code] for match in found if match.rule.code in self.places)
            for rank, place in enumerate(dict.fromkeys(named)):
                if rank == len(ranks):
                    ranks.append([])
                ranks[rank].append((row, place))
        for rank, held in enumerate(ranks):
            rows, places = np.array(held).T
            given = self._bonus[places] * np.float32(self.weights["further_rule"] if rank else 1)
            total[rows] = np.maximum(total[rows], given)
        return total

    def _unsaid_residuals(self, readings: Sequence[Reading]) -> NDArray[np.float32]:
        said = np.array([not self._residual_words.isdisjoint(reading.plain.split()) for reading in readings])
        return np.where(said[:, None], 0, self._residual[None, :]).astype(np.float32)

    def _smooth(self, scores: NDArray[np.float32]) -> None:
        """Let each code below lift its parent a little: signs spread over children speak for what they share."""
        for children, starts, parents in self._families:
            best = np.maximum.reduceat(scores[:, children], starts, axis=1)
            scores[:, parents] += self.weights["parent"] * np.maximum(best, 0)


def _ancestors(codes: CodeList, code: str) -> frozenset[str]:
    found = []
    while (code := codes.codes[code].parent) in codes.codes:
        found.append(code)
    return frozenset(found)


def _families(
    codes: CodeList, places: Mapping[str, int]
) -> list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]:
    """Return by level, deepest first: columns in order of their parents, where each family begins, and the parents."""
    made = []
    for level in range(max(code.level for code in codes.codes.values()), 1, -1):
        own = sorted((places[code.parent], places[code.code]) for code in codes.codes.values() if code.level == level)
        parents = np.array([parent for parent, _ in own])
        starts = np.flatnonzero(np.r_[True, parents[1:] != parents[:-1]])
        made.append((np.array([child for _, child in own]), starts, parents[starts]))
    return made

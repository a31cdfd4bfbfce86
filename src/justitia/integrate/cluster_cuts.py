"""Which links of one connected group hold, where not all can: strongest first, none against a contradiction.

Links are taken by falling weight. A link is made when the two sides hold no pair that must stay apart. Links of equal
weight are looked at together: where they cannot all hold, those at the members in conflict are not made, since only
chance could choose between them. So the result depends neither on the order of rows nor on ids.
The rule is that of constrained single linkage (I. Davidson and S. Ravi, Data Min. Knowl. Discov. 18 (2009) 257-282).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, product

Pair = tuple[int, int]
TIE = "tie"


def ordered(one: int, other: int) -> Pair:
    """Return two members as a pair, the smaller first."""
    return (one, other) if one < other else (other, one)


class Group:
    """The members of one connected group, and who must be kept apart.

    Args:
        members: numbers of the mentions.
        apart: pair -> why the two must not be one person.
        single: member -> dataset that knows each person once.
        joined: pairs that a human joins: they may be together whatever else is said of these two.
    """

    def __init__(
        self, members: Sequence[int], apart: Mapping[Pair, str], single: Mapping[int, str], joined: frozenset[Pair]
    ) -> None:
        self._of = {member: member for member in members}
        self._held = {member: [member] for member in members}
        self._apart = {pair: why for pair, why in apart.items() if pair not in joined}
        self._foes: dict[int, set[int]] = {member: set() for member in members}
        for one, other in self._apart:
            self._foes[one].add(other)
            self._foes[other].add(one)
        self._single, self._joined = single, joined

    def split(self, links: Sequence[tuple[int, int, float]]) -> list[tuple[int, int, float, str]]:
        """Make the links that hold, and return the others with the reason why each does not.

        Args:
            links: (member, member, weight).
        """
        cut = []
        for _, found in groupby(sorted(links, key=lambda link: -link[2]), key=lambda link: link[2]):
            level = list(found)
            why = self._take(level)
            cut += [(*link, why[ordered(link[0], link[1])]) for link in level if ordered(link[0], link[1]) in why]
        return cut

    def clusters(self) -> list[list[int]]:
        """Return the members of each person."""
        return [sorted(held) for held in self._held.values()]

    def _take(self, level: Sequence[tuple[int, int, float]]) -> dict[Pair, str]:
        """Make the links of one weight that hold together; return the others and why."""
        why: dict[Pair, str] = {}
        open_links: list[Pair] = []
        for one, other, _ in level:
            if self._of[one] == self._of[other]:
                continue  # joined by stronger links
            reason = self._conflict(self._of[one], self._of[other])
            if reason:
                why[ordered(one, other)] = reason
            else:
                open_links.append((one, other))
        for sides in self._connected(open_links):
            rivals = self._rivals(sides) if len(sides) > 2 else {}
            for one, other in open_links:
                ends = (self._of[one], self._of[other])
                if ends[0] in sides and (ends[0] in rivals or ends[1] in rivals):
                    why[ordered(one, other)] = TIE
                    self._keep_apart(one, other)
        for one, other in open_links:
            if ordered(one, other) not in why and self._of[one] != self._of[other]:
                self._merge(self._of[one], self._of[other])
        return why

    def _connected(self, links: Sequence[Pair]) -> Iterator[set[int]]:
        """Yield the sets of clusters that links of one weight would put together."""
        groups: dict[int, set[int]] = {}
        for one, other in links:
            both = groups.get(self._of[one], {self._of[one]}) | groups.get(self._of[other], {self._of[other]})
            for side in both:
                groups[side] = both
        yield from {min(found): found for found in groups.values()}.values()

    def _rivals(self, sides: set[int]) -> dict[int, str]:
        """Return the clusters among `sides` that must be apart from another of them."""
        found: dict[int, str] = {}
        listed = sorted(sides)
        for place, one in enumerate(listed):
            for other in listed[place + 1 :]:
                reason = self._conflict(one, other)
                if reason:
                    found[one] = found[other] = reason
        return found

    def _conflict(self, one: int, other: int) -> str:
        """Return why two clusters must not be one person; empty when they may."""
        small, large = sorted((self._held[one], self._held[other]), key=len)
        inside = self._of[large[0]]
        for member in small:
            for foe in self._foes[member]:
                if self._of[foe] == inside:
                    return self._apart[ordered(member, foe)]
        return self._twice(small, large)

    def _twice(self, small: Sequence[int], large: Sequence[int]) -> str:
        """Return `single:` and a dataset that would know the person twice; empty where none would."""
        known: dict[str, list[int]] = {}
        for member in large:
            if member in self._single:
                known.setdefault(self._single[member], []).append(member)
        for member in small:
            rivals = known.get(self._single.get(member, ""), ())
            if any(ordered(one, other) not in self._joined for one, other in product((member,), rivals)):
                return f"single:{self._single[member]}"
        return ""

    def _keep_apart(self, one: int, other: int) -> None:
        """Weaker links must not decide what stronger ones of equal weight could not."""
        self._apart[ordered(one, other)] = TIE
        self._foes[one].add(other)
        self._foes[other].add(one)

    def _merge(self, one: int, other: int) -> None:
        small, large = sorted((one, other), key=lambda side: (len(self._held[side]), side))
        for member in self._held[small]:
            self._of[member] = large
        self._held[large] += self._held.pop(small)

"""Where the states and bands of a flow stand: columns by the longest way from the entry, sizes by number of units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from justitia.model.case_flow import Link

SAMPLES = 16  # points along a band
GAP = 0.06  # between states of one column, as a share of the tallest column


@dataclass(slots=True)
class Node:
    """A state: column, upper end, size, and how much of it bands have taken at its left and right."""

    x: float
    y: float
    size: float
    taken_left: float = 0.0
    taken_right: float = 0.0


@dataclass(frozen=True, slots=True)
class Ribbon:
    """A band from (x1, y1) to (x2, y2), `size` thick."""

    source: str
    target: str
    x1: float
    y1: float
    x2: float
    y2: float
    size: float


def lay_out(links: Sequence[Link], order: Sequence[str]) -> tuple[dict[str, Node], list[Ribbon]]:
    """Return the states by name and the bands between them; redacted links are left out.

    Args:
        links: with protected counts.
        order: states in the flow's order.
    """
    drawn = [link for link in links if link.count and link.source in order and link.target in order]
    column = dict.fromkeys((name for link in drawn for name in (link.source, link.target)), 0)
    for _ in order:
        for link in drawn:
            if order.index(link.source) < order.index(link.target):
                column[link.target] = max(column[link.target], column[link.source] + 1)
    into = {name: sum(link.count or 0 for link in drawn if link.target == name) for name in column}
    out = {name: sum(link.count or 0 for link in drawn if link.source == name) for name in column}
    sizes = {name: max(into[name], out[name]) for name in column}
    tallest = max((sum(sizes[n] for n in column if column[n] == place) for place in set(column.values())), default=0)
    nodes: dict[str, Node] = {}
    for place in sorted(set(column.values())):
        y = 0.0
        for name in sorted((n for n in column if column[n] == place), key=order.index):
            nodes[name] = Node(float(place), y, sizes[name])
            y += sizes[name] + GAP * tallest
    last = order[-1]
    if last in nodes:  # what is open goes along the lower edge
        nodes[last].y = max(0.0, max(node.y + node.size for node in nodes.values()) - nodes[last].size)
    drawn.sort(key=lambda link: (order.index(link.target), -order.index(link.source)))
    return nodes, [_ribbon(link, nodes) for link in drawn]


def _ribbon(link: Link, nodes: dict[str, Node]) -> Ribbon:
    source, target, size = nodes[link.source], nodes[link.target], float(link.count or 0)
    made = Ribbon(
        link.source,
        link.target,
        source.x + 0.06,
        source.y + source.taken_right,
        target.x - 0.06,
        target.y + target.taken_left,
        size,
    )
    source.taken_right += size
    target.taken_left += size
    return made


def band_rows(ribbon: Ribbon) -> list[dict[str, float | str]]:
    """Return points along a band: upper and lower edge, easing from one state to the other."""
    rows: list[dict[str, float | str]] = []
    for step in range(SAMPLES + 1):
        share = step / SAMPLES
        eased = share * share * (3 - 2 * share)
        y = ribbon.y1 + (ribbon.y2 - ribbon.y1) * eased
        rows.append(
            {
                "x": ribbon.x1 + (ribbon.x2 - ribbon.x1) * share,
                "y": y,
                "y2": y + ribbon.size,
                "source": ribbon.source,
                "link": f"{ribbon.source}>{ribbon.target}",
            }
        )
    return rows

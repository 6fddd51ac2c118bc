"""The picture of one account as SVG: columns from the platform to the namespaces, edges numbered like their table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from leastway.export.picture import NodeKind, PictureNode
from leastway.export.review.markup import Markup, element
from leastway.export.review.review import ReviewedEdge

__all__ = ["MOST_EDGES", "picture"]

MOST_EDGES = 80
"""More edges are not drawn: nobody can follow them, and the table has them all."""
_COLUMNS = {
    NodeKind.PLATFORM: 0,
    NodeKind.USER: 1,
    NodeKind.ROLE: 2,
    NodeKind.POLICY: 3,
    NodeKind.CLUSTER: 3,
    NodeKind.NAMESPACE: 4,
}
_WIDTH, _HEIGHT, _GAP_X, _GAP_Y = 228, 44, 56, 16
_NOWHERE = float("inf")
_CHARACTERS = 28
"""Characters of a line of a label that fit into a box; the table and the tooltip have the whole text."""


def picture(edges: Sequence[ReviewedEdge], title: str) -> Markup:
    """Return the drawing of `edges`; edge N is row N of the table."""
    nodes = tuple(dict.fromkeys(node for one in edges for node in (one.edge.source, one.edge.target)))
    used = sorted({_COLUMNS[node.kind] for node in nodes})
    rows = _rows(nodes, edges)
    at = {node: (used.index(_COLUMNS[node.kind]) * (_WIDTH + _GAP_X), rows[node]) for node in nodes}
    width = len(used) * (_WIDTH + _GAP_X) - _GAP_X
    height = max(rows.values()) + _HEIGHT
    met: Counter[PictureNode] = Counter()
    lines = []
    for number, one in enumerate(edges, 1):
        lines.append(_edge(number, one, at[one.edge.source], at[one.edge.target], met[one.edge.target]))
        met[one.edge.target] += 1
    boxes = [_box(node, *at[node]) for node in nodes]
    view = f"-4 -4 {width + 8} {height + 8:g}"
    return element(
        "svg", element("title", title), *lines, *boxes, viewBox=view, width=str(width), role="img", aria_label=title
    )


def _rows(nodes: Sequence[PictureNode], edges: Sequence[ReviewedEdge]) -> dict[PictureNode, float]:
    """Return the top of each node: leaves one below the other, a node in the middle of what it leads to."""
    targets: dict[PictureNode, list[PictureNode]] = {node: [] for node in nodes}
    for one in edges:
        targets[one.edge.source].append(one.edge.target)
    step = _HEIGHT + _GAP_Y
    tops: dict[PictureNode, float] = {}
    lowest: dict[int, float] = {}
    order = {node: number for number, node in enumerate(nodes)}
    for column in range(4, -1, -1):
        here = [node for node in nodes if _COLUMNS[node.kind] == column]
        for node in sorted(here, key=lambda node: (_middle(node, targets, tops), order[node])):
            middle = _middle(node, targets, tops)
            tops[node] = max(lowest.get(column, 0.0), middle if middle != _NOWHERE else 0.0)
            lowest[column] = tops[node] + step
    return tops


def _middle(node: PictureNode, targets: dict[PictureNode, list[PictureNode]], tops: dict[PictureNode, float]) -> float:
    placed = [tops[target] for target in targets[node] if target in tops]
    return (min(placed) + max(placed)) / 2 if placed else _NOWHERE


def _edge(number: int, one: ReviewedEdge, start: tuple[float, float], end: tuple[float, float], before: int) -> Markup:
    """Return the line with its number; `before` is the number of lines that already end there."""
    x1, y1 = start[0] + _WIDTH, start[1] + _HEIGHT / 2
    x2, y2 = end[0], end[1] + _HEIGHT / 2
    bend = (x2 - x1) / 2 if x2 - x1 <= _GAP_X else _GAP_X / 2
    path = f"M{x1:g} {y1:g}C{x1 + bend:g} {y1:g} {x2 - bend:g} {y2:g} {x2:g} {y2:g}"
    line = element("path", d=path, class_="line")
    text = element(
        "text", f"{number}{one.state.symbol}", x=f"{x2 - 6:g}", y=f"{y2 - 5 + 19 * (before % 2):g}", text_anchor="end"
    )
    words = f"{one.edge.source.label}: {one.edge.label}, {one.edge.target.label}: {one.word}"
    return element("g", element("title", words), line, text, class_=one.state.value)


def _box(node: PictureNode, left: float, top: float) -> Markup:
    lines = _wrapped(node.label)
    shape = element(
        "rect", x=f"{left:g}", y=f"{top:g}", width=str(_WIDTH), height=str(_HEIGHT), rx="6", class_=node.kind.value
    )
    first = top + _HEIGHT / 2 + (5 if len(lines) == 1 else -3)
    texts = (element("text", text, x=f"{left + 10:g}", y=f"{first + 16 * at:g}") for at, text in enumerate(lines))
    return element("g", element("title", node.label), shape, *texts, class_="node")


def _wrapped(label: str) -> tuple[str, ...]:
    """Return the label in at most two lines, cut where a word begins if possible."""
    if len(label) <= _CHARACTERS:
        return (label,)
    cut = label.rfind(" ", 0, _CHARACTERS + 1)
    head, rest = (label[:cut], label[cut + 1 :]) if cut > 0 else (label[:_CHARACTERS], label[_CHARACTERS:])
    if len(rest) > _CHARACTERS:
        half = _CHARACTERS // 2
        rest = f"{rest[:half]}…{rest[-half + 1 :]}"
    return head, rest

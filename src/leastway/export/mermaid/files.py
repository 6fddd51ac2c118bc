"""`ACCOUNT.mmd` with the access in each account, and `overview.mmd` with all accounts and their counts.

Mermaid refuses charts with more than 500 edges or 50,000 characters (its options `maxEdges` and `maxTextSize`), and
people cannot read them long before that. A larger chart continues in `ACCOUNT-2.mmd`, `overview-2.mmd` and so on.

Labels contain names that others chose: everything in them that Mermaid or HTML could interpret is written as an entity
code, such as `#quot;` (Mermaid documentation, "Entity codes to escape characters").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from leastway.export.exporter import ExportRequest, NothingToExportError
from leastway.export.header import header
from leastway.export.picture import NodeKind, Picture, PictureNode, picture_of
from leastway.shown import shown

__all__ = ["Mermaid", "charts", "overview"]

_MOST_EDGES = 60
_SPECIAL = re.compile(r"[^A-Za-z0-9 ,.:/()_-]")
_LONGEST = 200
"""Characters of a label; no name in AWS or Kubernetes that a label contains is longer than 128, except ARNs."""
_SHAPES = {
    NodeKind.PLATFORM: '(["{}"])',
    NodeKind.USER: '["{}"]',
    NodeKind.ROLE: '["{}"]',
    NodeKind.POLICY: '[/"{}"/]',
    NodeKind.CLUSTER: '[["{}"]]',
    NodeKind.NAMESPACE: '("{}")',
}


class Mermaid:
    """Flowcharts, from left to right."""

    name = "mermaid"
    makes = "Mermaid flowcharts of who reaches what"

    def export(self, request: ExportRequest) -> Mapping[str, str]:
        """Return the charts of each account, and those of all accounts; NothingToExportError without any access."""
        files: dict[str, str] = {}
        pictures: list[Picture] = []
        for account, objects in request.by_account().items():
            picture = picture_of(account, request.profile, objects)
            if not picture.edges:
                continue
            pictures.append(picture)
            head = header(request, f"access of the platform in the account {account}", objects)
            files.update(charts(account, head, [(edge.source, edge.target, edge.label) for edge in picture.edges]))
        if not pictures:
            raise NothingToExportError("the grant gives no access", where=request.grant, fix="add a cluster or a role")
        files.update(overview(request, pictures))
        return files


def overview(
    request: ExportRequest, pictures: Sequence[Picture], signs: Mapping[str, str] | None = None
) -> Mapping[str, str]:
    """Return the charts of all accounts with their counts, and the sign of each account where it is given."""
    platform = PictureNode(NodeKind.PLATFORM, request.profile, request.profile)
    head = header(request, "accounts that the platform reaches", request.estate)
    lines = []
    for one in pictures:
        label = _counts(one) if signs is None else f"{_counts(one)}: {signs[one.account]}"
        lines.append((platform, PictureNode(NodeKind.CLUSTER, one.account, f"account {one.account}"), label))
    return charts("overview", head, lines)


def _counts(picture: Picture) -> str:
    kinds = (NodeKind.USER, NodeKind.ROLE, NodeKind.CLUSTER, NodeKind.NAMESPACE)
    counts = [(len(picture.nodes(kind)), kind.value) for kind in kinds]
    return ", ".join(f"{count} {word}{'s' if count > 1 else ''}" for count, word in counts if count)


def charts(name: str, head: Sequence[str], edges: Sequence[tuple[PictureNode, PictureNode, str]]) -> Mapping[str, str]:
    """Return one chart, or several with at most `_MOST_EDGES` edges each."""
    parts = [edges[at : at + _MOST_EDGES] for at in range(0, len(edges), _MOST_EDGES)]
    return {
        f"{name}.mmd" if number == 1 else f"{name}-{number}.mmd": "\n".join(
            [*(f"%% {line}" for line in head), "flowchart LR", *_lines(part)]
        )
        + "\n"
        for number, part in enumerate(parts, 1)
    }


def _lines(edges: Sequence[tuple[PictureNode, PictureNode, str]]) -> Iterator[str]:
    ids: dict[PictureNode, str] = {}
    for node in (node for source, target, _ in edges for node in (source, target)):
        if node not in ids:
            ids[node] = f"n{len(ids) + 1}"
            yield f"  {ids[node]}{_SHAPES[node.kind].format(_escaped(node.label))}"
    for source, target, label in edges:
        yield f'  {ids[source]} -->|"{_escaped(label)}"| {ids[target]}'


def _escaped(label: str) -> str:
    text = shown(label)
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST - 1]}…"
    return _SPECIAL.sub(lambda found: f"#{ord(found.group())};", text)

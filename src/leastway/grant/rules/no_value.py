"""Rule `no-value`: a field must have a value, because an empty one may have been forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.source import ScalarNode, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.grant.problem import Problem
    from leastway.grant.source import Tree

__all__ = ["check_no_value"]


def check_no_value(tree: Tree) -> Iterator[Problem]:
    """Yield each field and each list element without a value."""
    fix = "write the value, or delete the field"
    pending = [tree.root]
    while pending:
        node = pending.pop()
        named = [(f"`{name}`", value) for name, (_, value) in node.entries().items()]
        for name, value in [*named, *(("this element", item) for item in node.items())]:
            if isinstance(value, ScalarNode) and plain(value) is None:
                yield tree.problem("no-value", value, f"{name} has no value", fix)
            pending.append(value)

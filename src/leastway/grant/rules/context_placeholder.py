"""Rule `context-placeholder`: a placeholder that the platform does not know, or that is not closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.grant.source import quote
from leastway.registry import Placeholder, parse_placeholders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.grant.problem import Problem
    from leastway.grant.source import Tree

__all__ = ["check_context_placeholders"]


def check_context_placeholders(tree: Tree) -> Iterator[Problem]:
    """Yield each value with a placeholder that the platform could not resolve."""
    for node in tree.scalars():
        for part in parse_placeholders(node.text):
            if not isinstance(part, Placeholder):
                continue
            if not part.is_closed:
                message = f"{quote('${' + part.body)} is not closed"
                fix = "close it with }, or write $\\{ for the literal text"
                yield tree.problem("context-placeholder", node, message, fix)
            elif part.refers_to is None:
                message = f"unknown placeholder ${{{part.body}}}"
                fix = "use the context (${context.app.id}) or an output (${resources['dns#x'].outputs.host})"
                yield tree.problem("context-placeholder", node, message, fix)

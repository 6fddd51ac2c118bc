"""Rule `context-placeholder`: a placeholder that the platform does not know, or that is not closed.

Source: Humanitec's documentation, "Placeholders": a path with dots or `['x']`; `$\\{` is no placeholder; of the context
there are org, app, env, deploy and res.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leastway.grant.source import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.grant.problem import Problem
    from leastway.grant.yaml_node import Tree

__all__ = ["check_context_placeholders"]

_PLACE = re.compile(r"\$\{([^}]*)(\}?)")
_STEP = r"(?:\.[A-Za-z0-9_-]+|\['[^'\]]+'\])"
_KNOWN = re.compile(rf"context\.(?:org|app|env|deploy|res){_STEP}+|resources{_STEP}\.outputs{_STEP}+")


def check_context_placeholders(tree: Tree) -> Iterator[Problem]:
    """Yield each value with a placeholder that would not resolve."""
    for node in tree.scalars():
        for body, closing in _PLACE.findall(node.text):
            if not closing:
                message, fix = f"{quote('${' + body)} has no end", "write } after it, or $\\{ for the text itself"
                yield tree.problem("context-placeholder", node, message, fix)
            elif not _KNOWN.fullmatch(body):
                message = f"the platform knows no ${{{body}}}"
                fix = (
                    "write one of the context (${context.app.id}) or of a resource (${resources['dns#x'].outputs.host})"
                )
                yield tree.problem("context-placeholder", node, message, fix)

"""Rule `placeholder`: text that must be replaced with a value, such as `<<ROLE-NAME>>`, ACCOUNT_ID or example."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.grant.source import quote
from leastway.registry import is_placeholder_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.grant.problem import Problem
    from leastway.grant.source import Tree

__all__ = ["check_placeholders"]


def check_placeholders(tree: Tree, *, variables: bool = False) -> Iterator[Problem]:
    """Yield each value that is or contains a placeholder. In paths and sentences, only unmistakable ones count.

    With `variables`, `${...}` is not a placeholder: the platform replaces it.
    """
    for node in tree.scalars():
        if is_placeholder_text(node.text, variables=variables):
            message = f"{quote(node.text)} is placeholder text"
            yield tree.problem("placeholder", node, message, "replace it with the value")

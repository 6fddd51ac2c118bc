"""Rule `placeholder`: text that must be replaced with a value, such as `<<ROLE-NAME>>`, ACCOUNT_ID or example."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leastway.grant.source import quote
from leastway.registry import find_placeholder_text, is_placeholder_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.grant.problem import Problem
    from leastway.grant.source import Tree
    from leastway.source import ScalarNode

__all__ = ["check_placeholders"]


def check_placeholders(tree: Tree, *, variables: bool = False) -> Iterator[Problem]:
    """Yield each value that is or contains a placeholder. In paths and sentences, only unmistakable ones count.

    With `variables`, `${...}` is not a placeholder: the platform replaces it.
    """
    for node in tree.scalars():
        if _is_placeholder(node, variables=variables):
            message = f"{quote(node.text)} is placeholder text"
            yield tree.problem("placeholder", node, message, "replace it with the value")


def _is_placeholder(node: ScalarNode, *, variables: bool) -> bool:
    text = node.text
    if not text:
        return False
    if next(find_placeholder_text(text, variables=variables), None) is not None:
        return True
    is_name = re.search(r"\s", text) is None and ("/" not in text or text.startswith("arn:"))
    return is_name and any(is_placeholder_name(part) for part in re.split(r"[:/]", text))

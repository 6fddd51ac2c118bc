"""Rule `role-outside-prefix`: the platform may assume only roles whose ARN continues with its prefix after `role/`.

The path comes before the name: `/team/humanitec-x` is outside of `role/humanitec*`. IAM accepts `/humanitec/x`, but its
name alone does not show that the platform may assume it. Therefore both name and path must begin with the prefix, and
case matters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.grant.source import quote
from leastway.grant.values.role_name import is_iam_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.grant.problem import Problem
    from leastway.grant.reading import GrantReading
    from leastway.source import Node

__all__ = ["check_prefix"]


def check_prefix(reading: GrantReading) -> Iterator[Problem]:
    """Yield each role name and path that does not begin with the prefix of the profile."""
    if reading.profile is None:
        return
    prefix = reading.profile.role_prefix
    for role in reading.roles():
        name, path = role.get("name"), role.get("path")
        if name is not None and (text := name.string()) and is_iam_name(text) and not text.startswith(prefix):
            yield _name_problem(reading, name, text, prefix)
        if path is not None and (text := path.string()) and text.strip("/") and not text[1:].startswith(prefix):
            message = f"path {quote(text)} puts the role outside of {prefix}*, the only roles that the platform assumes"
            fix = f"remove the path, or begin it with /{prefix}"
            yield reading.tree.problem("role-outside-prefix", path, message, fix)


def _name_problem(reading: GrantReading, node: Node, text: str, prefix: str) -> Problem:
    if text.lower().startswith(prefix.lower()):
        message = f"{quote(text)} is outside of {prefix}*: the case of the prefix matters"
        fix = f"write {prefix}{text[len(prefix) :]}"
    else:
        message = f"{quote(text)} is outside of {prefix}*, the only roles that the platform assumes"
        fix = f"rename it to {prefix}-{text}"
    return reading.tree.problem("role-outside-prefix", node, message, fix)

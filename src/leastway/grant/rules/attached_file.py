"""Rules `missing-file`, `file-outside-folder`, `unreadable-file`, `policy-arn`: references to files and policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.grant.attachments import BrokenReference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.grant.problem import Problem
    from leastway.grant.reading import GrantReading
    from leastway.source import Node

__all__ = ["check_attached_files"]


def check_attached_files(reading: GrantReading) -> Iterator[Problem]:
    """Yield each reference that cannot be followed; problems within the files are in `reading.attachments`."""
    for role in reading.roles():
        for node in role.each("policies"):
            if name := node.string():
                yield from _refused(reading, node, reading.attachments.policy(name))
        for node in role.each("definitions"):
            if name := node.string():
                yield from _refused(reading, node, reading.attachments.definition(name))
    for cluster in reading.clusters():
        for access in cluster.each("access"):
            rules = access.get("rules")
            if rules is not None and (name := rules.string()):
                yield from _refused(reading, rules, reading.attachments.rules(name))


def _refused(reading: GrantReading, node: Node, found: object) -> Iterator[Problem]:
    if isinstance(found, BrokenReference):
        yield reading.tree.problem(found.rule, node, found.message, found.fix)

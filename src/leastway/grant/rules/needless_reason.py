"""Rule `needless-reason`: an `unsafe_reason` where nothing is dangerous.

It would be shown as dangerous on purpose, `verify` would not try whether it can widen itself, and a later change to
dangerous access would be accepted in silence. A reason beside an AWS managed policy is not judged: what that allows is
not in the grant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.grant.model import AwsManagedPolicy
from leastway.grant.rules.full_privileges import dangers_of_access, dangers_of_role
from leastway.grant.rules.platform import needs_reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.grant.problem import Problem
    from leastway.grant.reading import GrantReading
    from leastway.source import Node

__all__ = ["check_needless_reasons"]

_FIX = "remove it, and write one once something dangerous is needed"


def check_needless_reasons(reading: GrantReading) -> Iterator[Problem]:
    """Yield each reason that explains nothing, of a grant without other problems."""
    platform = reading.tree.root.get("platform")
    if platform is not None and not needs_reason(reading):
        yield from _needless(reading, platform, "this platform comes in with its own identity alone")
    for role in reading.roles():
        policies = [reading.attachments.policy(node.string() or "") for node in role.each("policies")]
        is_known = not any(isinstance(one, AwsManagedPolicy) for one in policies)
        if is_known and not any(dangers_of_role(reading, role)):
            yield from _needless(reading, role, "the policies of this role are not dangerous")
    for cluster in reading.clusters():
        for access in cluster.each("access"):
            if not any(dangers_of_access(reading, access)):
                yield from _needless(reading, access, "this access is not dangerous")


def _needless(reading: GrantReading, node: Node, why: str) -> Iterator[Problem]:
    reason = node.get("unsafe_reason")
    if reason is not None and reason.string():
        yield reading.tree.problem("needless-reason", reason, f"{why}, so the reason explains nothing", _FIX)

"""Rule `unsafe-reason`: the reason of a platform, an access or a role is a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.grant.values.unsafe_reason import FIX, TOO_SHORT, is_reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.grant.problem import Problem
    from leastway.grant.reading import GrantReading

__all__ = ["check_unsafe_reasons"]


def check_unsafe_reasons(reading: GrantReading) -> Iterator[Problem]:
    """Yield each reason that is too short to be one."""
    platform = reading.tree.root.get("platform")
    access = (one for cluster in reading.clusters() for one in cluster.each("access"))
    for node in (*([platform] if platform is not None else ()), *access, *reading.roles()):
        reason = node.get("unsafe_reason")
        text = reason.string() if reason is not None else None
        if reason is not None and text is not None and not is_reason(text):
            yield reading.tree.problem("unsafe-reason", reason, TOO_SHORT, FIX)

"""The states that an update goes through, so that no moment of it refuses what both ends allow.

An address list is widened before it is narrowed: while a platform moves from old addresses to new ones, and while
IAM's replicas disagree about which version of the policy is the current one, every address of both lists must pass.
"""

from __future__ import annotations

from dataclasses import replace

from leastway.estate import EstateObject, ManagedPolicy, Role, addresses_of, with_addresses
from leastway.policy import Document

__all__ = ["stages"]


def stages(live: EstateObject, wanted: EstateObject) -> tuple[EstateObject, ...]:
    """Return the objects to update to, one after the other; the last is `wanted`."""
    if isinstance(live, ManagedPolicy) and isinstance(wanted, ManagedPolicy):
        widened = _widened(live.document, wanted.document)
        return (replace(wanted, document=widened), wanted) if widened else (wanted,)
    if isinstance(live, Role) and isinstance(wanted, Role):
        between = _widened_role(live, wanted)
        return (between, wanted) if between != wanted else (wanted,)
    return (wanted,)


def _widened_role(live: Role, wanted: Role) -> Role:
    before = dict(live.inline)
    inline = tuple(
        (name, _widened(before[name], document) or document if name in before else document)
        for name, document in wanted.inline
    )
    return replace(wanted, inline=inline, trust=_widened(live.trust, wanted.trust) or wanted.trust)


def _widened(before: Document, after: Document) -> Document | None:
    """Return `after` with the addresses of both, or None where nothing is taken away while something is added."""
    old, new = addresses_of(before), addresses_of(after)
    if not old or not new or not (old - new) or not (new - old):
        return None
    return with_addresses(after, old | new)

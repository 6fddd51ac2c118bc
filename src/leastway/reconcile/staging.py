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
        widened = replace(wanted, document=_widened(addresses_of(live.document), wanted.document))
        return (widened, wanted) if widened != wanted else (wanted,)
    if isinstance(live, Role) and isinstance(wanted, Role):
        between = _widened_role(live, wanted)
        return (between, wanted) if between != wanted else (wanted,)
    return (wanted,)


def _widened_role(live: Role, wanted: Role) -> Role:
    """Return `wanted` with every list widened: by that of the policy of its name, else by those of policies that go."""
    before = {name: addresses_of(document) for name, document in live.inline}
    names = {name for name, _ in wanted.inline}
    going = frozenset[str]().union(*(addresses for name, addresses in before.items() if name not in names))
    inline = tuple((name, _widened(before.get(name, going), document)) for name, document in wanted.inline)
    return replace(wanted, inline=inline, trust=_widened(addresses_of(live.trust), wanted.trust))


def _widened(old: frozenset[str], after: Document) -> Document:
    """Return `after` with the `old` addresses too, where some of these go while others come."""
    new = addresses_of(after)
    if not old or not new or not (old - new) or not (new - old):
        return after
    return with_addresses(after, old | new)

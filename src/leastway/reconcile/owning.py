"""Whose an object is that carries no tag of its owner: what belongs to an owned principal is owned with it.

CloudFormation tags the users and roles of a stack, and no managed policy (CloudFormation User Guide, "Resource tags":
only resources with a property for tags; AWS::IAM::ManagedPolicy has none). Such a policy is known by its uses: it is
attached to, or the boundary of, a user or role that the tool owns. Keys, inline policies and associated access policies
are read with the user, role or entry that they are a part of; all else carries tags or labels of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from leastway.estate import Address, ManagedPolicy, Observed, Owner, Role, User, policies_of

__all__ = ["with_owners"]


def with_owners(objects: Mapping[Address, Observed], is_ours: Callable[[Observed], bool]) -> Mapping[Address, Observed]:
    """Return the objects, each policy of nobody that a tool's user or role uses with that tool as its owner.

    `is_ours` says whether an object carries our mark and it is believed: what was taken over is no tool's any more.
    """
    owned = [
        (observed.object, observed.owner)
        for observed in objects.values()
        if isinstance(observed.object, User | Role) and observed.owner is not None and not is_ours(observed)
    ]

    def owners(policy: ManagedPolicy, observed: Observed) -> Iterator[Owner]:
        for holder, owner in owned:
            if policy.arn in policies_of(holder):
                yield _by(owner, f"{holder.kind.value} {holder.name}")
        for use in observed.used_by:
            if use.owner is not None and use.mark is None:
                yield _by(use.owner, str(use))

    found = dict(objects)
    for address, observed in objects.items():
        if isinstance(observed.object, ManagedPolicy) and observed.owner is None and not is_ours(observed):
            found[address] = replace(observed, owner=next(owners(observed.object, observed), None))
    return found


def _by(owner: Owner, use: str) -> Owner:
    return Owner(owner.tool, owner.name, f"by its {use}")

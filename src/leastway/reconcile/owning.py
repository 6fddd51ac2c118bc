"""Whose an object is that carries no tag of its owner: what belongs to an owned principal is owned with it.

CloudFormation tags the users and roles of a stack, and no managed policy (CloudFormation User Guide, "Resource tags":
only resources with a property for tags; AWS::IAM::ManagedPolicy has none). Such a policy is known by its uses: it is
attached to, or the boundary of, a user or role that the tool owns. Keys, inline policies and associated access policies
are read with the user, role or entry that they are a part of; all else carries tags or labels of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from leastway.estate import Address, Observed, Owner

__all__ = ["with_owners"]


def with_owners(objects: Mapping[Address, Observed]) -> dict[Address, Observed]:
    """Return the objects, each of nobody's that a tool's user or role uses with that tool as its owner."""
    return {address: _owned(observed) for address, observed in objects.items()}


def _owned(observed: Observed) -> Observed:
    if observed.mark is not None or observed.owner is not None:
        return observed
    for use in observed.used_by:
        if use.owner is not None and use.mark is None:
            return replace(observed, owner=Owner(use.owner.tool, use.owner.name, sign=f"by its {use}"))
    return observed

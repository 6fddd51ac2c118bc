"""Other access of the platform in one cluster: bindings and aws-auth mappings that are not part of the grant.

The platform is searched by the names that RBAC may know it by, including those of its sessions, and in aws-auth by the
ARNs that `estate.named` lists. What `observe` already returned is left out. What cannot be read is reported and does
not stop the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from leastway.aws_auth import AwsAuth
from leastway.estate import Address, Kind, Place, Sighting, Watch, Way, Weight, sessions_of, weight_of
from leastway.kube.connection import Json
from leastway.kube.marks import mark_of
from leastway.kube.rbac_form import Collection, subjects_of

__all__ = ["bindings", "mappings"]


def bindings(
    place: Place, watch: Watch, lists: Iterable[tuple[Collection, Iterable[Json]]], seen: Set[Address]
) -> Iterator[Sighting]:
    """Yield the bindings that give the platform access."""
    sessions = tuple(f"User/{start}" for one in watch.principals if (start := sessions_of(one)))
    for collection, items in lists:
        for live in items:
            whom = sorted(
                subject
                for subject in subjects_of(live)
                if subject in watch.subjects or (sessions and subject.startswith(sessions))
            )
            address = collection.address(place, live)
            if whom and address not in seen:
                yield _binding(place, collection, live, address, whom)


def _binding(place: Place, collection: Collection, live: Json, address: Address, whom: list[str]) -> Sighting:
    role, namespace = live["roleRef"], live["metadata"].get("namespace")
    where = f"in {namespace}" if namespace else "in the whole cluster"
    text = f"it gives {', '.join(whom)} the {role['kind']} {role['name']} {where}"
    name = f"{collection.resource.kind} {address.name}"
    if mark := mark_of(live["metadata"].get("labels") or {}):
        text = f"{text}, and it carries the mark of grant {mark.grant!r}"
    fix = "remove it where it is managed, or add it to the grant"
    return Sighting(place, Way.RBAC_BINDING, name, text, fix=fix)


def mappings(place: Place, watch: Watch, read: AwsAuth, seen: Set[Address]) -> Iterator[Sighting]:
    """Yield the mappings that admit a watched principal, and the parts of aws-auth that may admit anyone."""
    for obstacle in (read.obstacle(""), read.account_obstacle("")):
        if obstacle is not None:
            fix = "fix it by hand: what it maps is uncertain, including node roles"
            name, text = f"aws-auth {obstacle.section}", f"not checked: {obstacle}"
            yield Sighting(place, Way.AWS_AUTH_MAPPING, name, text, Weight.UNKNOWN, fix)
    for entry in (one for section in read.sections for one in section.entries or ()):
        address = Address(place, Kind.AWS_AUTH_MAPPING, entry.arn.lower())
        weight = weight_of(watch, entry.arn, place.account)
        if address not in seen and weight is not None:
            groups = ", ".join(sorted(entry.groups)) or "no group"
            text = f"kube-system/aws-auth maps it to the user {entry.username or 'of its ARN'} in {groups}"
            yield Sighting(place, Way.AWS_AUTH_MAPPING, entry.arn, text, weight, _UNMAP)
    theirs = watch.outsider.split(":")[4]
    for account in sorted({place.account, theirs} & (read.accounts or frozenset())):
        weight = Weight.DIFFERS if account == theirs else Weight.REMARK
        text = "mapAccounts of kube-system/aws-auth admits every principal of this account, by ARN and in no group"
        yield Sighting(place, Way.AWS_AUTH_MAPPING, f"account {account}", text, weight, _UNMAP)


_UNMAP = "remove it from kube-system/aws-auth, or add it to the grant"

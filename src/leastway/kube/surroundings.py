"""What one cluster's Kubernetes holds beside the grant's objects: other bindings of the platform, other mappings.

The platform is looked for by the names that RBAC may know it by, its sessions' among them, and aws-auth by the ARNs
that `estate.named` says. What `observe` showed already is left out. What may not be read is said, and stops nothing.
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
    """Yield the bindings that give the platform something."""
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
        text = f"{text}, and it carries the mark of the grant {mark.grant!r}"
    fix = "remove it where it is managed, or let the grant ask for it"
    return Sighting(place, Way.RBAC_BINDING, name, text, fix=fix)


def mappings(place: Place, watch: Watch, read: AwsAuth, seen: Set[Address]) -> Iterator[Sighting]:
    """Yield the mappings that let somebody in who is looked for, and what of the map may let in anybody."""
    for obstacle in (read.obstacle(""), read.account_obstacle("")):
        if obstacle is not None:
            fix = "mend it by hand: what it maps is not certain, node roles included"
            name, text = f"aws-auth {obstacle.section}", f"not looked at: {obstacle}"
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
        text = "mapAccounts of kube-system/aws-auth lets in everybody of it, by their ARNs and in no group"
        yield Sighting(place, Way.AWS_AUTH_MAPPING, f"account {account}", text, weight, _UNMAP)


_UNMAP = "remove it from kube-system/aws-auth, or let the grant ask for it"

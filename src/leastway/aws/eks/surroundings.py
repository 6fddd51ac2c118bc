"""Other access through EKS: access entries, other clusters, and pod identity associations outside the grant.

A cluster without access entries (CONFIG_MAP) cannot have other entries. The Kubernetes objects of other clusters are
not checked. Sources: Amazon EKS API Reference, ListAccessEntries, ListPodIdentityAssociations (which omits the role, so
each association is described).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, Any

from leastway.aws.eks.paging import every
from leastway.aws.errors import GONE, aws_errors, code_of
from leastway.aws.observing import find_sightings
from leastway.errors import LeastwayError
from leastway.estate import AccessEntry, AccessPolicy, Place, Sighting, Watch, Way, Weight, weight_of
from leastway.ports import unknown_sighting

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient

__all__ = ["elsewhere", "entry_sighting", "pod_identities"]

_NO_ENTRIES = "InvalidRequestException"
"""EKS's errors for calls on access entries if the cluster's mode has none."""


def entry_sighting(entry: AccessEntry, policies: Iterable[AccessPolicy], weight: Weight) -> Sighting:
    """Return the sighting for an access entry that is not part of the grant."""
    given = [*(_policy(one) for one in policies), *(f"the group {group}" for group in sorted(entry.groups))]
    text = f"its access entry gives it access to the cluster with {', '.join(given) or 'no permissions yet'}"
    fix = "remove the entry where it is managed, or add it to the grant"
    return Sighting(entry.place, Way.ACCESS_ENTRY, entry.principal, text, weight, fix)


def pod_identities(eks: EKSClient, place: Place, watch: Watch) -> list[Sighting]:
    """Return the associations that give a role of the grant to a service account of the cluster."""

    def look() -> Iterator[Sighting]:
        listed = every(eks, "list_pod_identity_associations", "associations", clusterName=place.cluster)
        for one in listed:
            found = _association(eks, place, one["associationId"])
            for role in sorted({found.get("roleArn") or "", found.get("targetRoleArn") or ""}):
                if weight := weight_of(watch, role, place.account):
                    name = f"{one['namespace']}/{one['serviceAccount']}"
                    text = f"service account {name} can use {role}"
                    fix = f"aws eks delete-pod-identity-association --association-id {one['associationId']}"
                    fix = f"{fix} --cluster-name {place.cluster} --region {place.region}"
                    yield Sighting(place, Way.POD_IDENTITY, name, text, weight, fix)

    return find_sightings(place, Way.POD_IDENTITY, place.cluster, look)


def _association(eks: EKSClient, place: Place, identity: str) -> Any:
    try:
        answer = eks.describe_pod_identity_association(clusterName=place.cluster, associationId=identity)
    except eks.exceptions.ResourceNotFoundException:  # deleted a moment ago
        return {}
    return answer["association"]


def elsewhere(eks: EKSClient, region: Place, watch: Watch, turn: AbstractContextManager[Any]) -> list[Sighting]:
    """Find access entries on the region's clusters that the grant does not name.

    `region` is a place without a cluster. Sightings belong to the account, because these clusters are not in the grant.
    """
    account = Place(region.account)
    try:
        with turn, aws_errors(str(region)):
            names = sorted(every(eks, "list_clusters", "clusters"))
    except LeastwayError as error:
        return [unknown_sighting(account, Way.CLUSTER, f"the other clusters in {region.region}", error)]
    found: list[Sighting] = []
    for name in names:
        place = region._replace(cluster=name)
        if place not in watch.clusters:
            with turn:
                found += find_sightings(account, Way.CLUSTER, str(place), partial(_entries, eks, place, watch))
    return found


def _entries(eks: EKSClient, place: Place, watch: Watch) -> list[Sighting]:
    try:
        principals = list(every(eks, "list_access_entries", "accessEntries", clusterName=place.cluster))
    except eks.exceptions.ClientError as error:
        if code_of(error) == _NO_ENTRIES or code_of(error) in GONE:
            return []
        raise
    fix = f"aws eks describe-access-entry --cluster-name {place.cluster} --region {place.region} --principal-arn"
    return [
        Sighting(
            Place(place.account),
            Way.ACCESS_ENTRY,
            principal,
            f"an access entry gives it access to cluster {place}, which the grant does not name",
            weight,
            fix=f"remove it, or add the cluster to the grant; to see it: {fix} {principal}",
        )
        for principal in principals
        if (weight := weight_of(watch, principal, place.account)) is not None
    ]


def _policy(one: AccessPolicy) -> str:
    name = one.policy.rpartition("/")[2]
    return f"{name} in {', '.join(sorted(one.namespaces))}" if one.namespaces else f"{name} in the whole cluster"

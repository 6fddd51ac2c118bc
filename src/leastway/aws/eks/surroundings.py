"""What EKS holds beside the grant's objects: other access entries, other clusters, pod identity associations.

A cluster without access entries (CONFIG_MAP) cannot have any; what is in the Kubernetes of other clusters is not seen.
Sources: Amazon EKS API Reference, ListAccessEntries, ListPodIdentityAssociations (which does not name the role, so that
each association is asked for it).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, Any

from leastway.aws.eks.paging import every
from leastway.aws.errors import GONE, aws_errors, code_of
from leastway.aws.observing import looked
from leastway.errors import LeastwayError
from leastway.estate import AccessEntry, AccessPolicy, Place, Sighting, Watch, Way, Weight, weight_of
from leastway.ports import not_looked_at

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient

__all__ = ["elsewhere", "entry_sighting", "pod_identities"]

_NO_ENTRIES = "InvalidRequestException"
"""What EKS answers about access entries where the cluster's mode has none."""


def entry_sighting(entry: AccessEntry, policies: Iterable[AccessPolicy], weight: Weight) -> Sighting:
    """Return what an access entry beside the grant comes to."""
    given = [*(_policy(one) for one in policies), *(f"the group {group}" for group in sorted(entry.groups))]
    text = f"its access entry lets it into the cluster with {', '.join(given) or 'nothing yet'}"
    fix = "remove the entry where it is managed, or let the grant ask for it"
    return Sighting(entry.place, Way.ACCESS_ENTRY, entry.principal, text, weight, fix)


def pod_identities(eks: EKSClient, place: Place, watch: Watch) -> list[Sighting]:
    """Return the associations that hand a role of the grant to a service account of the cluster."""

    def look() -> Iterator[Sighting]:
        listed = every(eks, "list_pod_identity_associations", "associations", clusterName=place.cluster)
        for one in listed:
            found = _association(eks, place, one["associationId"])
            for role in sorted({found.get("roleArn") or "", found.get("targetRoleArn") or ""}):
                if weight := weight_of(watch, role, place.account):
                    name = f"{one['namespace']}/{one['serviceAccount']}"
                    text = f"the service account {name} is given {role}"
                    fix = f"aws eks delete-pod-identity-association --association-id {one['associationId']}"
                    fix = f"{fix} --cluster-name {place.cluster} --region {place.region}"
                    yield Sighting(place, Way.POD_IDENTITY, name, text, weight, fix)

    return looked(place, Way.POD_IDENTITY, place.cluster, look)


def _association(eks: EKSClient, place: Place, identity: str) -> Any:
    try:
        answer = eks.describe_pod_identity_association(clusterName=place.cluster, associationId=identity)
    except eks.exceptions.ResourceNotFoundException:  # removed a moment ago
        return {}
    return answer["association"]


def elsewhere(eks: EKSClient, region: Place, watch: Watch, turn: AbstractContextManager[Any]) -> list[Sighting]:
    """Look at the access entries of the region's clusters that the grant does not name.

    `region` is a place without a cluster. What is seen is told of the account: these clusters are not the grant's.
    """
    account = Place(region.account)
    try:
        with turn, aws_errors(str(region)):
            names = sorted(every(eks, "list_clusters", "clusters"))
    except LeastwayError as error:
        return [not_looked_at(account, Way.CLUSTER, f"the other clusters in {region.region}", error)]
    found: list[Sighting] = []
    for name in names:
        place = region._replace(cluster=name)
        if place not in watch.clusters:
            with turn:
                found += looked(account, Way.CLUSTER, str(place), partial(_entries, eks, place, watch))
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
            f"an access entry lets it into the cluster {place}, which the grant does not name",
            weight,
            fix=f"remove it, or let the grant name the cluster; {fix} {principal} shows it",
        )
        for principal in principals
        if (weight := weight_of(watch, principal, place.account)) is not None
    ]


def _policy(one: AccessPolicy) -> str:
    name = one.policy.rpartition("/")[2]
    return f"{name} in {', '.join(sorted(one.namespaces))}" if one.namespaces else f"{name} in the whole cluster"

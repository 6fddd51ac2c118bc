"""Discovery: the facts that EKS reports about a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from leastway.aws.eks.paging import every
from leastway.aws.errors import GONE, aws_errors, check_named, code_of, unreadable
from leastway.errors import LeastwayError
from leastway.estate import AuthMode, ClusterFacts, Place, Unreadable

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient

__all__ = ["NoClusterError", "cluster_facts", "describe_cluster", "discover_cluster"]

_ACTIVE = "ACTIVE"
_NO_ENTRIES = frozenset({"InvalidRequestException", "InvalidParameterException"})
"""EKS's errors for calls on access entries if the cluster's mode has none."""


class NoClusterError(LeastwayError):
    """EKS reports that the cluster does not exist."""


def discover_cluster(eks: EKSClient, place: Place) -> ClusterFacts | Unreadable:
    """Return the cluster's facts; a cluster that is missing, hidden or not ACTIVE is unreadable, with the reason."""
    try:
        facts = cluster_facts(eks, place)
    except LeastwayError as error:
        return Unreadable(place, error.what, error.fix or "", absent=isinstance(error, NoClusterError))
    if facts.status != _ACTIVE:
        reason = f"the cluster is {facts.status}, not {_ACTIVE}"
        return Unreadable(place, reason, "wait until it is ACTIVE, then run the same command again")
    return facts


def cluster_facts(eks: EKSClient, place: Place) -> ClusterFacts:
    """Return the cluster's facts; a cluster that is still being created has no endpoint or certificate yet."""
    cluster = describe_cluster(eks, place)
    with aws_errors(str(place)):
        nodegroups = tuple(every(eks, "list_nodegroups", "nodegroups", clusterName=place.cluster))
        if cluster["status"] == _ACTIVE and not cluster.get("accessConfig"):
            _check_no_entries(eks, place)
    return ClusterFacts(
        place=place,
        arn=cluster["arn"],
        status=cluster["status"],
        mode=mode_of(cluster),
        endpoint=cluster.get("endpoint", ""),
        certificate_authority=cluster.get("certificateAuthority", {}).get("data", ""),
        nodegroups=nodegroups,
        tags=tuple(sorted(cluster.get("tags", {}).items())),
    )


def describe_cluster(eks: EKSClient, place: Place) -> Any:
    """Return the cluster from DescribeCluster. NoClusterError if it does not exist."""
    with aws_errors(str(place)):
        try:
            cluster = eks.describe_cluster(name=place.cluster)["cluster"]
            check_named(place.cluster, cluster["name"])
            return cluster
        except ClientError as error:
            if code_of(error) not in GONE:
                raise
            raise NoClusterError(
                f"cluster {place.cluster} does not exist in {place.region}",
                where=str(place),
                fix="correct its name or region in the grant, or remove it from the grant",
            ) from error


def _check_no_entries(eks: EKSClient, place: Place) -> None:
    """Refuse a cluster with access entries but no authentication mode: its entries would not be checked."""
    try:
        eks.list_access_entries(clusterName=place.cluster)
    except ClientError as error:
        if code_of(error) not in _NO_ENTRIES:
            raise
    else:
        raise unreadable("the cluster has access entries, but the response has no authentication mode")


def mode_of(cluster: Any) -> AuthMode:
    """Return the authentication mode; clusters older than access entries may have none, which means CONFIG_MAP."""
    named = cluster.get("accessConfig", {}).get("authenticationMode", AuthMode.CONFIG_MAP.value)
    try:
        return AuthMode(named)
    except ValueError:
        raise LeastwayError(
            f"this version of leastway does not know the cluster's authentication mode {named!r}",
            where=str(cluster.get("arn", "")),
            fix="upgrade leastway",
        ) from None

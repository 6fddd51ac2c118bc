"""Discovery of clusters, against botocore's stub, because the embedded AWS's clusters are always ACTIVE."""

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from leastway.aws.eks.discovery import discover_cluster
from leastway.estate import AuthMode, ClusterFacts, Place, Unreadable

PLACE = Place("111122223333", "eu-central-1", "prod")
CLUSTER = {
    "name": "prod",
    "arn": "arn:aws:eks:eu-central-1:111122223333:cluster/prod",
    "status": "ACTIVE",
    "endpoint": "https://example.eks.amazonaws.com",
    "certificateAuthority": {"data": "LS0t"},
    "tags": {"b": "2", "a": "1"},
    "accessConfig": {"authenticationMode": "API"},
}


def discover(cluster: dict[str, Any], entries: str | None = None) -> ClusterFacts | Unreadable:
    """Return a cluster's facts; `entries` is the error code of ListAccessEntries, empty if it succeeds."""
    eks = boto3.client("eks", region_name=PLACE.region, aws_access_key_id="a", aws_secret_access_key="b")
    with Stubber(eks) as stub:
        stub.add_response("describe_cluster", {"cluster": cluster}, {"name": "prod"})
        stub.add_response("list_nodegroups", {"nodegroups": ["one"], "nextToken": "t"}, {"clusterName": "prod"})
        stub.add_response("list_nodegroups", {"nodegroups": ["two"]}, {"clusterName": "prod", "nextToken": "t"})
        if entries:
            stub.add_client_error("list_access_entries", entries)
        elif entries is not None:
            stub.add_response("list_access_entries", {"accessEntries": []}, {"clusterName": "prod"})
        return discover_cluster(eks, PLACE)


def test_all_facts_of_a_cluster_are_read() -> None:
    assert discover(CLUSTER) == ClusterFacts(
        PLACE,
        CLUSTER["arn"],  # type: ignore[arg-type]
        "ACTIVE",
        AuthMode.API,
        "https://example.eks.amazonaws.com",
        "LS0t",
        ("one", "two"),
        (("a", "1"), ("b", "2")),
    )


WITHOUT_MODE = {name: value for name, value in CLUSTER.items() if name != "accessConfig"}


def test_a_cluster_older_than_access_entries_is_in_config_map_mode() -> None:
    found = discover(WITHOUT_MODE, entries="InvalidRequestException")
    assert isinstance(found, ClusterFacts)
    assert found.mode is AuthMode.CONFIG_MAP


@pytest.mark.parametrize("entries", ["", "AccessDeniedException"])
def test_a_cluster_without_a_mode_that_may_have_access_entries_is_unreadable(entries: str) -> None:
    found = discover(WITHOUT_MODE, entries=entries)
    assert isinstance(found, Unreadable)
    assert found.reason
    assert not found.absent


@pytest.mark.parametrize("status", ["CREATING", "DELETING", "FAILED", "UPDATING", "PENDING"])
def test_a_cluster_that_is_not_active_is_unreadable(status: str) -> None:
    cluster = {"name": "prod", "arn": CLUSTER["arn"], "status": status}  # a new cluster has no endpoint yet
    found = discover(cluster)
    assert found == Unreadable(
        PLACE, f"the cluster is {status}, not ACTIVE", "wait until it is ACTIVE, then run the same command again"
    )

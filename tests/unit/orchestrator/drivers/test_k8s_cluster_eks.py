"""Clusters of EKS: who signs, what is checked, what is an output, and how the cluster is reached."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from leastway.errors import InvalidInputError, LeastwayError
from leastway.orchestrator.drivers import ClusterSigner, Node, connect_cluster, provision
from leastway.ports import SessionKeys
from leastway.primitives import Secret
from tests.unit.orchestrator.drivers.world import CLUSTER, MemoryClusters, means, node

EKS = "humanitec/k8s-cluster-eks"
PROD = ClusterSigner("some", "prod")
PLACE = {"name": "blue", "region": "eu-central-1"}
KEY_ID, KEY = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
CREDENTIALS = {"aws_access_key_id": Secret(KEY_ID), "aws_secret_access_key": Secret(KEY)}


def cluster_node(**changes: Any) -> Node:
    return node(EKS, "k8s-cluster", **{"values": PLACE, "account": "prod", **changes})


def test_the_outputs_are_what_eks_says_and_no_credential() -> None:
    clusters = MemoryClusters()
    values = {**PLACE, "loadbalancer": "lb.example.org", "loadbalancer_hosted_zone": "Z1"}
    found = provision(cluster_node(values=values), means(clusters))
    assert found.values == {
        "name": "blue",
        "region": "eu-central-1",
        "cluster_type": "eks",
        "endpoint": CLUSTER.endpoint,
        "certificate_authority": CLUSTER.authority,
        "loadbalancer": "lb.example.org",
        "loadbalancer_hosted_zone": "Z1",
    }
    assert (found.secrets, found.warnings, found.is_live) == ({}, (), True)
    assert clusters.asked == [("describe", PROD, "eu-central-1", "blue")]


@pytest.mark.parametrize("form", ["object", "text"])
def test_inline_credentials_work_and_warn(form: str) -> None:
    clusters = MemoryClusters()
    revealed = {name: one.reveal() for name, one in CREDENTIALS.items()}
    given: Any = CREDENTIALS if form == "object" else Secret(json.dumps(revealed))
    one = cluster_node(account=None, secrets={"credentials": given})
    found = provision(one, means(clusters))
    signer = ClusterSigner("some", SessionKeys(KEY_ID, Secret(KEY)))
    assert clusters.asked == [("describe", signer, "eu-central-1", "blue")]
    assert "long-term key" in found.warnings[0]
    assert KEY not in repr(found)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"account": None}, "driver_account"),
        ({"secrets": {"credentials": CREDENTIALS}}, "driver_inputs.secrets.credentials"),
        ({"account": None, "secrets": {"credentials": Secret("nonsense")}}, "driver_inputs.secrets.credentials"),
        (
            {"account": None, "secrets": {"credentials": {"aws_access_key_id": Secret(KEY_ID)}}},
            "driver_inputs.secrets.credentials.aws_secret_access_key",
        ),
        (
            {"account": None, "secrets": {"credentials": {**CREDENTIALS, "aws_access_key_id": Secret("x y")}}},
            "driver_inputs.secrets.credentials.aws_access_key_id",
        ),
        ({"values": {"region": "eu-central-1"}}, "driver_inputs.values.name"),
        ({"values": {"name": "blue"}}, "driver_inputs.values.region"),
        ({"values": {**PLACE, "name": 5}}, "driver_inputs.values.name"),
        ({"values": {**PLACE, "loadbalancer": []}}, "driver_inputs.values.loadbalancer"),
        ({"values": {**PLACE, "proxy_url": 5}}, "driver_inputs.values.proxy_url"),
        ({"values": {**PLACE, "proxy_url": "http://p"}, "secrets": {"agent_url": Secret("http://a")}}, "driver_inputs"),
    ],
)
def test_inputs_are_refused_before_anything_is_asked(changes: Any, where: str) -> None:
    clusters = MemoryClusters()
    with pytest.raises(InvalidInputError) as caught:
        provision(cluster_node(**changes), means(clusters))
    assert (caught.value.where or "").endswith(f": {where}")
    assert KEY not in str(caught.value)
    assert clusters.asked == []


def test_a_proxy_that_is_none_is_refused_without_its_password() -> None:
    one = cluster_node(secrets={"agent_url": Secret("socks5://u:planted@h:1")})
    with pytest.raises(LeastwayError) as caught:
        provision(one, means())
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize("status", ["CREATING", "UPDATING", "DELETING", "FAILED", "PENDING", ""])
def test_a_cluster_that_is_not_active_is_refused(status: str) -> None:
    clusters = MemoryClusters(replace(CLUSTER, status=status))
    with pytest.raises(LeastwayError, match=f"the cluster blue is {status or 'in no known state'}, not ACTIVE"):
        provision(cluster_node(), means(clusters))


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "http://h",
        "https://",
        "https://u:p@h",
        "https://h/path",
        "https://h?x=1",
        "https://h:99999999",
        "https://[h",
    ],
)
def test_an_endpoint_that_cannot_be_one_is_refused(endpoint: str) -> None:
    clusters = MemoryClusters(replace(CLUSTER, endpoint=endpoint))
    with pytest.raises(LeastwayError, match="the cluster's endpoint is not an https address"):
        provision(cluster_node(), means(clusters))


def test_a_cluster_without_a_ca_is_refused() -> None:
    with pytest.raises(LeastwayError, match="no certificate authority"):
        provision(cluster_node(), means(MemoryClusters(replace(CLUSTER, authority=""))))


def test_a_connection_signs_nothing_before_its_first_request() -> None:
    clusters = MemoryClusters()
    one = cluster_node(secrets={"agent_url": Secret("http://acme_blue:pass@127.0.0.1:1")})
    found = provision(one, means(clusters))
    connection = connect_cluster(one, found, means(clusters))
    try:
        assert clusters.asked == [("describe", PROD, "eu-central-1", "blue")]
        with pytest.raises(LeastwayError):
            connection.request("GET", "/version")
        assert clusters.asked[1:] == [("token", PROD, "eu-central-1", "blue")]
    finally:
        connection.close()


def test_a_cluster_of_another_driver_is_not_reached() -> None:
    one = node("humanitec/echo", "k8s-cluster", values={"name": "blue"})
    with pytest.raises(InvalidInputError, match="do not reach clusters of the driver humanitec/echo"):
        connect_cluster(one, provision(one, means()), means())

"""Which driver provisions a node, and what it gives."""

from __future__ import annotations

from typing import Any

import pytest

from leastway.errors import InvalidInputError, LeastwayError
from leastway.orchestrator.drivers import check_driver, node_of, provision
from leastway.primitives import Secret
from leastway.registry import Criterion, ResourceKey
from leastway.resolve import DeploymentContext, Outputs, RequestedResource, ResolvableDefinition, resolve
from tests.unit.orchestrator.drivers.world import means, node

CONTEXT = DeploymentContext(organization="acme", application="shop", environment="dev", environment_type="development")


def definition(**given: Any) -> ResolvableDefinition:
    return ResolvableDefinition(**{"id": "some", "version": "1", "criteria": {"1": Criterion()}, **given})


@pytest.mark.parametrize(
    "driver",
    ["humanitec/k8s-cluster-gke", "humanitec/k8s-cluster-aks", "humanitec/k8s-cluster", "humanitec/s3", "acme/own", ""],
)
def test_an_unknown_driver_is_refused_by_its_name(driver: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        provision(node(driver), means())
    assert caught.value.what.startswith(f"the driver {driver} is not served")
    assert "humanitec/k8s-cluster-eks" in (caught.value.fix or "")
    assert ("EKS" in caught.value.what) is driver.startswith("humanitec/k8s-cluster")


def test_terraform_passes_the_check_of_drivers() -> None:
    check_driver("humanitec/terraform", "s3#bucket")


def test_echo_gives_what_it_gets_with_secrets_apart() -> None:
    values = {
        "host": "h",
        "url": Secret("http://u:p@h"),
        "deep": {"a": 1, "b": Secret("s")},
        "list": ["x", Secret("y")],
    }
    found = provision(node("humanitec/echo", values=values, secrets={"deep": {"c": Secret("t")}, "port": 5}), means())
    assert found.values == {"host": "h", "deep": {"a": 1}}
    assert found.secrets == {
        "url": Secret("http://u:p@h"),
        "deep": {"b": Secret("s"), "c": Secret("t")},
        "list": [Secret("x"), Secret("y")],
        "port": Secret("5"),
    }
    assert not found.is_live


@pytest.mark.parametrize(
    ("values", "secrets", "path"),
    [
        ({"a": 1}, {"a": Secret("x")}, "a"),
        ({"a": {"b": 1}}, {"a": {"b": Secret("x")}}, "a.b"),
        ({"a": {"b": 1}}, {"a": Secret("x")}, "a"),
        ({"a": Secret("y")}, {"a": {"b": Secret("x")}}, "a"),
        ({"a": 1}, {"a": {"b": Secret("x")}}, "a"),
    ],
)
def test_an_output_is_never_a_value_and_a_secret(values: Any, secrets: Any, path: str) -> None:
    with pytest.raises(InvalidInputError, match=rf"the output {path} is both a value and a secret"):
        provision(node("humanitec/echo", values=values, secrets=secrets), means())


@pytest.mark.parametrize("name", [None, "", "Shop", "-a", "a-", "a.b", "a" * 64, 5, Secret("a"), ["a"]])
def test_a_namespace_that_kubernetes_does_not_take_is_refused(name: Any) -> None:
    with pytest.raises(InvalidInputError) as caught:
        provision(node("humanitec/k8s-namespace", values={"namespace": name}), means())
    assert (caught.value.where or "").endswith("driver_inputs.values.namespace")


@pytest.mark.parametrize("name", ["a", "shop-dev", "0" * 63])
def test_a_namespace_is_named(name: str) -> None:
    found = provision(node("humanitec/k8s-namespace", values={"namespace": name}), means())
    assert found.values == {"namespace": name}


def test_an_agent_gives_the_url_of_a_proxy_as_a_live_secret() -> None:
    found = provision(node("humanitec/agent", "agent", values={"id": "blue-agent"}), means())
    assert found.values == {}
    assert found.secrets["url"].reveal() == "http://acme_blue-agent:password-of-a-pass@127.0.0.1:4711"
    assert found.is_live
    assert "password" not in repr(found)


@pytest.mark.parametrize("values", [{}, {"id": ""}, {"id": 5}, {"id": Secret("blue-agent")}])
def test_an_agent_without_an_id_is_refused(values: Any) -> None:
    with pytest.raises(InvalidInputError) as caught:
        provision(node("humanitec/agent", "agent", values=values), means())
    assert (caught.value.where or "").endswith("driver_inputs.values.id")


def test_an_agent_of_nobody_is_not_found() -> None:
    with pytest.raises(LeastwayError, match="does not exist"):
        provision(node("humanitec/agent", "agent", values={"id": "other"}), means())


def test_a_resolved_resource_becomes_a_node_once_its_inputs_are_known() -> None:
    key, dns = ResourceKey("config", "default", "shared.c"), ResourceKey("dns", "default", "shared.dns")
    definitions = [
        definition(
            type="config",
            driver="humanitec/echo",
            values={"url": "https://${resources['dns#shared.dns'].outputs.host}"},
            secrets={"token": Secret("t-${context.app.id}")},
        ),
        definition(id="dns", type="dns", driver="humanitec/echo", values={"host": "example.org"}),
    ]
    requested = [RequestedResource(key, {"size": 1})]
    first = {one.key: one for one in resolve(CONTEXT, definitions, requested).resources}
    with pytest.raises(InvalidInputError, match=r"an input needs resources\['dns.default#shared.dns'\].outputs.host"):
        node_of(first[key])
    outputs = {dns: Outputs(provision(node_of(first[dns]), means()).values)}
    second = {one.key: one for one in resolve(CONTEXT, definitions, requested, outputs).resources}
    made = node_of(second[key], Secret("{}"))
    assert (made.values, made.params, made.cookie) == ({"url": "https://example.org"}, {"size": 1}, Secret("{}"))
    assert provision(made, means()).secrets == {"token": Secret("t-shop")}


def test_a_secret_in_a_store_of_the_organization_is_refused() -> None:
    from leastway.resolve import read_secret_refs

    refs = read_secret_refs({"a": {"b": {"store": "vault", "ref": "path"}}})
    key = ResourceKey("config", "default", "c")
    one = definition(type="config", driver="humanitec/echo", secrets=refs)
    (resource,) = resolve(CONTEXT, [one], [RequestedResource(key)]).resources
    with pytest.raises(InvalidInputError, match="a store of your own") as caught:
        node_of(resource)
    assert caught.value.where == "config.default#c.driver_inputs.secrets.a.b"


def test_a_resource_without_a_definition_has_no_node() -> None:
    (resource,) = resolve(CONTEXT, [], [RequestedResource(ResourceKey("dns", "default", "d"))]).resources
    with pytest.raises(InvalidInputError, match="no definition matches"):
        node_of(resource)

"""Deployments that meet what is not theirs: objects of another environment, and a namespace that is being removed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.deployments.conftest import World
from tests.integration.deployments.test_deploying import world
from tests.integration.deployments.world import (
    ENVIRONMENT,
    RULES,
    deploy,
    errors_of,
    find,
    grant,
    log_of,
    module,
    wait_for,
)
from tests.integration.tunnel.world import until

__all__ = ["world"]

pytestmark = pytest.mark.integration

NAMESPACES = "/orgs/acme/resources/defs/namespace"


@pytest.fixture
def ending(world: World) -> Iterator[str]:
    """A namespace that is being removed, as that of the environment."""
    name = f"{world.namespace}-ending"
    grant(world.admin, name, RULES)
    world.admin.request("DELETE", f"/api/v1/namespaces/{name}")  # no controller of namespaces ends it here
    _place_in(world, name)
    yield name
    _place_in(world, world.namespace)


def _place_in(world: World, namespace: str) -> None:
    inputs = {"values": {"namespace": namespace}}
    body = {"name": "namespace", "driver_type": "humanitec/k8s-namespace", "driver_inputs": inputs, "criteria": [{}]}
    assert world.running.request("PUT", NAMESPACES, body).status == 200


def test_a_workload_of_another_environment_in_the_namespace_stays_as_it_is(world: World) -> None:
    running, path = world.running, f"/apis/apps/v1/namespaces/{world.namespace}/deployments/web"
    assert wait_for(running, deploy(running, {"web": module()}))["status"] == "succeeded"
    body = {"id": "twin", "name": "Twin", "type": "development"}
    assert running.request("POST", "/orgs/acme/apps/shop/envs", body).status == 201
    twin = "/orgs/acme/apps/shop/envs/twin"
    before = world.admin.request("GET", path)

    for dry_run in (True, False):
        refused = deploy(running, {"web": module("registry.example/web:2")}, path=twin, dry_run=dry_run)
        assert wait_for(running, refused, path=twin)["status"] == "failed"
        (error,) = errors_of(running, refused, path=twin)
        assert "belongs to the environment dev of the application shop" in error["message"]
        assert world.admin.request("GET", path) == before

    removed = deploy(running, None, path=twin)  # and nothing of the other one is removed with what failed
    assert wait_for(running, removed, path=twin)["status"] == "succeeded"
    assert world.admin.request("GET", path)["metadata"]["uid"] == before["metadata"]["uid"]
    assert running.request("DELETE", twin).status == 204


def test_a_namespace_that_is_being_removed_is_waited_for_by_name(world: World, ending: str) -> None:
    begun = deploy(world.running, {"web": module()})
    until(lambda: any(f"the namespace {ending} is being removed" in one for one in log_of(world.running, begun)), 120)
    assert world.running.request("POST", f"{ENVIRONMENT}/deploys/{begun}/actions/abort").status == 200
    assert wait_for(world.running, begun)["status"] == "failed"
    assert find(world.admin, f"/apis/apps/v1/namespaces/{ending}/deployments/web") is None

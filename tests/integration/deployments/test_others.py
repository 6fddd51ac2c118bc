"""Deployments that meet what is not theirs: objects of another environment or organization, an ending namespace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from leastway.kube.deploying import ObjectName
from leastway.primitives import Secret
from leastway.service.organizations import create_organization
from tests.integration.deployments.conftest import World
from tests.integration.deployments.test_deploying import world
from tests.integration.deployments.world import (
    ENVIRONMENT,
    INLINE,
    RULES,
    define,
    deploy,
    errors_of,
    find,
    grant,
    log_of,
    module,
    wait_for,
)
from tests.integration.tunnel.world import until
from tests.running_server import Answer, RunningServer

__all__ = ["world"]

pytestmark = pytest.mark.integration

_VERSIONS = {"Deployment": "apps/v1", "Secret": "v1", "Service": "v1", "ServiceAccount": "v1"}
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


class OtherOrganization(RunningServer):
    """The server for the owner of `globex`, whose requests are those of `acme`."""

    def request(self, method: str, path: str, *arguments: Any, **named: Any) -> Answer:
        return super().request(method, path.replace("/orgs/acme", "/orgs/globex"), *arguments, **named)


@pytest.fixture(scope="package")
def globex(started: World) -> OtherOrganization:
    """An organization that has an application and an environment of the same ids, in the same namespace."""
    told: list[Secret] = []
    create_organization(started.running.server.store, "globex", told.append)
    running = OtherOrganization(started.running.server, started.running.url, told[0])
    assert running.request("POST", "/orgs/acme/apps", {"id": "shop", "name": "Shop"}).status == 201
    body = {"id": "dev", "name": "Dev", "type": "development"}
    assert running.request("POST", "/orgs/acme/apps/shop/envs", body).status == 201
    place = {"name": "prod", "region": "eu-central-1"}
    keys = {"credentials": INLINE}
    define(running, "cluster", "k8s-cluster", "humanitec/k8s-cluster-eks", values=place, secrets=keys)
    define(running, "namespace", "k8s-namespace", "humanitec/k8s-namespace", values={"namespace": started.namespace})
    define(running, "database", "postgres", "humanitec/echo", values={"host": "db", "password": "p"})
    return running


def _done(running: RunningServer, modules: dict[str, Any] | None) -> str:
    begun = deploy(running, modules)
    assert wait_for(running, begun)["status"] == "succeeded", errors_of(running, begun)
    return begun


def _refused(running: RunningServer, *, dry_run: bool = False) -> str:
    """Begin a deployment of `web` that fails, and return why."""
    begun = deploy(running, {"web": module("registry.example/web:2")}, dry_run=dry_run)
    assert wait_for(running, begun)["status"] == "failed"
    (error,) = errors_of(running, begun)
    return error["message"]


def _live(world: World, name: str) -> list[Any]:
    """Return the objects of a workload, without what the test sets."""
    base = f"namespaces/{world.namespace}"
    paths = {
        f"/apis/apps/v1/{base}/deployments/{name}",
        f"/api/v1/{base}/secrets/{name}-secrets",
        f"/api/v1/{base}/services/{name}",
        f"/api/v1/{base}/serviceaccounts/{name}",
    }
    return [world.admin.request("GET", path) for path in sorted(paths)]


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


def test_an_organization_with_the_same_ids_in_the_namespace_changes_and_removes_nothing(
    world: World, globex: OtherOrganization
) -> None:
    _done(world.running, {"web": module()})
    before = _live(world, "web")
    for dry_run in (True, False):
        assert "of another organization" in _refused(globex, dry_run=dry_run)
    _done(globex, {"api": module()})  # which prunes what of the failed one was recorded
    assert _live(world, "web") == before
    assert [one["metadata"]["labels"]["leastway.dev/organization"] for one in _live(world, "api")] == ["globex"] * 4

    _done(world.running, None)
    assert find(world.admin, f"/apis/apps/v1/namespaces/{world.namespace}/deployments/web") is None
    assert len(_live(world, "api")) == 4
    _done(globex, None)
    assert find(world.admin, f"/apis/apps/v1/namespaces/{world.namespace}/deployments/api") is None


def test_what_was_deployed_before_objects_said_their_organization_stays_with_its_own(
    world: World, globex: OtherOrganization
) -> None:
    _done(world.running, {"web": module(), "jobs": module()})
    for one in (*_live(world, "web"), *_live(world, "jobs")):
        unlabelled = {"metadata": {"labels": {"leastway.dev/organization": None}}}
        path = ObjectName(_VERSIONS[one["kind"]], one["kind"], world.namespace, one["metadata"]["name"]).path
        world.admin.request("PATCH", path, unlabelled, media="application/merge-patch+json")
    before = _live(world, "web")
    assert "this environment has no record of it" in _refused(globex)
    _done(globex, None)
    assert _live(world, "web") == before

    _done(world.running, {"web": module()})
    assert [one["metadata"]["labels"]["leastway.dev/organization"] for one in _live(world, "web")] == ["acme"] * 4
    assert [one["metadata"]["uid"] for one in _live(world, "web")] == [one["metadata"]["uid"] for one in before]
    assert find(world.admin, f"/apis/apps/v1/namespaces/{world.namespace}/deployments/jobs") is None
    assert "of another organization" in _refused(globex)
    _done(globex, None)


def test_a_namespace_that_is_being_removed_is_waited_for_by_name(world: World, ending: str) -> None:
    begun = deploy(world.running, {"web": module()})
    until(lambda: any(f"the namespace {ending} is being removed" in one for one in log_of(world.running, begun)), 120)
    assert world.running.request("POST", f"{ENVIRONMENT}/deploys/{begun}/actions/abort").status == 200
    assert wait_for(world.running, begun)["status"] == "failed"
    assert find(world.admin, f"/apis/apps/v1/namespaces/{ending}/deployments/web") is None

"""Deployments that the cluster refuses: an admission webhook with a status of its choice, and one that is silent."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.integration.deployments.conftest import World
from tests.integration.deployments.test_deploying import world
from tests.integration.deployments.webhook import NAME, refused, webhook
from tests.integration.deployments.world import RULES, deploy, errors_of, find, grant, log_of, module, wait_for
from tests.integration.tunnel.world import until

__all__ = ["world"]

pytestmark = pytest.mark.integration

WHY = 'the user "bob" protects it'
STATUSES = [400, 401, 403, 404, 409, 422]


@pytest.mark.parametrize("status", STATUSES)
def test_an_object_that_a_webhook_refuses_is_named_whatever_the_status(world: World, status: int) -> None:
    def verdict(request: dict[str, Any]) -> dict[str, Any]:
        return {"allowed": True} if request["operation"] == "DELETE" else refused(status, WHY)

    with webhook(world.admin, world.namespace, "deployments", verdict):
        failed = deploy(world.running, {"web": module()})
        assert wait_for(world.running, failed)["status"] == "failed"
    (error,) = errors_of(world.running, failed)
    assert error["code"] == "refused", error
    assert f'Deployment {world.namespace}/web: admission webhook "{NAME}" denied the request: {WHY}' in error["message"]
    assert "ask who runs the cluster" in error["message"]


@pytest.mark.parametrize("status", [404, 409])
def test_an_object_whose_removal_a_webhook_refuses_stays_in_the_inventory(world: World, status: int) -> None:
    running, path = world.running, f"/apis/apps/v1/namespaces/{world.namespace}/deployments/web"
    begun = deploy(running, {"web": module()})
    assert wait_for(running, begun)["status"] == "succeeded", errors_of(running, begun)

    def verdict(request: dict[str, Any]) -> dict[str, Any]:
        return refused(status, WHY) if request["operation"] == "DELETE" else {"allowed": True}

    with webhook(world.admin, world.namespace, "deployments", verdict):
        failed = deploy(running, None)
        assert wait_for(running, failed)["status"] == "failed", log_of(running, failed)
        (error,) = errors_of(running, failed)
        assert f"Deployment {world.namespace}/web: admission webhook" in error["message"]
    assert find(world.admin, path) is not None
    again = deploy(running, None)
    assert wait_for(running, again)["status"] == "succeeded", errors_of(running, again)
    assert find(world.admin, path) is None


def test_a_silent_webhook_is_named_with_the_object_and_asked_again(world: World) -> None:
    running, is_silent = world.running, True

    def verdict(_: dict[str, Any]) -> dict[str, Any]:
        if is_silent:
            time.sleep(2)
        return {"allowed": True}

    with webhook(world.admin, world.namespace, "deployments", verdict):
        begun = deploy(running, {"web": module()})
        until(lambda: any(line.endswith("it is tried again") for line in log_of(running, begun)), 60)
        is_silent = False
        assert wait_for(running, begun)["status"] == "succeeded", errors_of(running, begun)
    (said, *_) = [line for line in log_of(running, begun) if line.endswith("it is tried again")]
    assert f"Deployment {world.namespace}/web: the API server failed" in said
    assert f"ask who runs the cluster why the webhook {NAME} does not answer" in said


def test_an_object_that_is_removed_while_its_rollout_is_watched_fails_by_its_name_and_others_go_on(
    world: World,
) -> None:
    running, world.controller.holds = world.running, True
    begun = deploy(running, {"web": module(), "api": module()})
    until(lambda: any(line.startswith("rollout: Deploy") and "/web" in line for line in log_of(running, begun)), 60)
    world.admin.request("DELETE", f"/apis/apps/v1/namespaces/{world.namespace}/deployments/web")
    until(lambda: any("0 of 0 available" in line for line in log_of(running, begun)), 60)
    world.controller.holds = False
    assert wait_for(running, begun)["status"] == "failed"
    (error,) = errors_of(running, begun)
    assert (error["scope"], error["object_id"], error["code"]) == ("workload", "web", "rollout-failed")
    assert "somebody removed the object while its rollout was watched: deploy again" in error["message"]
    assert any(f"Deployment {world.namespace}/api: 1 of 1 available" in line for line in log_of(running, begun))


def test_a_field_that_kubernetes_does_not_change_is_named_without_the_template_and_with_a_way_out(
    world: World,
) -> None:
    running = world.running
    rights = {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["get", "create", "patch", "delete"]}
    grant(world.admin, world.namespace, [*RULES, rights])
    try:
        _define_job(world, "registry.example/migrate:1")
        begun = deploy(running, {"web": _migrated()})
        assert wait_for(running, begun)["status"] == "succeeded", errors_of(running, begun)
        _define_job(world, "registry.example/migrate:2")
        failed = deploy(running, {"web": _migrated()})
        assert wait_for(running, failed)["status"] == "failed"
        (error,) = errors_of(running, failed)
        assert (
            f'Job {world.namespace}/migrate: the API server rejects the request: Job.batch "migrate" is invalid: '
            in (error["message"])
        )
        assert "spec.template: Invalid value: {...}: field is immutable (" in error["message"]
        assert "give the object another name" in error["message"]
    finally:
        assert wait_for(running, deploy(running, None))["status"] == "succeeded"
        assert running.request("DELETE", "/orgs/acme/resources/defs/migration").status == 204


def _migrated() -> dict[str, Any]:
    return module() | {"externals": {"db": {"type": "postgres"}, "files": {"type": "s3"}}}


def _define_job(world: World, image: str) -> None:
    """Let what a workload's bucket brings be a Job, which does not run."""
    pod = {"restartPolicy": "Never", "containers": [{"name": "main", "image": image}]}
    spec = {"suspend": True, "template": {"spec": pod}}
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "migrate"}, "spec": spec}
    inputs = {"values": {"manifests": {"job.yaml": {"location": "namespace", "data": job}}}}
    path = "/orgs/acme/resources/defs"
    body = {"name": "migration", "driver_type": "humanitec/echo", "driver_inputs": inputs, "criteria": [{}]}
    answer = world.running.request("PUT", f"{path}/migration", body)
    if answer.status == 404:
        answer = world.running.request("POST", path, {"id": "migration", "type": "s3", **body})
    assert answer.status == 200, answer.body

"""Rollouts of deployments by the real controllers, with kwok as the kubelet, through server, tunnel and agent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from leastway.kube.deploying import watch_rollouts
from leastway.sandbox.kube.real import RealKubeServer
from tests.integration.deployments.conftest import World
from tests.integration.deployments.world import ENVIRONMENT, RULES, deploy, errors_of, grant, log_of, module, wait_for
from tests.integration.kubeadapter.world import ADMIN
from tests.integration.tunnel.world import until
from tests.real_controllers import real_controllers

pytestmark = pytest.mark.integration

WATCH = "leastway.orchestrator.deploying.cluster_work.watch_rollouts"


@pytest.fixture(scope="module")
def world(cluster: RealKubeServer, started: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The world with its real controllers, and two replicas that run."""
    grant(started.admin, started.namespace, RULES)
    with real_controllers(cluster, started.admin, ADMIN.username, tmp_path_factory.mktemp("controllers")):
        _succeeds(started, "web:1")
        yield started
        wait_for(started.running, deploy(started.running, None))
        until(lambda: _is_empty_again(started))


def _deploy(world: World, image: str) -> str:
    return deploy(world.running, {"web": module(f"registry.example/{image}", replicas=2)})


def _succeeds(world: World, image: str) -> str:
    begun = _deploy(world, image)
    assert wait_for(world.running, begun)["status"] == "succeeded", errors_of(world.running, begun)
    return begun


def _fails(world: World, image: str) -> dict[str, str]:
    """Return the error of a deployment, after which the environment is still based on the one before."""
    before = world.running.request("GET", ENVIRONMENT).json()["from_deploy"]
    begun = _deploy(world, image)
    assert wait_for(world.running, begun)["status"] == "failed", log_of(world.running, begun)
    assert world.running.request("GET", ENVIRONMENT).json()["from_deploy"] == before
    (error,) = errors_of(world.running, begun)
    return error


def _is_empty_again(world: World) -> bool:
    """Delete what nothing collects once its owner is gone: a ReplicaSet that was just deleted may still make pods."""
    world.admin.request("DELETE", f"/apis/apps/v1/namespaces/{world.namespace}/replicasets")
    world.admin.request("DELETE", f"/api/v1/namespaces/{world.namespace}/pods")
    return not _images(world)


def _images(world: World) -> list[str]:
    pods = world.admin.request("GET", f"/api/v1/namespaces/{world.namespace}/pods")["items"]
    return sorted(one["spec"]["containers"][0]["image"].removeprefix("registry.example/") for one in pods)


def test_the_pods_of_a_deployment_that_succeeds_are_those_of_its_version(world: World) -> None:
    begun = _succeeds(world, "web:2")
    until(lambda: _images(world) == ["web:2", "web:2"])
    assert f"rollout: Deployment {world.namespace}/web: 2 of 2 available, 2 updated" in log_of(world.running, begun)
    web = f"/apis/apps/v1/namespaces/{world.namespace}/deployments/web"
    assert world.admin.request("GET", web)["status"]["availableReplicas"] == 2


def test_an_image_that_cannot_be_pulled_fails_with_the_words_of_its_pods_and_the_pods_before_go_on(
    world: World,
) -> None:
    web = f"/apis/apps/v1/namespaces/{world.namespace}/deployments/web"
    sooner = {"spec": {"progressDeadlineSeconds": 5}}  # as somebody else sets it, who then owns this field
    world.admin.request("PATCH", web, sooner, media="application/merge-patch+json")

    error = _fails(world, "absent:1")
    assert (error["code"], error["object_id"]) == ("rollout-failed", "web")
    assert "ProgressDeadlineExceeded: ReplicaSet" in error["message"]
    assert "ImagePullBackOff: Back-off pulling image registry.example/absent:1" in error["message"]
    assert [one for one in _images(world) if not one.startswith("absent")] != []

    _succeeds(world, "web:3")
    until(lambda: _images(world) == ["web:3", "web:3"])


def test_a_paused_deployment_fails_at_once_and_says_how_it_goes_on(world: World) -> None:
    web = f"/apis/apps/v1/namespaces/{world.namespace}/deployments/web"
    for paused in (True, False):
        world.admin.request("PATCH", web, {"spec": {"paused": paused}}, media="application/merge-patch+json")
        if paused:
            error = _fails(world, "web:5")
            assert error["code"] == "rollout-failed"
            assert "resume it with kubectl rollout resume" in error["message"]
    _succeeds(world, "web:5")


def test_pods_that_never_start_are_given_up_after_the_time_of_a_rollout(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sooner(*arguments: Any, **named: Any) -> Any:
        return watch_rollouts(*arguments, **named | {"seconds": 3.0})

    monkeypatch.setattr(WATCH, sooner)
    error = _fails(world, "slow:1")
    assert error["code"] == "rollout-timed-out"
    assert "of 2 available" in error["message"]
    monkeypatch.undo()
    _succeeds(world, "web:4")

"""Deployments whose way to the cluster breaks: connections that are cut, a replica that ends, a key that is deleted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from leastway.kube import UnavailableError
from leastway.orchestrator.deploying import desk
from leastway.orchestrator.deploying.cluster_work import ClusterWork
from leastway.orchestrator.deploying.desk import Log
from leastway.registry import Deployment
from leastway.service import tunnels
from tests.integration.deployments.conftest import World
from tests.integration.deployments.test_deploying import world
from tests.integration.deployments.world import deploy, errors_of, find, log_of, module, wait_for, watches
from tests.integration.tunnel.world import (
    AgentThread,
    agent_thread,
    between,
    connected,
    delete_key,
    key_file,
    register,
    until,
)

__all__ = ["world"]

pytestmark = pytest.mark.integration

AGENT = "flapping"
WAY_IN = "/orgs/acme/resources/defs/way-in"


@pytest.fixture
def flapping(world: World) -> Iterator[World]:
    """The world with another agent, which has two keys, as the way to the cluster."""
    register(world.running, AGENT, 3, 4)
    assert world.running.request("PATCH", WAY_IN, {"driver_inputs": {"values": {"id": AGENT}}}).status == 200
    yield world
    assert world.running.request("PATCH", WAY_IN, {"driver_inputs": {"values": {"id": "prod"}}}).status == 200
    assert world.running.request("DELETE", f"/orgs/acme/agents/{AGENT}").status == 204


def _agent(world: World, url: str, folder: Path, key: int, held: ExitStack) -> AgentThread:
    at = urlsplit(world.doubles.endpoint)
    targets = [f"{at.hostname}:{at.port}={at.hostname}:{at.port}"]
    before = connected(world.running.server, AGENT)
    made = held.enter_context(agent_thread(url, key_file(folder, key), targets, AGENT))
    until(lambda: connected(world.running.server, AGENT) > before)
    return made


def test_a_deployment_succeeds_through_cut_connections_while_a_replica_ends(flapping: World, tmp_path: Path) -> None:
    running, names = flapping.running, [f"web-{number}" for number in range(4)]
    with between(urlsplit(running.url).port or 0, most=40_000) as way, ExitStack() as held:
        first = _agent(flapping, f"http://127.0.0.1:{way.port}", tmp_path, 3, held)
        _agent(flapping, f"http://127.0.0.1:{way.port}", tmp_path, 4, held)
        flapping.controller.holds = True
        begun = deploy(running, {name: module() for name in names})
        until(lambda: watches(running, begun), 240)
        first.stop()
        flapping.controller.holds = False
        assert wait_for(running, begun)["status"] == "succeeded", (errors_of(running, begun), log_of(running, begun))
        assert way.accepted > 2  # so at least one was cut
    for name in names:
        assert find(flapping.admin, f"/apis/apps/v1/namespaces/{flapping.namespace}/deployments/{name}") is not None


def test_an_agent_whose_key_is_deleted_ends_the_deployment_by_its_name(
    flapping: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "_PATIENCE", 5.0)
    monkeypatch.setattr(tunnels, "_RETURNS_WITHIN", timedelta(seconds=5))
    running = flapping.running
    with ExitStack() as held:
        _agent(flapping, running.url, tmp_path, 3, held)
        flapping.controller.holds = True
        begun = deploy(running, {"web": module()})
        until(lambda: watches(running, begun), 240)
        delete_key(running, AGENT, 3)
        assert wait_for(running, begun)["status"] == "failed"
        (error,) = errors_of(running, begun)
        assert (error["code"], f"agent '{AGENT}' is not connected" in error["message"]) == ("no-agent", True), error
        flapping.controller.holds = False
        _agent(flapping, running.url, tmp_path, 4, held)
        again = deploy(running, {"web": module()})
        assert wait_for(running, again)["status"] == "succeeded", errors_of(running, again)


@pytest.mark.parametrize("is_dry_run", [False, True], ids=["deployed", "planned"])
def test_each_step_tries_again_when_the_cluster_does_not_answer_once(
    world: World, monkeypatch: pytest.MonkeyPatch, is_dry_run: bool
) -> None:
    identify, failed = ClusterWork._identify, set()

    def once_without_answer(work: ClusterWork, deployment: Deployment, log: Log, *more: Any) -> None:
        if log._phase not in failed:
            failed.add(log._phase)
            raise UnavailableError("no answer this time")
        identify(work, deployment, log, *more)

    monkeypatch.setattr(desk, "_PAUSE", 0.05)
    monkeypatch.setattr(ClusterWork, "_identify", once_without_answer)
    begun = deploy(world.running, {"web": module()}, dry_run=is_dry_run)
    assert wait_for(world.running, begun)["status"] == "succeeded", errors_of(world.running, begun)
    phases = {line.partition(":")[0] for line in log_of(world.running, begun) if "no answer this time: it is" in line}
    assert phases == {"provision", "check", *(("compare",) if is_dry_run else ("apply", "rollout", "prune"))}

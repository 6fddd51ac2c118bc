"""Requests at the same moment, on PostgreSQL to two processes: two deployments, and a deployment and a deletion."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from leastway.registry import EMPTY_SET
from tests.integration.deployments.platform import Clusterside, Platform, open_platform
from tests.integration.deployments.world import ENVIRONMENT, deploy, wait_for, watches
from tests.integration.tunnel.world import until
from tests.running_server import Answer, RunningServer

pytestmark = pytest.mark.integration

ROUNDS = 5
APPLICATION = "/orgs/acme/apps/shop"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def platform(
    request: pytest.FixtureRequest, clusterside: Clusterside, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    with open_platform(request.param, tmp_path_factory.mktemp("together"), clusterside) as made:
        yield made


def test_of_two_deployments_at_once_one_begins_and_the_other_is_told_which(platform: Platform) -> None:
    def begin(running: RunningServer) -> Answer:
        return running.request("POST", f"{ENVIRONMENT}/deploys", {"set_id": EMPTY_SET.id})

    for _ in range(ROUNDS):
        refused, begun = sorted(_together(platform, begin, begin), key=lambda one: -one.status)
        assert (begun.status, refused.status) == (201, 409), (begun.body, refused.body)
        assert begun.json()["id"] in refused.json()["message"]
        assert wait_for(platform.running, begun.json()["id"], 240)["status"] == "succeeded"


def test_what_is_deployed_to_is_not_deleted(platform: Platform) -> None:
    platform.cluster.controller.holds = True
    held = deploy(platform.running, platform.next_set())
    try:
        until(lambda: watches(platform.running, held), 120)
        for process in platform.processes:
            answer = process.running.request("DELETE", ENVIRONMENT)
            assert (answer.status, held in answer.json()["message"]) == (409, True), answer.body
            assert process.running.request("DELETE", APPLICATION).status == 409
    finally:
        platform.cluster.controller.holds = False
    assert wait_for(platform.running, held, 240)["status"] == "succeeded"


def test_of_a_deployment_and_a_deletion_at_once_one_waits_for_the_other(platform: Platform) -> None:
    for number in range(ROUNDS):
        environment = f"passing-{number}"
        body = {"id": environment, "name": "Passing", "type": "development"}
        assert platform.running.request("POST", f"{APPLICATION}/envs", body).status == 201
        path = f"{APPLICATION}/envs/{environment}"
        begun, deleted = _together(platform, *_rivals(path))
        assert (begun.status, deleted.status) in ((201, 409), (404, 204), (201, 204)), (begun.body, deleted.body)
        if deleted.status == 409:
            until(lambda path=path: platform.running.request("DELETE", path).status == 204, 120)  # type: ignore[misc]
        for table in ("deployments", "environments", "deployed_objects", "active_resources"):
            column = "id" if table == "environments" else "environment"
            assert platform.rows(f"SELECT 1 FROM {table} WHERE {column} = '{environment}'") == []
        until(lambda: not platform.unfinished_workflows(), 120)


def _rivals(path: str) -> tuple[Callable[[RunningServer], Answer], Callable[[RunningServer], Answer]]:
    def begin(running: RunningServer) -> Answer:
        return running.request("POST", f"{path}/deploys", {"set_id": EMPTY_SET.id})

    def delete(running: RunningServer) -> Answer:
        return running.request("DELETE", path)

    return begin, delete


def _together(platform: Platform, *acts: Callable[[RunningServer], Answer]) -> list[Answer]:
    """Let each act at the same moment, if there are several processes each at another one."""
    answers: list[Any] = [None] * len(acts)
    barrier = threading.Barrier(len(acts))

    def act(number: int) -> None:
        running = platform.processes[number % len(platform.processes)].running
        barrier.wait(60)
        answers[number] = acts[number](running)

    threads = [threading.Thread(target=act, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    return answers

"""Deployments to a real cluster whose server process is killed with SIGKILL, at every step and within the long ones.

On SQLite the next start goes on, on PostgreSQL a second process that ran all along. The end is the same as without a
kill: what the cluster announced, the inventory, the audit log and the record of the steps have everything once.
"""

from __future__ import annotations

import json
import signal
import statistics
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.integration.deployments.killable import noted
from tests.integration.deployments.platform import Clusterside, Platform, open_platform
from tests.integration.deployments.world import ENVIRONMENT, deploy, errors_of, log_of, wait_for
from tests.integration.tunnel.world import until

pytestmark = pytest.mark.integration

STEPS: Final = (
    "freeze",
    "prepare",
    "reach",
    "provision",
    "check",
    "apply",
    "begin-rollout",
    "rollout",
    "prune",
    "end",
)
POINTS: Final = (
    *(f"{moment} {step}" for step in STEPS for moment in ("in", "after")),
    *(f"PATCH {number}" for number in range(1, 6)),
    *(f"DELETE {number}" for number in range(1, 5)),
    "watching",
)
"""A deployment of the tests sends five objects, since three of eight are unchanged, and removes four."""
OFTEN: Final = {
    "sqlite": ("in freeze", "after reach", "in check", "PATCH 3", "after begin-rollout", "DELETE 2", "in end"),
    "postgresql": ("after prepare", "in provision", "PATCH 4", "in apply", "watching", "after prune"),
}
"""What `make test` tries; `make soak` tries every point on both databases."""
GOES_ON_WITHIN: Final = 30.0
"""Seconds: five on a machine with nothing else to do."""
KINDS: Final = ("ServiceAccount", "Secret", "Service", "Deployment")


def _points(database: str) -> list[Any]:
    return [pytest.param(one, marks=[] if one in OFTEN[database] else [pytest.mark.soak]) for one in POINTS]


@pytest.fixture(scope="module")
def platform(
    request: pytest.FixtureRequest, clusterside: Clusterside, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    with open_platform(request.param, tmp_path_factory.mktemp("killed"), clusterside) as made:
        yield made
    if made.rests:
        shown = f"a median of {statistics.median(made.rests):.2f} s, at most {max(made.rests):.2f} s"
        print(f"{len(made.rests)} kills, another process went on after {shown}")


@pytest.mark.parametrize("platform", ["sqlite"], indirect=True, scope="module")
@pytest.mark.parametrize("point", _points("sqlite"))
def test_on_sqlite_the_next_start_goes_on_to_the_same_end_and_nothing_is_done_twice(
    platform: Platform, point: str
) -> None:
    _is_killed(platform, point)


@pytest.mark.parametrize("platform", ["sqlite"], indirect=True, scope="module")
@pytest.mark.parametrize("point", ["after freeze", "PATCH 2"])
def test_a_server_that_is_stopped_in_order_goes_on_once_its_agent_is_back(platform: Platform, point: str) -> None:
    modules = platform.next_set()
    platform.changes.take()
    platform.killed_at(point, modules, signal.SIGTERM)
    begun = _goes_on(platform)
    _check_cluster(platform, {})
    _check_store(platform, begun)


@pytest.mark.parametrize("platform", ["postgresql"], indirect=True, scope="module")
@pytest.mark.parametrize("point", _points("postgresql"))
def test_on_postgresql_the_other_process_goes_on_to_the_same_end_and_nothing_is_done_twice(
    platform: Platform, point: str
) -> None:
    _is_killed(platform, point)


def _is_killed(platform: Platform, point: str) -> None:
    """Kill the process of a deployment there, and check its end."""
    modules = platform.next_set()
    platform.changes.take()
    dead = platform.killed_at(point, modules)
    try:
        _check_end(platform, point, modules)
    finally:  # the next case needs both processes, whatever this one found
        if platform.is_shared:
            platform.start_again(dead)


def _check_end(platform: Platform, point: str, modules: dict[str, Any]) -> None:
    before = platform.changes.objects()
    begun = _goes_on(platform)
    is_at_end = point in ("in end", "after end")
    if is_at_end and not platform.is_shared:  # the next deployment finds that the record lacks its end
        wait_for(platform.running, deploy(platform.running, modules), 240)
        begun = platform.running.request("GET", f"{ENVIRONMENT}/deploys").json()[0]["id"]
    until(lambda: not platform.unfinished_workflows(), 120)
    if not is_at_end or platform.is_shared:
        _check_steps(platform, point)
    _check_cluster(platform, before)
    _check_store(platform, begun)


def _goes_on(platform: Platform) -> str:
    """Wait for the end of the last deployment, in a new process if there is no other, and return its id."""
    if not platform.is_shared:
        platform.processes[0].start()
    running = platform.running
    begun = str(running.request("GET", f"{ENVIRONMENT}/deploys").json()[0]["id"])
    ended = wait_for(running, begun, 240)
    assert ended["status"] == "succeeded", (errors_of(running, begun), log_of(running, begun))
    return begun


def _check_steps(platform: Platform, point: str) -> None:
    """Each step was recorded once, and one that was killed was begun a second time."""
    reached = noted(platform.folder)
    (killed,) = [number for number, one in enumerate(reached) if one.point == "killed"]
    counts = Counter(one.point for one in reached)
    assert {step: counts[f"after {step}"] for step in STEPS} == dict.fromkeys(STEPS, 1), reached
    if platform.is_shared:
        began = {step: counts[f"begin {step}"] for step in STEPS}
        assert sum(began.values()) == len(STEPS) + (not point.startswith("after")), (began, reached)
    others = [one for one in reached[killed:] if one.process != reached[killed].process]
    if platform.is_shared and others:
        rest = next(one.at for one in others if one.point.startswith("begin")) - reached[killed].at
        assert rest < GOES_ON_WITHIN
        platform.rests.append(rest)


def _check_cluster(platform: Platform, before: dict[tuple[str, str], Any]) -> None:
    """The cluster announced each change once, and what was there at the time of the kill was not made anew."""
    expected = {"changed Deployment web": 1}
    for word, workload in (("created", platform.comes), ("removed", platform.leaves)):
        expected |= {f"{word} {kind} {name}": 1 for kind, name in _objects(workload)}
    assert platform.changes.take() == expected
    live = platform.changes.objects()
    assert set(live) == _objects("web") | _objects(platform.comes)
    for key, one in live.items():
        managers = {each["manager"] for each in one["metadata"]["managedFields"] if each["operation"] == "Apply"}
        assert managers == {"leastway-deployment"}
        if key in before:
            assert one["metadata"]["uid"] == before[key]["metadata"]["uid"]


def _check_store(platform: Platform, begun: str) -> None:
    """The inventory is what is in the cluster, nothing is held or left, and the log has one beginning and one end."""
    live = {(*key, one["metadata"]["uid"]) for key, one in platform.changes.objects().items()}
    inventory = platform.rows("SELECT kind, name, uid, deployment, workload FROM deployed_objects")
    assert {(one.kind, one.name, one.uid) for one in inventory} == live
    assert {one.deployment for one in inventory} == {begun}
    assert {one.workload for one in inventory} == {"web", platform.comes}
    assert platform.rows("SELECT id FROM deployments WHERE status NOT IN ('succeeded', 'failed')") == []
    (environment,) = platform.rows("SELECT from_deployment FROM environments WHERE id = 'dev'")
    assert environment.from_deployment == begun
    entries = [json.loads(one.entry) for one in platform.rows("SELECT entry FROM audit_entries ORDER BY id")]
    ours = [one["action"] for one in entries if one["target"] == begun]
    assert ours == ["deployment.created", "deployment.succeeded"]
    of_work = {one["action"] for one in entries if one.get("details", {}).get("work") == begun}
    assert of_work == {"agent.proxy-given", "cluster.described", "eks-token.handed-out"}


def _objects(workload: str) -> set[tuple[str, str]]:
    return {(kind, f"{workload}-secrets" if kind == "Secret" else workload) for kind in KINDS}

"""Deployments through server, tunnel and agent to a real API server. A small controller of the tests sets statuses."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import trustme

from leastway.kube.deploying import ObjectName, apply, find_live
from leastway.orchestrator.deploying import cluster_work
from leastway.orchestrator.deploying.parts import DeployingParts
from leastway.orchestrator.deploying.provisioned import Provisioned, open_provisioned
from leastway.registry import EMPTY_SET, Deployment, StoredDefinition
from leastway.store.definitions import Definitions
from leastway.store.deployment_schema import cluster_identities
from leastway.tunnel import Reset, ResetReason
from tests.integration.deployments.conftest import World
from tests.integration.deployments.world import (
    ENVIRONMENT,
    INLINE,
    RULES,
    controller,
    define,
    deploy,
    errors_of,
    find,
    grant,
    log_of,
    module,
    wait_for,
    watches,
)
from tests.integration.tunnel.world import register, until

pytestmark = pytest.mark.integration


@pytest.fixture
def world(started: World) -> Iterator[World]:
    """The world with all rights, and an environment from which everything of other tests is removed."""
    grant(started.admin, started.namespace, RULES)
    with controller(started.admin, started.namespace) as started.controller:
        yield started
        started.controller.holds = False
        grant(started.admin, started.namespace, RULES)
        wait_for(started.running, deploy(started.running, None))


def test_a_set_becomes_running_objects_and_what_leaves_it_is_removed(world: World) -> None:
    running, base = world.running, f"/apis/apps/v1/namespaces/{world.namespace}/deployments"
    first = deploy(running, {"web": module(), "jobs": module()})
    ended = wait_for(running, first)
    assert ended["status"] == "succeeded", (errors_of(running, first), log_of(running, first))

    live = world.admin.request("GET", f"{base}/web")
    (variable,) = [one for one in live["spec"]["template"]["spec"]["containers"][0]["env"] if one["name"] == "HOST"]
    assert variable["value"] == "db.example"
    kept = world.admin.request("GET", f"/api/v1/namespaces/{world.namespace}/secrets/web-secrets")
    assert kept["data"] == {"main.PASSWORD": "cGxhbnRlZC1wYXNzd29yZC1vZi1kYg=="}
    managers = {one["manager"] for one in live["metadata"]["managedFields"] if one["operation"] == "Apply"}
    assert managers == {"leastway-deployment"}

    resources = running.request("GET", f"{ENVIRONMENT}/resources").json()
    assert {one["type"] for one in resources} == {"agent", "k8s-cluster", "k8s-namespace", "postgres"}
    environment = running.request("GET", ENVIRONMENT).json()
    assert (environment["from_deploy"]["id"], environment["last_deploy"]["id"]) == (first, first)
    graph = running.request("GET", f"{ENVIRONMENT}/resources/graphs/{ended['dependency_graph_id']}").json()
    assert {one["type"] for one in graph["nodes"]} == {"agent", "postgres"}

    second = deploy(running, {"web": module("registry.example/web:2")})
    assert wait_for(running, second)["status"] == "succeeded", errors_of(running, second)
    assert find(world.admin, f"{base}/jobs") is None
    assert find(world.admin, f"/api/v1/namespaces/{world.namespace}/secrets/jobs-secrets") is None
    changed = world.admin.request("GET", f"{base}/web")
    assert changed["spec"]["template"]["spec"]["containers"][0]["image"] == "registry.example/web:2"
    assert changed["metadata"]["uid"] == live["metadata"]["uid"]

    everything = json.dumps([log_of(running, first), log_of(running, second), resources, graph])
    assert "planted-password" not in everything
    for path in running.server.settings.data.rglob("*"):
        content = b"" if path.is_dir() else path.read_bytes()
        for secret in ("planted-password", INLINE["aws_secret_access_key"], kept["data"]["main.PASSWORD"]):
            assert secret.encode() not in content, path


def test_a_step_reads_each_definition_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Counter[str]] = []
    opening, finding = open_provisioned, Definitions.find

    @contextmanager
    def opened(parts: DeployingParts, deployment: Deployment) -> Iterator[Provisioned]:
        read.append(Counter())
        with opening(parts, deployment) as provisioned:
            yield provisioned

    def find_counted(self: Definitions, organization: str, identifier: str) -> StoredDefinition | None:
        if read:
            read[-1][identifier] += 1
        return finding(self, organization, identifier)

    monkeypatch.setattr(cluster_work, "open_provisioned", opened)
    monkeypatch.setattr(Definitions, "find", find_counted)
    assert wait_for(world.running, deploy(world.running, {"web": module()}))["status"] == "succeeded"
    assert len(read) > 3
    assert all(len(step) > 2 and set(step.values()) == {1} for step in read), read


def test_a_right_that_is_missing_is_named_with_its_rule_before_the_first_change(world: World) -> None:
    grant(world.admin, world.namespace, [one for one in RULES if "deployments" not in one["resources"]])
    failed = deploy(world.running, {"late": module()})
    assert wait_for(world.running, failed)["status"] == "failed"
    (error,) = errors_of(world.running, failed)
    assert error["code"] == "missing-right"
    assert '{apiGroups: ["apps"], resources: ["deployments"], verbs: [create, get, patch]}' in error["message"]
    assert f"in the namespace {world.namespace}" in error["message"]
    assert "if it has it, run leastway apply once the namespace exists" in error["message"]
    assert find(world.admin, f"/api/v1/namespaces/{world.namespace}/serviceaccounts/late") is None


def test_a_rollout_that_fails_says_why_and_the_environment_stays_based_on_the_set_before(world: World) -> None:
    running = world.running
    before = running.request("GET", ENVIRONMENT).json().get("from_deploy")
    world.controller.fails = True
    failed = deploy(running, {"web": module("registry.example/web:broken", replicas=2)})
    assert wait_for(running, failed)["status"] == "failed"
    (error,) = errors_of(running, failed)
    assert (error["scope"], error["object_id"], error["code"]) == ("workload", "web", "rollout-failed")
    assert running.request("GET", ENVIRONMENT).json().get("from_deploy") == before


def test_a_dry_run_says_what_would_change_and_changes_nothing(world: World) -> None:
    running = world.running
    shown = deploy(running, {"web": module()}, dry_run=True)
    assert wait_for(running, shown)["status"] == "succeeded", errors_of(running, shown)
    assert f"compare: create Deployment {world.namespace}/web" in log_of(running, shown)
    assert find(world.admin, f"/apis/apps/v1/namespaces/{world.namespace}/deployments/web") is None
    assert shown not in [one["id"] for one in running.request("GET", f"{ENVIRONMENT}/deploys").json()]


def test_a_dry_run_leaves_open_what_needs_a_run_first(world: World) -> None:
    running = world.running
    values = {"script": 'output "bucket" { value = "b" }', "runner": {"credentials": "injected", "reason": "a test"}}
    define(running, "files", "s3", "humanitec/terraform", values=values)
    try:
        first = deploy(running, {"web": module(), "store": module()})
        assert wait_for(running, first)["status"] == "succeeded", errors_of(running, first)
        store = module() | {"externals": {"files": {"type": "s3"}, "db": {"type": "postgres"}}}
        store["spec"]["containers"]["main"]["variables"]["BUCKET"] = "${externals.files.bucket}"
        shown = deploy(running, {"web": module("registry.example/web:2"), "store": store}, dry_run=True)
        assert wait_for(running, shown)["status"] == "succeeded", errors_of(running, shown)
        compared = [line for line in log_of(running, shown) if line.startswith("compare: ") and "    " not in line]
        assert f"compare: update Deployment {world.namespace}/web" in compared
        assert [line for line in compared if "store" in line] == [
            "compare: unknown modules.store: runs provision what it needs first"
        ]
    finally:
        running.request("DELETE", "/orgs/acme/resources/defs/files")


def test_without_its_agent_a_deployment_fails_before_any_change_and_says_when_it_was_seen(world: World) -> None:
    running = world.running
    other = {"driver_inputs": {"values": {"id": "away"}}}
    register(running, "away", 2)
    definition = "/orgs/acme/resources/defs/way-in"
    assert running.request("PATCH", definition, other).status == 200
    try:
        failed = deploy(running, {"web": module()})
        assert wait_for(running, failed)["status"] == "failed"
        (error,) = errors_of(running, failed)
        assert (error["code"], error["object_id"]) == ("no-agent", "agent.default#agent")
        assert "agent 'away' is not connected: it has never been connected" in error["message"]
        assert not any(line.startswith("apply:") for line in log_of(running, failed))
    finally:
        running.request("PATCH", definition, {"driver_inputs": {"values": {"id": "prod"}}})


def test_another_cluster_behind_the_same_agent_is_refused(world: World) -> None:
    running = world.running
    first = deploy(running, {"web": module()})
    assert wait_for(running, first)["status"] == "succeeded", errors_of(running, first)
    with running.server.store.writing() as transaction:
        table = cluster_identities
        transaction._connection.execute(table.update().values(uid="another"))
    failed = deploy(running, {"web": module("registry.example/web:2")})
    assert wait_for(running, failed)["status"] == "failed"
    (error,) = errors_of(running, failed)
    assert error["code"] == "other-cluster"
    assert "another cluster answers" in error["message"]
    path = f"{ENVIRONMENT}/resources/k8s-cluster/k8s-cluster?detach=true"
    assert running.request("DELETE", path).status == 204
    assert wait_for(running, deploy(running, {"web": module()}))["status"] == "succeeded"


def test_a_step_that_breaks_in_the_middle_is_done_again_and_nothing_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = 2

    def breaking(*arguments: Any) -> Iterator[Any]:
        nonlocal left
        for one in apply(*arguments):
            yield one
            left -= 1
            if left == 0:
                raise RuntimeError("a test breaks here")

    monkeypatch.setattr("leastway.orchestrator.deploying.cluster_work.apply", breaking)
    broken = deploy(world.running, {"web": module()})
    ended = wait_for(world.running, broken)
    assert ended["status"] == "succeeded", errors_of(world.running, broken)
    with world.running.server.store.reading() as transaction:
        inventory = transaction.deployments.objects("acme", "shop", "dev")
    assert {one.kind for one in inventory} == {"ServiceAccount", "Secret", "Service", "Deployment"}
    for one in inventory:
        live = find_live(world.admin, ObjectName(one.version, one.kind, one.namespace, one.name))
        assert live is not None
        assert live["metadata"]["uid"] == one.uid


def test_an_aborted_deployment_ends_where_it_is_and_nothing_else_begins_before(world: World) -> None:
    running, world.controller.holds = world.running, True
    held = deploy(running, {"web": module()})
    until(lambda: watches(running, held))
    other = running.request("POST", f"{ENVIRONMENT}/deploys", {"set_id": EMPTY_SET.id})
    deleted = running.request("DELETE", ENVIRONMENT)
    for answer in (other, deleted):
        assert (answer.status, held in answer.json()["message"]) == (409, True)
    aborted = running.request("POST", f"{ENVIRONMENT}/deploys/{held}/actions/abort")
    assert aborted.status == 200, aborted.body
    assert wait_for(running, held)["status"] == "failed"
    assert [one["code"] for one in errors_of(running, held)] == ["aborted"]
    assert find(world.admin, f"/apis/apps/v1/namespaces/{world.namespace}/deployments/web") is not None
    assert running.request("POST", f"{ENVIRONMENT}/deploys/{held}/actions/abort").status == 409


def test_a_cluster_with_another_ca_is_refused_before_the_first_change(world: World) -> None:
    known = world.doubles.authority
    pem = trustme.CA().cert_pem.bytes()
    world.doubles.authority = base64.b64encode(pem).decode()
    try:
        failed = deploy(world.running, {"web": module()})
        assert wait_for(world.running, failed)["status"] == "failed"
        (error,) = errors_of(world.running, failed)
        assert "presents a certificate that is not signed by the cluster's CA" in error["message"]
        assert not any(line.startswith("apply:") for line in log_of(world.running, failed))
    finally:
        world.doubles.authority = known


def test_a_kill_switch_stops_a_deployment_and_its_streams(world: World) -> None:
    running, world.controller.holds = world.running, True
    held = deploy(running, {"web": module()})
    until(lambda: watches(running, held))
    switch = {"scope": "definition", "target": "cluster", "reason": "a test"}
    answer = running.request("POST", "/orgs/acme/kill-switches", switch)
    assert answer.status in (200, 201), answer.body
    try:
        assert wait_for(running, held)["status"] == "failed"
        assert [one["code"] for one in errors_of(running, held)] == ["stopped"]
        until(lambda: running.server.tunnels.hub.streams == 0)
        refused = deploy(running, {"web": module()})
        assert wait_for(running, refused)["status"] == "failed"
        assert {one["code"] for one in errors_of(running, refused)} == {"stopped"}
    finally:
        for one in running.request("GET", "/orgs/acme/kill-switches").json():
            assert running.request("DELETE", f"/orgs/acme/kill-switches/{one['id']}").status in (200, 204)


def test_an_agent_that_returns_within_a_deployment_lets_it_go_on(world: World) -> None:
    running, world.controller.holds = world.running, True
    held = deploy(running, {"web": module()})
    until(lambda: watches(running, held))
    running.server.tunnels.hub.cut(lambda _: True, Reset(ResetReason.LOST, "a test"))
    world.controller.holds = False
    assert wait_for(running, held)["status"] == "succeeded", errors_of(running, held)


@pytest.mark.parametrize("detach", ["true", "false"])
def test_a_cluster_is_not_detached_or_deleted_before_the_deployment_to_it_has_ended(world: World, detach: str) -> None:
    running, world.controller.holds = world.running, True
    held = deploy(running, {"web": module()})
    until(lambda: watches(running, held))
    refused = running.request("DELETE", f"{ENVIRONMENT}/resources/k8s-cluster/k8s-cluster?detach={detach}")
    assert (refused.status, held in refused.json()["message"]) == (409, True), refused.body
    world.controller.holds = False
    assert wait_for(running, held)["status"] == "succeeded", errors_of(running, held)
    with running.server.store.reading() as transaction:
        inventory = transaction.deployments.objects("acme", "shop", "dev")
    assert {one.kind for one in inventory} == {"ServiceAccount", "Secret", "Service", "Deployment"}
    removed = deploy(running, None)
    assert wait_for(running, removed)["status"] == "succeeded", errors_of(running, removed)
    assert find(world.admin, f"/apis/apps/v1/namespaces/{world.namespace}/deployments/web") is None


@pytest.mark.parametrize("before", [0, 425, 430])
def test_a_secret_in_the_words_of_a_pod_is_masked_also_where_they_are_cut(world: World, before: int) -> None:
    running, world.controller.holds = world.running, True
    begun = deploy(running, {"web": module()})
    until(lambda: watches(running, begun))
    core = f"/api/v1/namespaces/{world.namespace}/pods"
    live = world.admin.request("GET", f"/apis/apps/v1/namespaces/{world.namespace}/deployments/web")
    labels = live["spec"]["selector"]["matchLabels"]
    spec = {"containers": [{"name": "main", "image": "a"}], "automountServiceAccountToken": False}
    world.admin.request("POST", core, {"metadata": {"name": "web-1", "labels": labels}, "spec": spec})
    try:
        words = f"Error: {'x' * before} planted-password-of-db and more"
        ended = {"exitCode": 1, "reason": "Error", "message": words}
        status = {"containerStatuses": [_container("main", {"terminated": ended})]}
        status["initContainerStatuses"] = [_container("init", {"waiting": {"reason": "ErrImagePull", "message": "no"}})]
        world.admin.request("PATCH", f"{core}/web-1/status", {"status": status}, media="application/merge-patch+json")
        until(lambda: any("pod web-1: init: ErrImagePull: no; main" in line for line in log_of(running, begun)), 60)
        world.controller.holds, world.controller.fails = False, True
        assert wait_for(running, begun)["status"] == "failed"
        (error,) = errors_of(running, begun)
        assert "pod web-1: init: ErrImagePull: no; main ended with 1" in error["message"]
        assert "planted" not in json.dumps([error, log_of(running, begun)])
    finally:
        world.controller.fails = False
        world.admin.request("DELETE", f"{core}/web-1", query={"gracePeriodSeconds": "0"})


def _container(name: str, state: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "image": "a", "imageID": "", "ready": False, "restartCount": 0, "state": state}

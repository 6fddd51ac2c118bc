"""Deployments as the API begins them, and how those end that cannot be carried out."""

from __future__ import annotations

import time
from typing import Any

import pytest

from leastway.registry import EMPTY_SET
from tests.running_server import RunningServer

PLACE = "/orgs/acme/apps/deployed/envs/development"


@pytest.fixture(scope="module", autouse=True)
def application(running: RunningServer) -> None:
    assert running.request("POST", "/orgs/acme/apps", {"id": "deployed", "name": "D"}).status == 201


def _set(running: RunningServer, **delta: Any) -> str:
    answer = running.request("POST", f"/orgs/acme/apps/deployed/sets/{EMPTY_SET.id}", delta)
    assert answer.status == 200, answer.body
    return str(answer.json())


def _ended(running: RunningServer, **body: Any) -> dict[str, Any]:
    begun = running.request("POST", f"{PLACE}/deploys", body)
    assert begun.status == 201, begun.body
    one = f"{PLACE}/deploys/{begun.json()['id']}"
    give_up = time.monotonic() + 60
    while (found := running.request("GET", one).json())["status"] not in ("succeeded", "failed"):
        assert time.monotonic() < give_up, found
        time.sleep(0.05)
    return {**found, "errors": running.request("GET", f"{one}/errors").json()}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "nothing was deployed to this environment yet"),
        ({"delta_id": "none"}, "delta_id: the application has no such delta"),
        ({"set_id": "none"}, "set_id: the application has no such deployment set"),
        ({"set_id": EMPTY_SET.id, "mode": "incremental"}, "mode: deployments of the mode incremental are not served"),
        ({"set_id": EMPTY_SET.id, "pipeline": {"id": "p"}}, "pipeline: pipelines are not served"),
        ({"set_id": EMPTY_SET.id, "value_set_version_id": "v"}, "value_set_version_id: app values are not served"),
        ({"set_id": EMPTY_SET.id, "comment": "x" * 10_001}, "comment: it is longer than 10000 characters"),
        ({"set_id": EMPTY_SET.id, "dry_run": "yes"}, "dry_run"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_by_name(
    running: RunningServer, body: dict[str, Any], message: str
) -> None:
    answer = running.request("POST", f"{PLACE}/deploys", body)
    assert (answer.status, message in answer.json()["message"]) == (400, True), answer.body
    assert running.request("GET", f"{PLACE}/deploys").json() == []


def test_a_set_without_definitions_fails_and_names_their_types(running: RunningServer) -> None:
    module = {"spec": {"containers": {"main": {"image": "web:1"}}}, "externals": {"db": {"type": "redis"}}}
    ended = _ended(running, set_id=_set(running, modules={"add": {"web": module}}))
    assert ended["status"] == "failed"
    (error,) = ended["errors"]
    for name in ("redis.default#modules.web.externals.db", "k8s-cluster.default", "k8s-namespace.default"):
        assert name in error["message"]
    assert "from_deploy" not in running.request("GET", PLACE).json()


def test_a_driver_that_is_not_served_is_named_before_anything_is_provisioned(running: RunningServer) -> None:
    driver = {"id": "own-one", "type": "mongodb", "target": "driver://humanitec/echo"}
    more: dict[str, Any] = {"account_types": [], "inputs_schema": {}}
    assert running.request("POST", "/orgs/acme/resources/drivers", {**driver, **more}).status == 200
    definition = {"id": "away", "name": "A", "type": "mongodb", "driver_type": "acme/own-one"}
    made = running.request("POST", "/orgs/acme/resources/defs", {**definition, "criteria": [{"app_id": "deployed"}]})
    assert made.status == 200, made.body
    step = {"op": "add", "path": "/db", "value": {"type": "mongodb"}}
    ended = _ended(running, set_id=_set(running, shared=[step]))
    assert ended["status"] == "failed"
    assert "the driver acme/own-one is not served" in ended["errors"][0]["message"]


def test_a_rollback_is_a_deployment_of_the_set_before(running: RunningServer) -> None:
    definition = {
        "id": "echoed",
        "name": "E",
        "type": "mysql",
        "driver_type": "humanitec/echo",
        "driver_inputs": {"values": {"host": "h"}},
        "criteria": [{"app_id": "deployed"}],
    }
    assert running.request("POST", "/orgs/acme/resources/defs", definition).status == 200
    step = {"op": "add", "path": "/db", "value": {"type": "mysql"}}
    first = _ended(running, set_id=_set(running, shared=[step]))
    assert (first["status"], first["errors"]) == ("succeeded", [])
    assert [one["type"] for one in running.request("GET", f"{PLACE}/resources").json()] == ["mysql"]
    delta = {"shared": [{"op": "remove", "path": "/db"}]}
    made = running.request("POST", "/orgs/acme/apps/deployed/deltas", delta).json()["id"]
    second = _ended(running, delta_id=made)
    assert (second["status"], second["from_id"], second["set_id"]) == ("succeeded", first["id"], EMPTY_SET.id)
    assert running.request("GET", f"{PLACE}/resources").json() == []
    assert running.request("PUT", f"{PLACE}/from_deploy_id", first["id"]).status == 204
    third = _ended(running)
    assert (third["status"], third["from_id"], third["set_id"]) == ("succeeded", first["id"], first["set_id"])
    other = running.request("GET", f"/orgs/acme/apps/deployed/envs/none/deploys/{first['id']}")
    assert other.status == 404
    detached = running.request("DELETE", f"{PLACE}/resources/mysql/shared.db?detach=true")
    assert detached.status == 204

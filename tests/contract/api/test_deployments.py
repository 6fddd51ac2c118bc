"""Deployments as the API begins them, and how those end that cannot be carried out."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from leastway.registry import EMPTY_SET
from tests.running_server import RunningServer


@dataclass
class Application:
    """A new application, and its environment."""

    running: RunningServer
    id: str

    @property
    def place(self) -> str:
        """The path of the environment."""
        return f"/orgs/acme/apps/{self.id}/envs/development"

    def set(self, **delta: Any) -> str:
        """Return the id of a new set."""
        answer = self.running.request("POST", f"/orgs/acme/apps/{self.id}/sets/{EMPTY_SET.id}", delta)
        assert answer.status == 200, answer.body
        return str(answer.json())

    def ended(self, **body: Any) -> dict[str, Any]:
        """Deploy, and return the deployment once it has ended."""
        begun = self.running.request("POST", f"{self.place}/deploys", body)
        assert begun.status == 201, begun.body
        one = f"{self.place}/deploys/{begun.json()['id']}"
        give_up = time.monotonic() + 60
        while (found := self.running.request("GET", one).json())["status"] not in ("succeeded", "failed"):
            assert time.monotonic() < give_up, found
            time.sleep(0.05)
        return {**found, "errors": self.running.request("GET", f"{one}/errors").json()}


@pytest.fixture
def application(running: RunningServer) -> Application:
    made = Application(running, f"deployed-{uuid.uuid4().hex[:8]}")
    assert running.request("POST", "/orgs/acme/apps", {"id": made.id, "name": "D"}).status == 201
    return made


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
    running: RunningServer, application: Application, body: dict[str, Any], message: str
) -> None:
    answer = running.request("POST", f"{application.place}/deploys", body)
    assert (answer.status, message in answer.json()["message"]) == (400, True), answer.body
    assert running.request("GET", f"{application.place}/deploys").json() == []


def test_a_set_without_definitions_fails_and_names_their_types(
    running: RunningServer, application: Application
) -> None:
    module = {"spec": {"containers": {"main": {"image": "web:1"}}}, "externals": {"db": {"type": "redis"}}}
    ended = application.ended(set_id=application.set(modules={"add": {"web": module}}))
    assert ended["status"] == "failed"
    (error,) = ended["errors"]
    for name in ("redis.default#modules.web.externals.db", "k8s-cluster.default", "k8s-namespace.default"):
        assert name in error["message"]
    assert "from_deploy" not in running.request("GET", application.place).json()


def test_a_driver_that_is_not_served_is_named_before_anything_is_provisioned(
    running: RunningServer, application: Application
) -> None:
    driver = {"id": "own-one", "type": "mongodb", "target": "driver://humanitec/echo"}
    more: dict[str, Any] = {"account_types": [], "inputs_schema": {}}
    assert running.request("POST", "/orgs/acme/resources/drivers", {**driver, **more}).status == 200
    definition = {"id": "away", "name": "A", "type": "mongodb", "driver_type": "acme/own-one"}
    made = running.request(
        "POST", "/orgs/acme/resources/defs", {**definition, "criteria": [{"app_id": application.id}]}
    )
    assert made.status == 200, made.body
    step = {"op": "add", "path": "/db", "value": {"type": "mongodb"}}
    ended = application.ended(set_id=application.set(shared=[step]))
    assert ended["status"] == "failed"
    assert "the driver acme/own-one is not served" in ended["errors"][0]["message"]


def test_a_rollback_is_a_deployment_of_the_set_before(running: RunningServer, application: Application) -> None:
    definition = {
        "id": "echoed",
        "name": "E",
        "type": "mysql",
        "driver_type": "humanitec/echo",
        "driver_inputs": {"values": {"host": "h"}},
        "criteria": [{"app_id": application.id}],
    }
    assert running.request("POST", "/orgs/acme/resources/defs", definition).status == 200
    step = {"op": "add", "path": "/db", "value": {"type": "mysql"}}
    first = application.ended(set_id=application.set(shared=[step]))
    assert (first["status"], first["errors"]) == ("succeeded", [])
    assert [one["type"] for one in running.request("GET", f"{application.place}/resources").json()] == ["mysql"]
    delta = {"shared": [{"op": "remove", "path": "/db"}]}
    made = running.request("POST", f"/orgs/acme/apps/{application.id}/deltas", delta).json()["id"]
    second = application.ended(delta_id=made)
    assert (second["status"], second["from_id"], second["set_id"]) == ("succeeded", first["id"], EMPTY_SET.id)
    assert running.request("GET", f"{application.place}/resources").json() == []
    assert running.request("PUT", f"{application.place}/from_deploy_id", first["id"]).status == 204
    third = application.ended()
    assert (third["status"], third["from_id"], third["set_id"]) == ("succeeded", first["id"], first["set_id"])
    other = running.request("GET", f"/orgs/acme/apps/{application.id}/envs/none/deploys/{first['id']}")
    assert other.status == 404
    detached = running.request("DELETE", f"{application.place}/resources/mysql/shared.db?detach=true")
    assert detached.status == 204

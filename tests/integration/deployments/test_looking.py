"""check-connectivity and the runtime of an environment, through the agent to a real API server."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.deployments.conftest import World
from tests.integration.deployments.test_deploying import world
from tests.integration.deployments.world import RULES, deploy, errors_of, grant, module, wait_for
from tests.integration.tunnel.world import register

__all__ = ["world"]

pytestmark = pytest.mark.integration

CHECK = "/orgs/acme/runtime/actions/check-connectivity"
LOOKING = {"apiGroups": ["apps"], "resources": ["deployments", "replicasets"], "verbs": ["list"]}


def checked(world: World, environment: str) -> tuple[bool, dict[str, tuple[str, str]]]:
    body = {"app_id": "shop", "env_id": environment, "env_type": "development"}
    answer = world.running.request("POST", CHECK, body)
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json()
    return found["success"], {one["type"]: (one["status"], one["message"]) for one in found["conditions"]}


def test_a_cluster_behind_an_agent_is_checked_with_the_rights_of_a_deployment(world: World) -> None:
    success, found = checked(world, "dev")
    assert (success, {status for status, _ in found.values()}) == (True, {"True"}), found
    assert "answers with its own CA, and accepts the token" in found["ClusterCanBeReached"][1]

    grant(world.admin, world.namespace, [one for one in RULES if "deployments" not in one["resources"]])
    success, found = checked(world, "dev")
    assert (success, found["DeploymentIsAllowed"][0]) == (False, "False")
    assert f"patch deployments.apps in {world.namespace}" in found["DeploymentIsAllowed"][1]


def test_what_runs_is_seen_through_the_agent(world: World) -> None:
    grant(world.admin, world.namespace, [*RULES, LOOKING])
    deployed = deploy(world.running, {"web": module()})
    assert wait_for(world.running, deployed)["status"] == "succeeded", errors_of(world.running, deployed)
    found = world.running.request("GET", "/orgs/acme/apps/shop/envs/dev/runtime")
    assert found.status == 200, found.body
    assert (found.json()["namespace"], list(found.json()["modules"])) == (world.namespace, ["web"])


def test_without_its_agent_a_cluster_is_neither_checked_nor_looked_at(world: World) -> None:
    running = world.running
    register(running, "absent", 3)
    environment = {"id": "alone", "name": "Alone", "type": "development"}
    assert running.request("POST", "/orgs/acme/apps/shop/envs", environment).status == 201
    body = {
        "id": "no-way-in",
        "name": "no-way-in",
        "type": "agent",
        "driver_type": "humanitec/agent",
        "driver_inputs": {"values": {"id": "absent"}},
        "criteria": [{"env_id": "alone"}],
    }
    assert running.request("POST", "/orgs/acme/resources/defs", body).status == 200

    success, found = checked(world, "alone")
    assert (success, found["GraphCanProvision"][0]) == (False, "False")
    assert "agent 'absent' is not connected: it has never been connected" in found["GraphCanProvision"][1]
    assert found["ClusterCanBeReached"] == ("Unknown", "not checked, because a check before it failed")
    answer = running.request("GET", "/orgs/acme/apps/shop/envs/alone/runtime")
    assert answer.status >= 400
    assert "agent 'absent' is not connected" in answer.json()["message"]

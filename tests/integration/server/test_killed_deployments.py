"""A server that is killed with SIGKILL in a deployment goes on, and an environment has one deployment at a time."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from leastway.custody import create_key_file
from leastway.ports import MemorySteps
from leastway.primitives import Secret
from leastway.registry import EMPTY_SET, Criterion, Deployment, read_delta
from leastway.service import Server, ServerSettings, applications, deployments, environments, sets
from leastway.service.definition_making import GivenDefinition, GivenInputs
from leastway.service.definitions import create_definition
from leastway.service.deploying import DeploymentWork
from leastway.service.deployments import WantedDeployment
from leastway.store.platform_schema import audit_entries
from tests.databases import new_postgresql
from tests.integration.server.killed_changes import caller_of, opened
from tests.integration.server.killed_deployments import PLACE, begun_and_killed, begun_together

pytestmark = pytest.mark.integration

SHARED = {"shared": [{"op": "add", "path": "/db", "value": {"type": "postgres"}}]}
SECRET = "planted-password-of-the-database"


def _prepared(settings: ServerSettings) -> tuple[Secret, str]:
    """Make an application, a definition and a set, and return the owner's token and the set."""
    with opened(settings) as (server, told):
        assert told is not None
        caller = caller_of(server, told)
        applications.create_application(server, caller, "acme", identifier="shop", name="Shop")
        inputs = GivenInputs(values={"host": "h"}, secrets={"password": SECRET})
        given = GivenDefinition(name="DB", type="postgres", driver="humanitec/echo", inputs=inputs)
        create_definition(server, caller, "acme", "database", given, [Criterion.parse({})])
        return told, sets.create_set(server, caller, "acme", "shop", EMPTY_SET.id, read_delta(SHARED)).id


def _ended(server: Server) -> Deployment:
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        with server.store.reading() as transaction:
            found = transaction.deployments.last(*PLACE)
        assert found is not None
        if found.status.is_end:
            return found
        time.sleep(0.05)
    raise AssertionError("the deployment does not end")


def test_the_next_starts_go_on_and_do_nothing_twice(tmp_path: Path) -> None:
    settings = ServerSettings(tmp_path / "data", organization="acme")
    token, target = _prepared(settings)
    assert begun_and_killed(settings, token.reveal(), target, 1) == -signal.SIGKILL
    assert begun_and_killed(settings, token.reveal(), None, 2) == -signal.SIGKILL
    with opened(settings) as (server, _):
        found = _ended(server)
        assert (found.status.value, found.errors, found.set_id) == ("succeeded", (), target)
        with server.store.reading() as transaction:
            (active,) = transaction.active_resources.of_environment(*PLACE)
            environment = transaction.environments.find(*PLACE)
            query = select(audit_entries.c.entry).order_by(audit_entries.c.id)
            entries = [json.loads(entry) for entry in transaction._connection.scalars(query)]
            lines = [line.text for line in transaction.runs.lines(found.id, 0, 100)]
    assert environment is not None
    assert environment.from_deployment == found.id
    assert (active.outputs, active.secret_refs["password"]["version"]) == ({"host": "h"}, "1")
    actions = [one["action"] for one in entries if one["action"].startswith("deployment.")]
    assert actions == ["deployment.created", "deployment.succeeded"]
    assert len([line for line in lines if "is provisioned" in line]) <= 1  # a kill loses the lines of a moment
    for path in (tmp_path / "data").rglob("*"):
        assert path.is_dir() or SECRET.encode() not in path.read_bytes(), path


def test_the_last_step_ends_also_if_its_environment_was_deleted_since(tmp_path: Path) -> None:
    settings = ServerSettings(tmp_path / "data", organization="acme")
    token, _ = _prepared(settings)
    with opened(settings) as (server, _):
        caller = caller_of(server, token)
        begun = deployments.create_deployment(server, caller, *PLACE, WantedDeployment(set_id=EMPTY_SET.id))
        assert _ended(server).status.value == "succeeded"
        environments.delete_environment(server, caller, *PLACE)
        steps = MemorySteps({"freeze": {"status": "succeeded"}})  # a process was killed before it recorded `end`
        assert DeploymentWork(server).carry_out(steps, begun.id) == {"status": "succeeded"}


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[ServerSettings]:
    create_key_file(tmp_path / "key")
    with new_postgresql() as url:
        yield ServerSettings(tmp_path / "first", url, organization="acme", wrapping_key=str(tmp_path / "key"))


def test_two_processes_on_postgresql_begin_one_deployment(shared: ServerSettings) -> None:
    token, _ = _prepared(shared)
    assert sum(begun_together(shared, token.reveal(), 5)) == 1

"""A server that is killed with SIGKILL after a durable step of a key's rotation: it, or another process, goes on."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from leastway.custody import create_key_file
from leastway.primitives import Secret
from leastway.service import Server, ServerSettings, accounts, key_rotation
from leastway.service.definition_making import GivenDefinition, GivenInputs, given_secret_refs, kept_secrets
from leastway.service.definitions import create_definition
from leastway.service.durable_work import DurableWork
from leastway.service.settings import ServerRole
from leastway.store.platform_schema import audit_entries
from tests.databases import new_postgresql
from tests.integration.server.killed_changes import caller_of, opened
from tests.integration.server.killed_rotations import NEW, OLD, STEPS, begun_and_killed

pytestmark = pytest.mark.integration

PLACES = ("def-first", "def-second")
GOES_ON_WITHIN = 30.0
"""Seconds: five on a machine with nothing else to do."""


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the seven days."""
    monkeypatch.setattr(key_rotation, "SOAK", timedelta(0))


def _prepared(settings: ServerSettings) -> Secret:
    """Make an account and two definitions with its key, and return the owner's token."""
    with opened(settings) as (server, told):
        assert told is not None
        caller = caller_of(server, told)
        accounts.create_account(
            server, caller, "acme", identifier="aws-main", name="M", type_id="aws", credentials=dict(OLD)
        )
        for name in PLACES:
            inputs = GivenInputs(secrets={"key": OLD["aws_secret_access_key"]})
            given = GivenDefinition(name=name, type="s3", driver="humanitec/echo", inputs=inputs)
            create_definition(server, caller, "acme", name, given)
        return told


def _wait_for_the_end(server: Server) -> float:
    """Return after how many seconds the rotation was done."""
    began = time.monotonic()
    while time.monotonic() - began < 60:
        with server.store.reading() as transaction:
            found = transaction.key_rotations.find("acme", "aws-main")
        if found is not None and found.state == "done":
            return time.monotonic() - began
        time.sleep(0.02)
    raise AssertionError("the rotation does not end")


def _check(server: Server) -> None:
    with server.store.reading() as transaction:
        for name in PLACES:
            definition = transaction.definitions.find("acme", name)
            assert definition is not None
            assert definition.active.number == 2, "it is changed once"
            sealed = kept_secrets(transaction, "acme", name, definition.active)
            refs = given_secret_refs(server, definition.active, sealed)
            assert refs == {"key": {"value": NEW["aws_secret_access_key"]}}
        query = select(audit_entries.c.entry).order_by(audit_entries.c.id)
        entries = [json.loads(entry) for entry in transaction._connection.scalars(query)]
    done = [(one["action"], one["target"]) for one in entries if "key" in one["action"]]
    assert done == [
        ("account.key-places-found", "aws-main"),
        *(("definition.key-replaced", name) for name in PLACES),
        ("account.key-forgotten", "aws-main"),
    ]
    assert OLD["aws_secret_access_key"] not in str(entries)


@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_on_sqlite_the_next_start_goes_on(tmp_path: Path, step: int) -> None:
    settings = ServerSettings(tmp_path / "data", organization="acme")
    token = _prepared(settings)
    assert begun_and_killed(settings, token.reveal(), step) == -signal.SIGKILL
    with opened(settings) as (server, _):
        _wait_for_the_end(server)
        _check(server)
    for path in (tmp_path / "data" / "steps").iterdir():
        content = path.read_bytes()
        assert not any(secret.encode() in content for secret in (*OLD.values(), *NEW.values())), path


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[ServerSettings]:
    create_key_file(tmp_path / "key")
    with new_postgresql() as url:
        yield ServerSettings(tmp_path / "first", url, organization="acme", wrapping_key=str(tmp_path / "key"))


@pytest.mark.parametrize(
    ("step", "role"),
    [
        (1, ServerRole.ALL),
        (2, ServerRole.WORKER),
        pytest.param(3, ServerRole.ALL, marks=pytest.mark.soak),
        (4, ServerRole.API),
        pytest.param(5, ServerRole.WORKER, marks=pytest.mark.soak),
    ],
)
def test_on_postgresql_the_other_process_goes_on_soon(
    shared: ServerSettings, step: int, role: ServerRole, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = _prepared(shared)
    monkeypatch.setattr(DurableWork, "_look", lambda *_: None)  # the work is the other process's while it lives
    with opened(replace(shared, data=shared.data.with_name("other"), role=role)) as (other, _):
        other.work.engine.get()
        assert begun_and_killed(shared, token.reveal(), step) == -signal.SIGKILL
        assert _wait_for_the_end(other) < GOES_ON_WITHIN
        _check(other)

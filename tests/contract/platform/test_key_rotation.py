"""After a new key of an account was accepted: other places get it, the old one is forgotten, killed at any step."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from leastway.ports import Holder, HolderKind, MemorySteps, WaitingError
from leastway.service import Called, Caller, Server, ServerSettings, accounts, authenticate, open_server
from leastway.service.aws_access import AwsAccess
from leastway.service.definition_making import GivenDefinition, GivenInputs, given_secret_refs, kept_secrets
from leastway.service.definitions import create_definition, delete_definition, replace_definition
from leastway.service.durable_work import DurableWork
from leastway.service.key_rotation import SOAK, carry_out_rotation, workflow_of
from leastway.service.rotation import roll_back_account
from leastway.store.platform_schema import audit_entries
from tests.scripted_aws import OWN, World
from tests.scripted_sts import ScriptedSts

OLD = {"aws_access_key_id": "AKIA" + "QWERTYUIOPASDOLD", "aws_secret_access_key": "o" * 40}
NEW = {"aws_access_key_id": "AKIA" + "QWERTYUIOPASDNEW", "aws_secret_access_key": "n" * 40}
PAIR = {"access_key": OLD["aws_access_key_id"], "secret_key": OLD["aws_secret_access_key"]}
FILE = f"[default]\naws_access_key_id={PAIR['access_key']}\naws_secret_access_key={PAIR['secret_key']}\n"
SECRETS: dict[str, Any] = {
    "def-pair": {"variables": {**PAIR, "other": "stays"}, "list": [PAIR["secret_key"], 7]},
    "def-file": {"files": {"credentials": FILE}},
    "def-none": {"variables": {"other": "stays"}},
}


@dataclass
class MovableClock:
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class Rotated:
    server: Server
    caller: Caller
    clock: MovableClock

    def argument(self) -> list[Any]:
        with self.server.store.reading() as transaction:
            found = transaction.key_rotations.find("acme", "aws-main")
        assert found is not None
        return workflow_of(found)[1]

    def state(self) -> tuple[str, dict[str, str] | None]:
        with self.server.store.reading() as transaction:
            found = transaction.key_rotations.find("acme", "aws-main")
        assert found is not None
        return found.state, found.places

    def secrets(self, definition: str) -> Any:
        with self.server.store.reading() as transaction:
            found = transaction.definitions.find("acme", definition)
            assert found is not None
            sealed = kept_secrets(transaction, "acme", definition, found.active)
        return given_secret_refs(self.server, found.active, sealed)

    def versions(self) -> list[int]:
        with self.server.store.reading() as transaction:
            stored = transaction.secrets.versions(Holder("acme", HolderKind.ACCOUNT, "aws-main"))
        return [one.place.version for one in stored]

    def entered(self) -> list[tuple[str, str]]:
        query = select(audit_entries.c.entry).order_by(audit_entries.c.id)
        with self.server.store.reading() as transaction:
            entries = [json.loads(entry) for entry in transaction._connection.scalars(query)]
        assert "o" * 40 not in str(entries)
        assert "n" * 40 not in str(entries)
        return [(one["action"], one["target"]) for one in entries if "key" in one["action"]]


@pytest.fixture
def world(new_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rotated]:
    """An account whose key was replaced, and definitions that had the old one; nothing goes on by itself."""
    monkeypatch.setattr(DurableWork, "_keep", lambda *_: None)
    settings = ServerSettings(tmp_path / "data", new_store if "://" in new_store else None, organization="acme")
    told: list[Any] = []
    clock = MovableClock()
    with open_server(settings, told.append, clock) as opened:
        server = replace(opened, aws=AwsAccess(World(), lambda: OWN, lambda: "eu-central-1", ScriptedSts(clock)))
        with server.store.reading() as transaction:
            caller = authenticate(transaction, told[0], Called("PATCH", "/test"))
        for name in ("aws-main", "aws-twin"):
            accounts.create_account(
                server, caller, "acme", identifier=name, name=name, type_id="aws", credentials=dict(OLD)
            )
        for name, secrets in SECRETS.items():
            given = GivenDefinition(
                name=name, type="s3", driver="humanitec/echo", inputs=GivenInputs(values={"a": 1}, secrets=secrets)
            )
            create_definition(server, caller, "acme", name, given)
        accounts.update_account(server, caller, "acme", "aws-main", credentials=dict(NEW))
        yield Rotated(server, caller, clock)


class KilledError(BaseException):
    """The process ends here."""


class Killing(MemorySteps):
    """Ends the process before the record of a step is written, or after it."""

    def __init__(self, results: dict[str, Any], at: int, *, is_recorded: bool) -> None:
        super().__init__(results)
        self.left, self.is_recorded = at, is_recorded

    def once(self, name: str, act: Callable[[], Any], /) -> Any:
        if name in self.results:
            return self.results[name]
        result = json.loads(json.dumps(act()))
        assert "o" * 40 not in str(result)
        self.left -= 1
        if self.left == 0 and not self.is_recorded:
            raise KilledError
        self.results[name] = result
        if self.left == 0:
            raise KilledError
        return result


def finished(world: Rotated, results: dict[str, Any] | None = None) -> str:
    """Carry out the rotation to its end, seven days later."""
    results = {} if results is None else results
    with pytest.raises(WaitingError) as raised:
        carry_out_rotation(world.server, MemorySteps(results), world.argument())
    assert world.versions() == [1, 2], "the old key stays for running work"
    assert raised.value.until is not None
    world.clock.at = raised.value.until
    return carry_out_rotation(world.server, MemorySteps(results), world.argument())


def check_end(world: Rotated) -> None:
    pair = {"access_key": {"value": NEW["aws_access_key_id"]}, "secret_key": {"value": NEW["aws_secret_access_key"]}}
    assert world.secrets("def-pair") == {
        "variables": {**pair, "other": {"value": "stays"}},
        "list": {"value": [NEW["aws_secret_access_key"], 7]},
    }
    file = FILE.replace(OLD["aws_access_key_id"], NEW["aws_access_key_id"]).replace("o" * 40, "n" * 40)
    assert world.secrets("def-file") == {"files": {"credentials": {"value": file}}}
    state, places = world.state()
    assert state == "done"
    assert places is not None
    assert (places["definition/def-pair"], places["definition/def-file"]) == ("", "")
    assert places["account/aws-twin"].startswith("it is an account of its own")
    assert "definition/def-none" not in places
    assert world.versions() == [2]
    entered = world.entered()
    assert sorted(entered) == sorted(set(entered)), "each change is entered once"
    assert {action for action, _ in entered} == {
        "account.key-places-found",
        "definition.key-replaced",
        "account.key-forgotten",
    }


def test_other_places_get_the_new_key_and_the_old_one_is_forgotten(world: Rotated) -> None:
    assert finished(world) == "done"
    check_end(world)
    with world.server.store.reading() as transaction:
        untouched = transaction.definitions.find("acme", "def-none")
        assert untouched is not None
        assert untouched.active.number == 1


@pytest.mark.parametrize("is_recorded", [False, True], ids=["within", "after"])
@pytest.mark.parametrize("step", range(1, 5))
def test_a_rotation_that_is_killed_at_a_step_comes_to_the_same_end(
    world: Rotated, step: int, *, is_recorded: bool
) -> None:
    results: dict[str, Any] = {}
    with pytest.raises((KilledError, WaitingError)):
        carry_out_rotation(world.server, Killing(results, step, is_recorded=is_recorded), world.argument())
    assert finished(world, results) == "done"
    check_end(world)


@pytest.mark.parametrize("is_recorded", [False, True], ids=["within", "after"])
@pytest.mark.parametrize("step", [1, 2])
def test_a_rotation_that_is_killed_at_one_of_its_last_steps_comes_to_the_same_end(
    world: Rotated, step: int, *, is_recorded: bool
) -> None:
    results: dict[str, Any] = {}
    with pytest.raises(WaitingError):
        carry_out_rotation(world.server, MemorySteps(results), world.argument())
    world.clock.at += SOAK
    with pytest.raises(KilledError):
        carry_out_rotation(world.server, Killing(results, step, is_recorded=is_recorded), world.argument())
    carry_out_rotation(world.server, MemorySteps(results), world.argument())
    check_end(world)


def test_a_way_back_supersedes_the_rotation_and_gives_the_old_key_back(world: Rotated) -> None:
    first = world.argument()
    with pytest.raises(WaitingError):
        carry_out_rotation(world.server, MemorySteps(), first)
    roll_back_account(world.server, world.caller, "acme", "aws-main")
    assert carry_out_rotation(world.server, MemorySteps(), first) == "superseded"
    with pytest.raises(WaitingError):
        carry_out_rotation(world.server, MemorySteps(), world.argument())
    world.clock.at += SOAK
    assert carry_out_rotation(world.server, MemorySteps(), first) == "superseded"
    assert world.secrets("def-pair")["variables"]["access_key"] == {"value": OLD["aws_access_key_id"]}
    assert world.versions() == [2, 3]


def test_what_others_did_meanwhile_stays(world: Rotated) -> None:
    results: dict[str, Any] = {}
    with pytest.raises(KilledError):
        carry_out_rotation(world.server, Killing(results, 1, is_recorded=True), world.argument())
    delete_definition(world.server, world.caller, "acme", "def-file")
    replace_definition(
        world.server,
        world.caller,
        "acme",
        "def-pair",
        name="Mine",
        driver=None,
        account="",
        inputs=GivenInputs(secrets={"own": "secret"}),
        provision=None,
    )
    assert finished(world, results) == "done"
    assert world.secrets("def-pair") == {"own": {"value": "secret"}}
    assert [action for action, _ in world.entered()] == ["account.key-places-found", "account.key-forgotten"]


def test_an_account_that_is_deleted_ends_its_rotation(world: Rotated) -> None:
    argument = world.argument()
    accounts.delete_account(world.server, world.caller, "acme", "aws-main")
    assert carry_out_rotation(world.server, MemorySteps(), argument) == "superseded"
    assert world.secrets("def-pair")["variables"]["access_key"] == {"value": OLD["aws_access_key_id"]}


def test_a_role_has_no_rotation(world: Rotated) -> None:
    credentials = {"aws_role": "arn:aws:iam::111122223333:role/humanitec-s3", "external_id": "first-id"}
    create = accounts.create_account
    create(
        world.server, world.caller, "acme", identifier="aws-role", name="R", type_id="aws-role", credentials=credentials
    )
    changed = {**credentials, "external_id": "second-id"}
    accounts.update_account(world.server, world.caller, "acme", "aws-role", credentials=changed)
    with world.server.store.reading() as transaction:
        assert transaction.key_rotations.find("acme", "aws-role") is None

"""Rotations on the embedded AWS: killed within every durable step, with a client that uses the key all the time."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest

from leastway.reconcile import RotationStep as Step
from leastway.sandbox import Sandbox
from tests.integration.life.inventory import client_of
from tests.integration.life.rotating import rotate
from tests.integration.life.world import World, make_world

pytestmark = pytest.mark.integration

FORWARD = [Step.LIST, Step.INTEND, Step.CREATE, Step.PROVE, Step.CONFIRM, Step.SWITCH, Step.DRAIN, Step.DEACTIVATE]
FORWARD += [Step.SOAK, Step.DELETE]
BACK = [Step.FIND, Step.ACTIVATE, Step.PROVE_OLD, Step.RESTORE, Step.SWITCH_BACK, Step.DELETE_NEW]


@pytest.fixture
def sandbox(small_sandbox: Sandbox) -> Sandbox:
    return small_sandbox


@pytest.fixture(params=[300, pytest.param(10_000, marks=pytest.mark.soak)])
def calls(request: pytest.FixtureRequest) -> int:
    """How many calls the client makes at least."""
    return int(request.param)


@pytest.fixture
def world(sandbox: Sandbox, tmp_path: Path) -> World:
    """The example `seed`, applied: a user with one key."""
    made = make_world(sandbox, "seed", tmp_path)
    assert made.run("apply").code == 0
    return made


def user_and_account(world: World) -> tuple[str, str]:
    return world.grant.platform.user_name, world.grant.accounts[0].id


def live(world: World) -> dict[str, str]:
    user, account = user_and_account(world)
    found = client_of(world, account, "iam").list_access_keys(UserName=user)["AccessKeyMetadata"]
    return {key["AccessKeyId"]: key["Status"] for key in found}


def stored(world: World) -> dict[str, dict[str, str]]:
    """Return the stored keys by stage; the current one has none."""
    user, account = user_and_account(world)
    folder = world.state / "keys"
    files = {path.name.removeprefix(f"{account}-{user}").removesuffix(".json"): path for path in folder.glob("*.json")}
    assert not list(folder.glob(".*intention*")), "an intention is still open"
    return {stage: json.loads(path.read_text()) for stage, path in files.items()}


@dataclass
class Client:
    """The platform: it uses one key all the time, from the moment on when the key was entered."""

    endpoint: str
    key: dict[str, str]
    wanted: int
    calls: int = 0
    failures: list[str] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Client:
        self._thread = threading.Thread(target=self._use)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()

    def some_calls(self) -> None:
        """Wait until the client made more of its calls with what it has now."""
        target = self.calls + self.wanted // 10
        while self.calls < target and self._thread.is_alive():
            self._over.wait(0.01)

    def _use(self) -> None:
        clients: dict[str, Any] = {}
        while not self._over.is_set():
            key = self.key
            name = key["aws_access_key_id"]
            if name not in clients:
                clients[name] = boto3.client(
                    "sts",
                    region_name="eu-central-1",
                    endpoint_url=self.endpoint,
                    aws_access_key_id=name,
                    aws_secret_access_key=key["aws_secret_access_key"],
                )
            self.calls += 1
            try:
                clients[name].get_caller_identity()
            except Exception as error:  # noqa: BLE001 - each failure is what the test looks for
                self.failures.append(f"call {self.calls} with {name}: {error}")


def test_a_client_never_fails_while_each_step_is_killed(world: World, calls: int) -> None:
    (old,) = live(world)
    with Client(world.environment["AWS_ENDPOINT_URL"], stored(world)[""], calls) as client:
        for step in FORWARD:
            if step == Step.CONFIRM:
                assert len(rotate(world).unconfirmed) > 1
                client.key = stored(world)[".new"]
            assert rotate(world, confirm=step == Step.CONFIRM, kill_in=step).killed, step
            client.some_calls()
        ended = rotate(world)
        client.some_calls()
    assert client.failures == []
    assert client.calls >= calls
    assert ended.state == "rotated"
    assert ended.new != old
    assert live(world) == {ended.new: "Active"}
    assert {stage: key["aws_access_key_id"] for stage, key in stored(world).items()} == {"": ended.new}
    assert world.run("plan").code == 0


def test_a_client_never_fails_while_each_step_of_the_way_back_is_killed(world: World, calls: int) -> None:
    (old,) = live(world)
    before = stored(world)
    with Client(world.environment["AWS_ENDPOINT_URL"], before[""], calls) as client:
        assert rotate(world).state == "rotating"
        client.key = stored(world)[".new"]
        assert rotate(world, confirm=True, kill_in=Step.DEACTIVATE).killed
        assert live(world)[old] == "Inactive"
        client.some_calls()
        for step in BACK:
            if step == Step.RESTORE:
                assert len(rotate(world, back=True).unconfirmed) > 1
                client.key = before[""]
            assert rotate(world, back=True, confirm=step == Step.RESTORE, kill_in=step).killed, step
            client.some_calls()
        ended = rotate(world, back=True)
    assert client.failures == []
    assert ended.state == "rolled back"
    assert live(world) == {old: "Active"}
    assert stored(world) == before
    assert rotate(world).state == "rotating", "another rotation can begin"


def test_no_rotation_goes_on_or_back_while_the_grant_is_revoked(world: World) -> None:
    assert rotate(world).state == "rotating"
    world.run("revoke")
    for back in (False, True):
        assert "access is revoked" in rotate(world, back=back).problem
    assert set(live(world).values()) == {"Inactive"}


def test_a_rotation_does_not_go_back_while_nobody_can_tell_whether_the_grant_is_revoked(world: World) -> None:
    assert rotate(world).state == "rotating"
    world.run("revoke")
    world.sandbox.control.fail("iam:ListUserTags", "AccessDenied", times=1000)
    world.sandbox.control.fail("iam:GetUser", "AccessDenied", times=1000)
    problem = rotate(world, back=True).problem
    for action in ("iam:ListUserTags", "iam:GetUser"):
        world.sandbox.control.fail(action, "AccessDenied", times=0)
    assert "AccessDenied" in problem
    assert set(live(world).values()) == {"Inactive"}


def test_two_keys_of_which_one_is_unknown_stop_the_rotation(world: World) -> None:
    user, account = user_and_account(world)
    client_of(world, account, "iam").create_access_key(UserName=user)
    before = live(world)
    stopped = rotate(world)
    assert stopped.state == "not started" or not stopped.new
    assert "has 2 access keys, and leastway cannot tell whose they are" in stopped.problem
    assert all(key in stopped.problem for key in before)
    assert live(world) == before


@pytest.mark.parametrize("back", [False, True])
def test_a_rotation_of_a_user_that_was_removed_is_over(world: World, back: bool) -> None:
    assert rotate(world).state == "rotating"
    if back:
        assert rotate(world, back=True).state == "rolling back"
    assert world.run("offboard").code == 0
    assert world.run("apply").code == 0
    (old,) = live(world)
    assert "no rotation is in progress" in rotate(world, back=True).problem
    assert rotate(world).state == "rotating"
    assert rotate(world, confirm=True).state == "rotated"
    assert old not in live(world)
    assert set(live(world).values()) == {"Active"}


def test_a_rotation_whose_old_key_was_deleted_does_not_go_back_and_goes_on(world: World) -> None:
    (old,) = live(world)
    new = rotate(world).new
    user, account = user_and_account(world)
    client_of(world, account, "iam").delete_access_key(UserName=user, AccessKeyId=old)
    assert "too late to go back" in rotate(world, back=True).problem
    assert rotate(world, confirm=True).state == "rotated"
    assert live(world) == {new: "Active"}


def test_a_way_back_whose_old_key_was_deleted_is_over(world: World) -> None:
    (old,) = live(world)
    new = rotate(world).new
    assert rotate(world, back=True).state == "rolling back"
    user, account = user_and_account(world)
    client_of(world, account, "iam").delete_access_key(UserName=user, AccessKeyId=old)
    assert rotate(world).state == "rotating", "another rotation begins"
    last = rotate(world, confirm=True)
    assert last.state == "rotated"
    assert live(world) == {last.new: "Active"}
    assert last.new != new

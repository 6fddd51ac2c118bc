"""Killed after any single write, leastway is run again and ends in the same state, with nothing left over.

Every write of every example is such a point, AWS's and Kubernetes', of apply and of offboard.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from leastway.grant import Identity
from leastway.sandbox import Sandbox
from tests.integration.life.inventory import inventory
from tests.integration.life.world import World, make_world

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(small_kubernetes=True) as started:
        yield started


@pytest.fixture(params=["seed", "two-accounts"])
def world(request: pytest.FixtureRequest, sandbox: Sandbox, tmp_path: Path) -> World:
    return make_world(sandbox, request.param, tmp_path)


def writes(world: World) -> int:
    return sum(entry.mutating and entry.status < 300 for entry in world.sandbox.control.journal())


def done(world: World, *steps: str) -> None:
    for step in steps:
        ended = world.run(step)  # type: ignore[arg-type]  # the names of steps
        assert ended.code == 0, f"{step} ended with {ended.code}: {ended.said}"


def the_kept_key_is_the_live_one(world: World) -> None:
    if world.grant.identity is not Identity.IAM_USER:
        return
    for account in world.grant.accounts:
        admin = world.seeded.admins[account.id]
        iam = boto3.Session(admin.id, admin.secret.reveal()).client(
            "iam", endpoint_url=world.sandbox.endpoint, region_name="us-east-1"
        )
        name = world.grant.platform.user_name
        (live,) = iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
        kept = json.loads((world.state / "keys" / f"{account.id}-{name}.json").read_text())
        assert kept["aws_access_key_id"] == live["AccessKeyId"]


def test_apply_killed_after_any_write(world: World, tmp_path: Path) -> None:
    assert world.run("plan").code == 1  # there is something to do; the external ids are settled now
    world.keep_state(tmp_path / "state-before")
    before = world.sandbox.control.snapshot()
    world.sandbox.control.journal(clear=True)
    done(world, "apply", "plan")
    number = writes(world)
    expected = inventory(world)
    assert number > 15

    for point in range(1, number + 1):
        world.sandbox.control.restore(before)
        world.put_state_back(tmp_path / "state-before")
        assert world.run("apply", kill_after=point).killed, f"the run outlived write {point} of {number}"
        done(world, "apply", "plan")
        assert inventory(world) == expected, f"after a kill at write {point} of {number}"
        the_kept_key_is_the_live_one(world)


def test_offboard_killed_after_any_write(world: World, tmp_path: Path) -> None:
    expected = inventory(world)
    done(world, "apply")
    world.keep_state(tmp_path / "state-before")
    before = world.sandbox.control.snapshot()
    world.sandbox.control.journal(clear=True)
    done(world, "offboard")
    number = writes(world)
    assert inventory(world) == expected
    assert number > 10

    for point in range(1, number + 1):
        world.sandbox.control.restore(before)
        world.put_state_back(tmp_path / "state-before")
        assert world.run("offboard", kill_after=point).killed, f"the run outlived write {point} of {number}"
        done(world, "offboard")
        assert inventory(world) == expected, f"after a kill at write {point} of {number}"

"""A server, and at times its supervisors, killed at random moments of runs: nothing is lost, and no secret is left.

KILLS sets how many, KILL_SEED which moments; both are printed with each kill. `make soak` kills a hundred times on
SQLite and ten times on PostgreSQL.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from secrets import token_hex

import pytest

from leastway.custody import create_key_file
from tests.databases import new_postgresql
from tests.integration.runs.killable import Killable, killable_server, new_folder, places_of
from tests.integration.runs.world import EXTERNAL_ID, World

pytestmark = pytest.mark.integration

FEW, MANY = int(os.environ.get("KILLS", "2")), int(os.environ.get("KILLS", "100"))
SEED = int(os.environ.get("KILL_SEED", "1"))
PLANTED = f"planted-{token_hex(5)}"
MODULE = """
variable "bucket" { type = string }
variable "word" { sensitive = true }

resource "terraform_data" "first" {
  input = var.bucket
}

resource "terraform_data" "bucket" {
  input = terraform_data.first.output
  provisioner "local-exec" {
    command = "aws s3 mb s3://$\\{self.input}"
  }
}

output "name" { value = terraform_data.bucket.output }

output "word" {
  value     = var.word
  sensitive = true
}
"""


@pytest.fixture
def killable(world: World) -> Iterator[Killable]:
    with killable_server(world, new_folder(world, "k")) as made:
        yield made


@pytest.fixture
def on_postgresql(world: World) -> Iterator[Killable]:
    folder = new_folder(world, "p")
    folder.mkdir()
    create_key_file(folder / "key")
    with new_postgresql() as url, killable_server(world, folder, (url, folder / "key")) as made:
        yield made


def test_a_server_killed_at_random_moments_loses_nothing(killable: Killable) -> None:
    kill_at_random(killable, FEW, "few")


@pytest.mark.soak
def test_a_server_killed_a_hundred_times_loses_nothing(killable: Killable) -> None:
    kill_at_random(killable, MANY, "many")


@pytest.mark.soak
def test_a_server_on_postgresql_killed_at_random_moments_loses_nothing(on_postgresql: Killable) -> None:
    kill_at_random(on_postgresql, max(1, MANY // 10), "pg")


def kill_at_random(killable: Killable, kills: int, prefix: str) -> None:
    """Kill it so often; names begin with the prefix, since the tests of this file share an AWS."""
    chance = random.Random(SEED)
    world = killable.world
    began = time.monotonic()
    world.done(start(world, f"{prefix}-calm"))
    whole = time.monotonic() - began
    for number in range(kills):
        name = f"{prefix}-{SEED}x{number}"
        run = start(world, name)
        moment, with_supervisor = chance.uniform(0, whole * 1.1), chance.random() < 0.3
        time.sleep(moment)
        killable.kill()
        if with_supervisor:
            for pid in killable.supervisors():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        where = f"kill {number} of seed {SEED}, after {moment:.2f} s{', with its supervisor' * with_supervisor}"
        world = killable.start()
        status = check(killable, world, name, run, where)
        print(f"{time.strftime('%H:%M:%S')} {where}: {status}", flush=True)


def start(world: World, name: str) -> str:
    secrets = {"variables": {"word": PLANTED}}
    return world.start(world.define(name, script=MODULE, variables={"bucket": f"acme-{name}"}, secrets=secrets))


def check(killable: Killable, world: World, name: str, run: str, where: str) -> str:
    """Check that the run has ended, its resource and what it made are listed, and the lock is free; return its end."""
    ended = world.wait(run, seconds=300)
    bucket = f"acme-{name}"
    log = world.log(run)
    if ended["status"] == "succeeded":
        assert world.active()[name]["status"] == "active", where
    else:  # an apply was killed after its bucket was made, and its state was not written yet
        assert "BucketAlreadyOwnedByYou" in str(ended["error"]) + "\n".join(log), (where, ended, log)
        assert world.active()[name]["status"] == "pending", where
    assert bucket in world.buckets(), where
    made = [one for one in world.calls(run) if one["operation"] == "CreateBucket"]
    assert made, (where, "an orphan that is not listed", log)
    assert all(any(bucket in resource for resource in one["resources"]) for one in made), where
    again = world.wait(world.start(f"s3#{name}", "plan"), seconds=300)  # with the state, and its lock
    assert again["status"] == "succeeded", (where, again)
    if ended["status"] == "succeeded":
        assert again["plan"]["counts"] == {}, (where, again)
    assert not (killable.folder / "r" / run).exists(), where
    for secret in (PLANTED, EXTERNAL_ID):
        assert list(places_of(secret.encode(), killable.folder)) == [], where
    return f"{ended['status']} in attempt {ended['attempt']}"

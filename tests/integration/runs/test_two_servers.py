"""Two servers on one PostgreSQL database: one is killed in each step of a run, and the other brings it to its end.

Each has a data folder and a folder of runs of its own, as on two machines.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest

from leastway.custody import create_key_file
from tests.databases import new_postgresql
from tests.integration.runs.killable import WITHOUT_RUNS, Killable, killable_server, new_folder, places_of
from tests.integration.runs.world import EXTERNAL_ID, World

pytestmark = pytest.mark.integration

PLANTED = f"planted-{token_hex(5)}"
MODULE = """
variable "bucket" { type = string }
variable "word" { sensitive = true }

resource "terraform_data" "bucket" {
  input = var.bucket
  provisioner "local-exec" {
    command = "aws s3 ls | grep -w $\\{self.input} || aws s3 mb s3://$\\{self.input}; sleep PAUSE"
  }
}

output "name" { value = terraform_data.bucket.output }

output "word" {
  value     = var.word
  sensitive = true
}
"""
STEPS = ["begin", "fetch-1", "scan-1", "init-1", "plan-1", "check-1", "apply-1", "outputs-1", "record-1", "end"]
EACH = [f"{step} {moment}" for step in STEPS for moment in ("done", "recorded")]
SELECTED = {"plan-1 recorded", "apply-1 done", "end done"}


@dataclass
class Servers:
    """The two servers. Either may take a run."""

    both: tuple[Killable, Killable]
    orders: Path

    def dead(self) -> Killable | None:
        return next((one for one in self.both if one.process is not None and not one.process.is_alive()), None)

    def other(self, than: Killable) -> Killable:
        return self.both[1] if than is self.both[0] else self.both[0]

    def working_on(self, run: str) -> Killable | None:
        return next((one for one in self.both if (one.folder / "r" / run).exists()), None)


@pytest.fixture(scope="module")
def servers(world: World) -> Iterator[Servers]:
    folder = new_folder(world, "two")
    folder.mkdir(mode=0o711)
    create_key_file(folder / "key")
    with ExitStack() as stack:
        shared = (stack.enter_context(new_postgresql()), folder / "key")
        first = stack.enter_context(killable_server(world, folder / "a", shared, folder / "orders"))
        second = Killable(world, folder / "b", shared, folder / "orders", token=first.token)
        second.start()
        stack.callback(second.stop)
        yield Servers((first, second), folder / "orders")


@pytest.mark.parametrize(
    "place", [one if one in SELECTED else pytest.param(one, marks=pytest.mark.soak) for one in EACH]
)
def test_the_other_server_goes_on_with_a_run(servers: Servers, place: str) -> None:
    name = place.replace(" ", "-")
    servers.orders.write_text(place)
    run = start(servers, name, pause=0)
    dead = until(servers.dead, lambda: servers.both[0].world.log(run))
    dead.killed()
    world = servers.other(dead).world
    ended = world.done(run, seconds=300)
    assert ended["attempt"] <= 2, ended
    check(servers, dead, run, name)


def test_the_other_server_plans_anew_after_an_apply_whose_server_was_killed(servers: Servers) -> None:
    run = start(servers, "middle", pause=5)
    dead = until(lambda: servers.working_on(run))
    made = ("CreateBucket", 200)  # and its answer is written: one that is not is not known
    until(lambda: made in [(one["operation"], one["status"]) for one in dead.world.calls(run)])
    dead.kill()
    world = servers.other(dead).world
    ended = world.done(run, seconds=300)
    assert ended["attempt"] == 2
    log = world.log(run)
    assert any("its end is not known" in line for line in log)
    assert any("had signed s3 CreateBucket on arn:aws:s3:::acme-middle: 200" in line for line in log), log
    check(servers, dead, run, "middle")


def start(servers: Servers, name: str, pause: int) -> str:
    world = servers.both[0].world
    script = MODULE.replace("PAUSE", str(pause))
    secrets = {"variables": {"word": PLANTED}}
    return world.start(world.define(name, script=script, variables={"bucket": f"acme-{name}"}, secrets=secrets))


def until(found: Callable[[], Any], otherwise: Callable[[], Any] = lambda: None, seconds: float = 180) -> Any:
    give_up = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < give_up, otherwise()
        time.sleep(0.05)
    return value


def check(servers: Servers, dead: Killable, run: str, name: str) -> None:
    """Check what the other server did, and what the dead one cleans up when it is back."""
    other = servers.other(dead)
    world = other.world
    bucket = f"acme-{name}"
    assert world.active()[name]["status"] == "active"
    assert bucket in world.buckets()
    made = [one for one in world.calls(run) if one["operation"] == "CreateBucket" and one["decision"] != "refused"]
    assert len(made) == 1, "it was made once, and is listed"
    again = world.done(world.start(f"s3#{name}", "plan"), seconds=300)  # with its state, whose lock is free
    assert again["plan"]["counts"] == {}
    dead.start()
    until(lambda: not any((one.folder / "r" / run).exists() for one in servers.both), seconds=90)
    until(lambda: all(len(one.supervisors()) <= WITHOUT_RUNS for one in servers.both))
    for secret in (PLANTED, EXTERNAL_ID):
        assert [place for one in servers.both for place in places_of(secret.encode(), one.folder)] == []

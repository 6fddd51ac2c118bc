"""Servers that are killed with SIGKILL in the middle of a run: the next one finds the run, and nothing is lost."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.integration.runs.killable import WITHOUT_RUNS, Killable, killable_server, new_folder
from tests.integration.runs.world import BUCKET_MODULE, World

pytestmark = pytest.mark.integration

EXPIRED = "SELECT count(*) FROM state_accesses WHERE run = ? AND expires_at < strftime('%Y-%m-%d %H:%M:%f', 'now')"
SLOWLY = BUCKET_MODULE.replace('"aws s3 mb', '"sleep 4; aws s3 mb')


@pytest.fixture
def killable(world: World) -> Iterator[Killable]:
    with killable_server(world, new_folder(world, "k")) as made:
        yield made


def until(world: World, run: str, phase: str) -> None:
    give_up = time.monotonic() + 180
    order = ["fetch", "scan", "init", "plan", "check", "approve", "apply", "outputs", "record"]
    while (found := world.show(run)["phase"]) is None or order.index(found) < order.index(phase):
        assert time.monotonic() < give_up, world.log(run)
        time.sleep(0.01)


def until_it_applies(world: World, run: str) -> None:
    """Wait until Terraform creates: from here on an apply cannot be begun anew."""
    give_up = time.monotonic() + 180
    while not any("Creating..." in line for line in world.log(run)):
        assert time.monotonic() < give_up, world.log(run)
        time.sleep(0.05)


def ended_well(killable: Killable, world: World, run: str, bucket: str) -> dict[str, Any]:
    done = world.done(run)
    assert bucket in world.buckets()
    assert world.active()[bucket.removeprefix("acme-")]["status"] == "active"
    again = world.done(world.start(f"s3#{bucket.removeprefix('acme-')}", "plan"))
    assert again["plan"]["counts"] == {}
    assert not (killable.folder / "r" / run).exists()
    give_up = time.monotonic() + 60
    while len(killable.supervisors()) > WITHOUT_RUNS:
        assert time.monotonic() < give_up
        time.sleep(0.1)
    return done


@pytest.mark.parametrize("phase", ["init", "outputs"])
def test_a_server_killed_in_a_phase_goes_on_with_the_run(killable: Killable, phase: str) -> None:
    world = killable.world
    name = f"k-{phase}"
    run = world.start(world.define(name, script=BUCKET_MODULE, variables={"bucket": f"acme-{name}"}))
    until(world, run, phase)
    killable.kill()
    world = killable.start()
    ended_well(killable, world, run, f"acme-{name}")


def test_an_apply_outlives_its_server_and_is_found_again(killable: Killable) -> None:
    world = killable.world
    run = world.start(world.define("k-apply", script=SLOWLY, variables={"bucket": "acme-k-apply"}))
    until_it_applies(world, run)
    killable.kill()
    world = killable.start()
    done = ended_well(killable, world, run, "acme-k-apply")
    log = world.log(run)
    assert any("the server is back" in line for line in log), log
    assert sum("Creation complete" in line for line in log) == 1
    assert done["attempt"] == 1


@pytest.mark.soak
def test_an_apply_outlives_a_server_that_is_away_for_longer_than_its_lease(killable: Killable) -> None:
    world = killable.world
    script = BUCKET_MODULE.replace('"aws s3 mb', '"until aws s3 ls | grep -w acme-go; do sleep 0.2; done; aws s3 mb')
    run = world.start(world.define("k-away", script=script, variables={"bucket": "acme-k-away"}))
    until_it_applies(world, run)
    killable.kill()
    give_up = time.monotonic() + 120
    with closing(sqlite3.connect(f"file:{killable.folder}/d/leastway.db?mode=ro", uri=True)) as store:
        while store.execute(EXPIRED, (run,)).fetchone() != (1,):
            assert time.monotonic() < give_up
            time.sleep(0.5)
    world = killable.start()
    s3 = world.client("s3")
    s3.create_bucket(Bucket="acme-go", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.close()
    done = ended_well(killable, world, run, "acme-k-away")
    log = world.log(run)
    assert any("the server is back" in line for line in log), log
    assert sum("Creation complete" in line for line in log) == 1
    assert done["attempt"] == 1


def test_an_apply_whose_supervisor_was_killed_too_is_planned_anew(killable: Killable) -> None:
    world = killable.world
    script = SLOWLY.replace("aws s3 mb", "aws s3 ls | grep $\\{self.input} || aws s3 mb")
    run = world.start(world.define("k-both", script=script, variables={"bucket": "acme-k-both"}))
    until_it_applies(world, run)
    killable.kill()
    for pid in killable.supervisors():
        os.kill(pid, signal.SIGKILL)
    world = killable.start()
    done = ended_well(killable, world, run, "acme-k-both")
    assert done["attempt"] == 2
    assert any("its end is not known" in line for line in world.log(run))

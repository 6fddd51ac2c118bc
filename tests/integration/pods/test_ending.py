"""How a sandbox in a pod ends, on a real API server: by itself, interrupted, killed, with its pod."""

from __future__ import annotations

import time

import pytest

from leastway.isolation import Ended, Exit, Limits
from tests.integration.isolation.running import own_seconds, processes_with, until
from tests.integration.pods.world import PodWorld
from tests.stand_in_kubelet import StandInKubelet

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(("script", "code"), [("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", 143)])
def test_the_exit_code_is_that_of_the_program(world: PodWorld, script: str, code: int) -> None:
    assert world.shell.run(script)[0] == Exit(code, Ended.BY_ITSELF)


def test_folders_go_there_and_come_back_and_the_pod_is_gone(world: PodWorld) -> None:
    shell = world.shell
    (shell.folder / "sent").write_text("from here")
    (shell.folder / "link").symlink_to("/nowhere")
    assert (
        shell.says("cat sent; rm sent; mkdir -p deep/er; echo made > deep/er/file; chmod 700 deep/er/file")
        == "from here"
    )
    assert not (shell.folder / "sent").exists()
    made = shell.folder / "deep/er/file"
    assert (made.read_text(), made.stat().st_mode & 0o777) == ("made\n", 0o700)
    assert (shell.folder / "link").readlink().as_posix() == "/nowhere"
    assert world.pods() == []


def test_an_interrupt_reaches_the_program_and_what_it_started(world: PodWorld) -> None:
    child = "sh -c 'trap \"echo child; exit\" INT; echo ready; sleep 30 & wait' & wait"
    with world.shell.started(f"trap 'echo saved > state; exit 3' INT; {child}; wait") as running:
        assert until(lambda: "ready" in world.shell.lines)
        running.interrupt()
        assert running.wait(20) == Exit(3, Ended.INTERRUPTED)
    assert (world.shell.folder / "state").read_text() == "saved\n"


def test_an_interrupt_right_after_the_start_is_not_lost(world: PodWorld) -> None:
    for _ in range(3):
        with world.shell.started("", command=("/usr/bin/sleep", "60")) as running:
            running.interrupt()
            assert running.wait(30) == Exit(130, Ended.INTERRUPTED)


def test_what_a_killed_command_left_comes_back(world: PodWorld) -> None:
    with world.shell.started("trap '' INT; echo 1 > errored; echo ready; while :; do sleep 0.05; done") as running:
        assert until(lambda: "ready" in world.shell.lines)
        ended = running.stop(grace=0.3, after_second=0.3)
    assert ended == Exit(137, Ended.KILLED)
    assert (world.shell.folder / "errored").read_text() == "1\n"


def test_what_a_program_leaves_behind_is_killed_with_it(world: PodWorld) -> None:
    marker = own_seconds(31)
    assert world.shell.run(f"setsid sleep {marker} & sleep {marker} & exit 0")[0].is_success
    assert until(lambda: not processes_with(marker))


def test_a_program_that_does_not_exist_never_begins(world: PodWorld) -> None:
    ended, said = world.shell.run("", command=("/usr/bin/not-there",))
    assert ended == Exit(1, Ended.NOT_BEGUN)
    assert "not-there: No such file" in said


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ({"phase": "Failed", "reason": "Evicted", "message": "Usage of EmptyDir volume exceeds"}, Ended.DISK),
        ({"phase": "Failed", "reason": "DeadlineExceeded", "message": "Pod was active"}, Ended.TIME),
        ({"phase": "Failed"}, Ended.LOST),
    ],
)
def test_a_pod_that_ends_ends_the_sandbox_with_its_reason(
    world: PodWorld, kubelet: StandInKubelet, status: dict[str, str], why: Ended
) -> None:
    (world.shell.folder / "kept").write_text("as it was")
    with world.shell.started("echo 1 > kept; echo ready; sleep 60") as running:
        assert until(lambda: "ready" in world.shell.lines)
        (pod,) = world.pods()
        kubelet.end(pod["metadata"]["name"], status)
        assert running.wait(30) == Exit(137, why)
    assert status.get("reason", "ended with its pod") in world.shell.lines[-1]
    assert (world.shell.folder / "kept").read_text() == "as it was"
    assert world.pods() == []


def test_time_is_bounded(world: PodWorld) -> None:
    began = time.monotonic()
    assert world.shell.run("sleep 60", limits=Limits(seconds=0.5))[0] == Exit(137, Ended.TIME)
    assert time.monotonic() - began < 30


def test_output_beyond_the_limit_is_dropped_and_does_not_block(world: PodWorld) -> None:
    ended, said = world.shell.run("head -c 3000000 /dev/zero | tr '\\0' x; echo; exit 4", limits=Limits(output=200_000))
    assert ended == Exit(4, Ended.BY_ITSELF, is_cut=True)
    assert len(said) < 210_000

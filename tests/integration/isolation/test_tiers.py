"""What a machine has is tried for real, and never less than what was asked for."""

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from leastway.errors import InvalidInputError, LeastwayError
from leastway.isolation import Ended, Exit, Host, Limits, Sandbox, TierKind, launch, try_tier
from leastway.isolation.keeper import Keeper
from leastway.isolation.output import Reading, readings_of
from leastway.isolation.processes import with_descendants
from leastway.isolation.running import RunningHere
from leastway.primitives import Secret
from tests.integration.isolation.running import Shell, needs_bwrap, until

pytestmark = pytest.mark.integration

REASON = "a laptop on which nobody else works"


@needs_bwrap
def test_a_working_sandbox_says_what_it_has(shell: Shell) -> None:
    tier = try_tier(shell.host, shell.folder)
    assert tier.kind is TierKind.BUBBLEWRAP
    assert "namespaces" in tier.words
    assert "watch" in tier.words


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("echo 'bwrap: No permissions to create new namespace' >&2; exit 1", "No permissions to create new namespace"),
        ("exit 3", "exit code 3"),
    ],
)
def test_a_bwrap_that_does_not_work_is_an_error_and_not_less(program: str, said: str, open_folder: Path) -> None:
    broken = open_folder / "bwrap"
    broken.write_text(f"#!/bin/sh\n{program}\n")
    broken.chmod(0o755)
    folder = open_folder / "trial"
    folder.mkdir(exist_ok=True)
    with pytest.raises(LeastwayError, match=said):
        try_tier(Host(bubblewrap=broken, user=None), folder)


def test_a_bwrap_that_isolates_nothing_is_found_out(open_folder: Path) -> None:
    """It reports a process and runs the command, as root would on a machine that ignores the options."""
    pretending = open_folder / "pretending"
    pretending.write_text(
        """#!/bin/sh
while [ "$1" != -- ]; do
    [ "$1" = --json-status-fd ] && status=$2
    [ "$1" = --seccomp ] && filter=$2
    shift
done
shift
eval "echo '{ \\"child-pid\\": $$ }' >&$status"
eval "cat <&$filter > /dev/null"
eval "echo '{ \\"exit-code\\": 0 }' >&$status"
exec "$@"
"""
    )
    pretending.chmod(0o755)
    folder = open_folder / "trial"
    folder.mkdir(exist_ok=True)
    with pytest.raises(LeastwayError):
        try_tier(Host(bubblewrap=pretending, user=None), folder)


def test_no_bwrap_is_an_error_with_a_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(LeastwayError, match="bwrap is not installed") as raised:
        Host.here()
    assert raised.value.fix


@pytest.mark.parametrize("reason", ["", "  "])
def test_without_isolation_a_reason_is_needed(reason: str) -> None:
    with pytest.raises(InvalidInputError, match="reason"):
        Host.without_isolation(reason)


def test_without_isolation_it_says_so(tmp_path: Path) -> None:
    tier = try_tier(Host.without_isolation(REASON), tmp_path)
    assert tier.kind is TierKind.NONE
    assert "not isolated" in tier.words
    assert REASON in tier.words


def unisolated(folder: Path, script: str, **changes: Any) -> tuple[Exit, list[str]]:
    host = Host.without_isolation(REASON)
    host.give(folder)
    lines: list[str] = []
    given: dict[str, Any] = {"command": ("/bin/sh", "-c", script), "folder": folder, "writable": (folder,)}
    sandbox = Sandbox(**given | changes)
    with launch(sandbox, host, on_lines=lambda _, heard: lines.extend(heard)) as running:
        return running.wait(30), lines


def test_without_isolation_environment_files_user_and_limits_hold(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_SERVER", "open-sesame")
    folder = open_folder / "unisolated"
    folder.mkdir()
    for name in ("setpriv", "prlimit"):  # what a module could put first into the path
        (folder / name).write_text("#!/bin/sh\nexit 9\n")
        (folder / name).chmod(0o755)
    given = f"/tmp/leastway-test-{os.getpid()}/key"
    ended, lines = unisolated(
        folder,
        f"env; cat {given}; id -u; ulimit -n; exit 5",
        environment={"TOKEN": Secret("inside"), "PATH": f"{folder}:/usr/bin:/bin"},
        files={given: b"key\n"},
        limits=Limits(open_files=100),
    )
    assert ended == Exit(5, Ended.BY_ITSELF)
    assert "TOKEN=inside" in lines
    assert not any("open-sesame" in line for line in lines)
    assert lines[-3] == "key"
    assert lines[-2] != "0"
    assert lines[-1] == "100"
    assert not Path(given).parent.exists()


def test_without_isolation_the_limits_that_are_watched_hold(open_folder: Path) -> None:
    folder = open_folder / "watched"
    folder.mkdir()
    ended, _ = unisolated(folder, "sleep 30 & sleep 30", limits=Limits(seconds=0.3))
    assert ended == Exit(137, Ended.TIME)


def test_without_isolation_a_port_is_for_one_at_a_time(open_folder: Path) -> None:
    folder = open_folder / "port"
    folder.mkdir()
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(LeastwayError, match="is taken"),
    ):
        unisolated(folder, "true", ports=(taken.getsockname()[1],))


@pytest.fixture
def waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a command without isolation have ended, and its process be gone, before anything is done with it."""

    def late(keeper: Keeper, *given: Any, **named: Any) -> tuple[Reading, ...]:
        assert keeper.ended.wait(30)
        return readings_of(keeper, *given, **named)

    monkeypatch.setattr("leastway.isolation.unisolated.readings_of", late)


@pytest.mark.usefixtures("waited_for")
def test_without_isolation_a_command_that_ends_at_once_has_an_end(tmp_path: Path) -> None:
    assert unisolated(tmp_path, "echo said; exit 5") == (Exit(5, Ended.BY_ITSELF), ["said"])


@pytest.fixture
def other() -> Iterator[subprocess.Popen[bytes]]:
    """Another process of this machine, which leads a session and has a child."""
    command = ["/bin/sh", "-c", "sleep 60 & wait"]
    with subprocess.Popen(command, start_new_session=True) as process:
        assert until(lambda: len(with_descendants(process.pid)) == 2)
        yield process
        os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.usefixtures("waited_for")
@pytest.mark.parametrize("end", [RunningHere.kill, RunningHere.interrupt])
def test_without_isolation_nothing_is_done_to_the_process_that_has_its_id_afterwards(
    tmp_path: Path, other: subprocess.Popen[bytes], end: Callable[[RunningHere], None]
) -> None:
    sandbox = Sandbox(command=("/bin/true",), folder=tmp_path)
    with launch(sandbox, Host.without_isolation(REASON)) as running:
        assert isinstance(running, RunningHere)
        running.pid = other.pid
        ended, running._keeper.ended = running._keeper.ended, threading.Event()  # in the moment before it is set
        ending = threading.Thread(target=end, args=(running,))
        ending.start()
        ending.join(0.5)
        running._keeper.ended = ended
        ending.join()
        with pytest.raises(subprocess.TimeoutExpired):  # it ends with its child
            other.wait(0.3)


def test_without_isolation_a_program_that_ignores_interrupts_hands_none_down(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    lines: list[str] = []
    sandbox = Sandbox(command=("/bin/sh", "-c", "echo ready; exec sleep 30"), folder=tmp_path)
    try:
        host = Host.without_isolation(REASON)
        with launch(sandbox, host, on_lines=lambda _, heard: lines.extend(heard)) as running:
            assert until(lambda: "ready" in lines)
            running.interrupt()
            assert running.wait(20) == Exit(130, Ended.INTERRUPTED)
    finally:
        signal.signal(signal.SIGINT, before)

"""What a machine has is tried for real, and never less than what was asked for."""

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from leastway.errors import InvalidInputError, LeastwayError
from leastway.isolation import Ended, Exit, Host, Limits, Sandbox, TierKind, launch, try_tier
from leastway.primitives import Secret
from tests.integration.isolation.running import Shell, needs_bwrap

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

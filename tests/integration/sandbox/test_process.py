"""The sandbox's process prints nothing, listens on loopback only, and ends with its parent."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from leastway.errors import LeastwayError
from leastway.sandbox import Sandbox

pytestmark = pytest.mark.integration


def has_ended(pid: int) -> bool:
    """Return whether the process has ended, including one that waits to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def wait_for(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 5
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def child(script: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def test_the_process_ends_with_the_block_and_deletes_its_folder() -> None:
    with Sandbox() as sandbox:
        folder = Path(sandbox.environment()["AWS_CONFIG_FILE"]).parent
        assert folder.is_dir()
    assert has_ended(sandbox.pid)
    assert not folder.exists()
    with pytest.raises(LeastwayError, match="the sandbox does not respond"):
        sandbox.control.journal()


FORKED = """
    import os, signal, time
    from leastway.sandbox import Sandbox
    sandbox = Sandbox()
    if os.fork() == 0:
        time.sleep(6)  # holds the other end of the sandbox's standard input, longer than the test waits
        os._exit(0)
    print(sandbox.pid, sandbox.environment()["AWS_CONFIG_FILE"], flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("script", [FORKED, FORKED.replace("os.fork() == 0", "False")], ids=["forked", "alone"])
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc")
def test_the_process_ends_when_its_parent_is_killed(script: str) -> None:
    parent = child(script)
    assert parent.stdout is not None
    pid, file = parent.stdout.readline().split()
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    try:
        assert wait_for(lambda: has_ended(int(pid)))
        assert wait_for(lambda: not Path(file).parent.exists())
    finally:
        parent.stdout.close()


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="needs /proc/net/tcp")
def test_the_process_listens_on_one_loopback_port() -> None:
    with Sandbox() as sandbox:
        ours = {link.readlink().name for link in Path(f"/proc/{sandbox.pid}/fd").iterdir()}
        listening = []
        for table in ("tcp", "tcp6", "udp", "udp6"):
            for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
                fields = row.split()
                if f"socket:[{fields[9]}]" in ours and fields[3] in {"0A", "07"}:
                    listening.append(fields[1])
        port = int(sandbox.endpoint.rpartition(":")[2])
        assert listening == [f"0100007F:{port:04X}"]


def test_the_process_prints_nothing_and_needs_no_environment() -> None:
    script = """
        import boto3
        from leastway.sandbox import *
        with Sandbox() as sandbox:
            account = "111122223333"
            key = sandbox.control.seed(Scenario((AccountSeed(account, (ClusterSeed("a"),)),))).admins[account]
            options = {"endpoint_url": sandbox.endpoint, "region_name": "eu-central-1"}
            keys = {"aws_access_key_id": key.id, "aws_secret_access_key": key.secret.reveal()}
            boto3.client("eks", **options, **keys).describe_cluster(name="a")
            try:
                boto3.client("iam", **options, **keys).get_user(UserName="nobody")
            except Exception:
                pass
    """
    parent = child(script)
    assert parent.communicate(timeout=30)[0] == ""
    assert parent.returncode == 0


def test_real_credentials_of_the_machine_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREALREALREALREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    with Sandbox() as sandbox:
        environment = Path(f"/proc/{sandbox.pid}/environ").read_bytes() if Path("/proc").is_dir() else b""
        assert sandbox.environment()["AWS_EC2_METADATA_DISABLED"] == "true"
        assert b"AKIAREALREALREALREAL" not in environment


def test_a_missing_ministack_is_an_error_with_a_fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ministack").mkdir()
    (tmp_path / "ministack" / "__init__.py").write_text("raise ImportError('no ministack here')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(LeastwayError, match="no ministack here") as caught:
        Sandbox()
    assert caught.value.fix is not None
    assert "rehearse" in caught.value.fix


def test_two_sandboxes_have_different_ports() -> None:
    with Sandbox() as one, Sandbox() as two:
        assert one.endpoint != two.endpoint
        for sandbox in (one, two):
            host, _, port = sandbox.endpoint.removeprefix("http://").partition(":")
            socket.create_connection((host, int(port))).close()

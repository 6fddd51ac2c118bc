"""What a sandbox sees and reaches: the listed paths, the sockets that were handed out, and nothing else."""

import json
import os
import socket
import threading
from pathlib import Path

import pytest

from leastway.errors import LeastwayError
from leastway.isolation import Ended, Exit, Host, HostUser, Sandbox, launch
from leastway.isolation.running import RunningHere
from leastway.primitives import Secret
from tests.integration.isolation.running import Shell, needs_bwrap

pytestmark = [pytest.mark.integration, needs_bwrap]

PORT = 3128
PYTHON = "/usr/bin/python3"
needs_python = pytest.mark.skipif(not Path(PYTHON).exists(), reason=f"there is no {PYTHON} for programs inside")


def test_environment_and_command_line_of_the_launcher_are_not_visible(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_SERVER", "open-sesame")
    said = shell.says(
        "cat /proc/*/environ | tr '\\0' '\\n'; cat /proc/1/cmdline | tr '\\0' '\\n'",
        environment={"TOKEN": Secret("inside")},
    )
    assert "open-sesame" not in said
    assert "TOKEN=inside" in said
    environment_of_first = shell.says("tr '\\0' '\\n' < /proc/1/environ", environment={"TOKEN": Secret("inside")})
    assert environment_of_first == ""
    assert "inside" not in shell.says("tr '\\0' '\\n' < /proc/1/cmdline", environment={"TOKEN": Secret("inside")})
    with shell.started("sleep 30", environment={"TOKEN": Secret("inside")}) as running:
        assert isinstance(running, RunningHere)
        parent = Path(f"/proc/{running.pid}/status").read_text().split("PPid:\t")[1].split()[0]
        for pid in (parent, running.pid):
            for name in ("cmdline", "environ"):
                assert b"inside" not in Path(f"/proc/{pid}/{name}").read_bytes()


def test_nothing_of_the_machine_is_inherited(shell: Shell) -> None:
    assert shell.says("ls /proc/self/fd | wc -l").strip() == "4"  # stdin, stdout, stderr, and the folder that ls reads
    status = shell.says("cat /proc/self/status")
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert f"{name}:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status
    assert "Seccomp:\t2" in status
    assert shell.says("id -u; id -g; id -G").split() == ["1000", "1000", "1000"]


def test_the_sandbox_is_not_root_on_the_disk(shell: Shell) -> None:
    shell.says("touch made")
    assert (shell.folder / "made").stat().st_uid != 0


def test_only_listed_paths_are_seen(shell: Shell, open_folder: Path) -> None:
    other = open_folder / "other"
    other.mkdir()
    (other / "secret").write_text("of another run")
    other.chmod(0o777)
    assert set(shell.says("ls /").split()) <= {
        "bin",
        "dev",
        "etc",
        "lib",
        "lib32",
        "lib64",
        "proc",
        "sbin",
        "tmp",
        "usr",
    }
    ended, said = shell.run(f"cat {other}/secret /etc/shadow /root/.ssh /var/lib {Path.home()}")
    assert ended.code == 1
    assert said.count("No such file") == 5
    assert str(os.getpid()) not in shell.says("ls /proc").split()
    assert shell.says(f"cat {other}/secret", read_only=(other,)) == "of another run"
    ended, said = shell.run(f"echo changed > {other}/secret", read_only=(other,))
    assert ended.code != 0
    assert "Read-only" in said


def test_files_of_the_sandbox_are_only_inside(shell: Shell) -> None:
    files = {"/tmp/given/key": b"one\n", "/tmp/given/program": b"#!/bin/sh\necho two\n"}
    said = shell.says("cat /tmp/given/key; stat -c %a /tmp/given/key; /tmp/given/program", files=files)
    assert said.split() == ["one", "400", "two"]
    assert not Path("/tmp/given").exists()


def test_a_path_through_a_link_is_refused(shell: Shell) -> None:
    (shell.folder / "link").unlink(missing_ok=True)
    shell.says("ln -s /etc link")
    for path in (shell.folder / "link", shell.folder / "link" / "ssl"):
        with pytest.raises(LeastwayError, match="link"):
            launch(shell.sandbox("true", read_only=(path,)), shell.host)
    with pytest.raises(LeastwayError, match="No such file"):
        launch(shell.sandbox("true", read_only=(shell.folder / "missing",)), shell.host)


def test_nothing_can_be_written_but_the_listed_folders_and_bounded_memory(shell: Shell) -> None:
    for path in ("/x", "/dev/x", "/etc/x", "/usr/x", "/proc/sys/kernel/hostname", "/proc/sysrq-trigger"):
        ended, _ = shell.run(f"echo 1 > {path}")
        assert ended.code != 0, path
    ended, said = shell.run(
        "head -c 2000000 /dev/zero > /tmp/x", limits=shell.sandbox("true").limits.__class__(temporary=1_000_000)
    )
    assert ended.code != 0
    assert "No space" in said
    ended, said = shell.run("head -c 40000000 /dev/zero > /dev/shm/x")
    assert ended.code != 0
    assert "No space" in said


def test_namespaces_are_its_own(shell: Shell) -> None:
    inside = shell.says("for each in user mnt pid net ipc uts; do readlink /proc/self/ns/$each; done").split()
    outside = [str(Path(f"/proc/self/ns/{each}").readlink()) for each in ("user", "mnt", "pid", "net", "ipc", "uts")]
    assert not set(inside) & set(outside)


@needs_python
def test_sockets_are_handed_out_and_nothing_else_is_reached(shell: Shell) -> None:
    abstract = "\0leastway-test"
    with (
        socket.create_server(("127.0.0.1", 0)) as host_socket,
        socket.socket(socket.AF_UNIX) as unix,
    ):
        unix.bind(abstract)
        unix.listen()
        script = f"""
import json, socket
def tried(family, address):
    with socket.socket(family) as trying:
        trying.settimeout(2)
        try:
            trying.connect(address)
        except OSError as error:
            return error.errno
        return trying.recv(100).decode()
print(json.dumps([
    tried(socket.AF_INET, ("127.0.0.1", {PORT})),
    tried(socket.AF_INET, ("127.0.0.1", {host_socket.getsockname()[1]})),
    tried(socket.AF_INET, ("169.254.169.254", 80)),
    tried(socket.AF_INET, ("192.0.2.1", 443)),
    tried(socket.AF_INET6, ("2001:db8::1", 443)),
    tried(socket.AF_UNIX, {abstract!r}),
]))
"""
        (shell.folder / "connect.py").write_text(script)
        with shell.started(f"{PYTHON} connect.py", ports=(PORT,)) as running:
            answering = threading.Thread(target=_greet, args=(running.sockets[0],))
            answering.start()
            assert running.wait(30).is_success, shell.lines
            answering.join()
    reached, *refused = json.loads(shell.lines[-1])
    assert reached == "hello"
    assert all(isinstance(each, int) for each in refused), refused


def _greet(listening: socket.socket) -> None:
    accepted, _ = listening.accept()
    with accepted:
        accepted.sendall(b"hello")


@needs_python
@pytest.mark.parametrize(
    "call",
    [
        "socket.socket(40, socket.SOCK_STREAM)",  # AF_VSOCK, which reaches a hypervisor
        "socket.socket(38, socket.SOCK_SEQPACKET)",  # AF_ALG
        "socket.socket(17, socket.SOCK_RAW)",  # AF_PACKET
        "called(libc.unshare(0x10000000))",
        "called(libc.unshare(0x20000))",
        "called(libc.mount(b'none', b'/tmp', b'tmpfs', 0, None))",
        "called(libc.ptrace(0, 0, 0, 0))",
        "called(libc.syscall(NUMBERS['keyctl'], 0, -3, 0))",
        "called(libc.syscall(NUMBERS['bpf'], 0, 0, 0))",
        "called(libc.syscall(NUMBERS['userfaultfd'], 0))",
        "called(libc.syscall(NUMBERS['io_uring_setup'], 1, 0))",
        "called(libc.syscall(NUMBERS['perf_event_open'], 0, 0, 0, 0, 0))",
        "called(libc.shmget(0, 4096, 0o1600))",
    ],
)
def test_system_calls_that_lead_out_are_refused(shell: Shell, call: str) -> None:
    numbers = {
        "x86_64": {"keyctl": 250, "bpf": 321, "userfaultfd": 323, "io_uring_setup": 425, "perf_event_open": 298},
        "aarch64": {"keyctl": 219, "bpf": 280, "userfaultfd": 282, "io_uring_setup": 425, "perf_event_open": 241},
    }[os.uname().machine]
    (shell.folder / "call.py").write_text(
        f"""
import ctypes, os, socket
libc = ctypes.CDLL(None, use_errno=True)
NUMBERS = {numbers}
def called(result):
    if result == -1:
        raise OSError(ctypes.get_errno(), "refused")
try:
    {call}
except OSError as error:
    print(error.errno)
"""
    )
    assert shell.says(f"{PYTHON} call.py") == "1"  # EPERM


def test_a_sandbox_of_root_is_refused() -> None:
    for user in (HostUser(0, 1000), HostUser(1000, 0)):
        with pytest.raises(LeastwayError, match="root"):
            Host.here(user=user)


def test_a_program_that_does_not_exist_has_not_begun(shell: Shell) -> None:
    with launch(
        Sandbox(command=("/usr/bin/missing",), folder=shell.folder, writable=(shell.folder,)), shell.host
    ) as it:
        assert it.wait(30) == Exit(1, Ended.NOT_BEGUN)

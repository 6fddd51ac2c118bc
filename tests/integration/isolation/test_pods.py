"""Sandboxes in pods that are bubblewraps of this machine: what is inside, what must not be reached, what is carried."""

from __future__ import annotations

import hashlib
import socket
import threading
from pathlib import Path
from types import ModuleType

import pytest

from leastway.errors import LeastwayError
from leastway.isolation import Ended, Exit, Host, Sandbox, TierKind, launch, prepare, try_tier
from leastway.isolation.pod import session, stage
from leastway.primitives import Secret
from tests.integration.isolation.running import Shell, needs_bwrap, until
from tests.pods_here import PodsHere, place_in

pytestmark = [pytest.mark.integration, needs_bwrap]


@pytest.fixture
def pods() -> PodsHere:
    return PodsHere()


@pytest.fixture
def shell(tmp_path: Path, pods: PodsHere) -> Shell:
    (tmp_path / "run").mkdir()
    return Shell(tmp_path / "run", Host.of_pods(place_in(tmp_path)).connected(lambda _: pods))


@pytest.fixture
def with_network(pods: PodsHere, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give pods the network of this machine, of which they try loopback alone."""
    pods.options = ("--share-net",)
    monkeypatch.setattr("leastway.isolation.pod.launching._MUST_BE_CLOSED", ())
    monkeypatch.setattr("leastway.isolation.pod.launching._CLOSED_WITHIN", 4.0)


def test_a_working_pod_says_what_it_has_and_its_policy_is_made(shell: Shell, pods: PodsHere) -> None:
    tier = try_tier(shell.host, shell.folder)
    assert tier.kind is TierKind.POD
    assert "no runtime class: the kernel is that of their node" in tier.words
    assert pods.policies[0]["spec"]["egress"] == []
    assert not pods.made


def test_rights_filter_and_limits_are_those_of_a_sandbox(shell: Shell) -> None:
    look = "grep -E 'Cap(Eff|Bnd)|NoNewPrivs|Seccomp:' /proc/self/status"
    said = shell.says(f"{look}; ulimit -n; umask; unshare -U true 2> /dev/null || echo refused").splitlines()
    assert [line.split("\t")[-1] for line in said[:4]] == ["0" * 16, "0" * 16, "1", "2"]
    assert said[4:] == ["4096", "0077", "refused"]


def test_files_and_environment_are_there_and_in_no_manifest(shell: Shell, pods: PodsHere) -> None:
    said = shell.says(
        "cat /tmp/leastway-x/key; echo $TOKEN; stat -c %a /tmp/leastway-x/key; tr '\\0' ' ' < /proc/1/cmdline",
        files={"/tmp/leastway-x/key": b"in a file\n"},
        environment={"TOKEN": Secret("in-the-environment")},
    )
    assert said.splitlines()[:3] == ["in a file", "in-the-environment", "400"]
    assert said.count("in-the-environment") == 1
    assert "in-the-environment" not in str(pods.manifests)
    assert "in a file" not in str(pods.manifests)


def test_what_is_read_only_goes_there_and_does_not_come_back(shell: Shell, tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    saved.mkdir()
    (saved / "plan").write_text("the plan")
    script = f"cat {saved}/plan; echo other > {saved}/plan; echo seen > here"
    said = shell.says(script, read_only=(saved, Path("/usr/lib")))
    assert said == "the plan"
    assert (saved / "plan").read_text() == "the plan"
    assert (shell.folder / "here").read_text() == "seen\n"


def test_an_image_without_a_path_that_is_needed_never_begins(shell: Shell) -> None:
    ended, said = shell.run("true", read_only=(Path("/opt/not/there"),))
    assert ended == Exit(1, Ended.NOT_BEGUN)
    assert said == "the image of runs lacks /opt/not/there, which this machine has"


STARTS_SLOWLY = """
import time
sys.stdout.write("starting\\n")
sys.stdout.flush()
try:
    time.sleep(1)
except BaseException:  # as Python drops what is raised in some places of an import
    pass
"""


@pytest.fixture
def slow_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the last program before the command take a second, as on a busy node, after it has printed a line."""
    source = session._source

    def slow(module: ModuleType) -> str:
        text = source(module)
        return text.replace("\nif __name__", f"{STARTS_SLOWLY}\nif __name__") if module is stage else text

    monkeypatch.setattr(session, "_source", slow)


@pytest.mark.usefixtures("slow_start")
def test_an_interrupt_before_the_command_has_begun_is_not_lost(shell: Shell) -> None:
    with shell.started("", command=("/usr/bin/sleep", "60")) as running:
        assert until(lambda: "starting" in shell.lines)
        running.interrupt()
        assert running.wait(30) == Exit(130, Ended.INTERRUPTED)
    assert shell.lines == ["starting"], "nothing of ours is in what the command prints"


@pytest.mark.usefixtures("slow_start")
def test_a_command_that_is_killed_before_it_has_begun_ends_as_killed(shell: Shell) -> None:
    more_than_a_pipe_holds = {name: Secret("x" * 100_000) for name in ("FIRST", "SECOND")}
    with shell.started("sleep 60", environment=more_than_a_pipe_holds) as running:
        assert until(lambda: "starting" in shell.lines)
        running.kill()
        assert running.wait(30) == Exit(137, Ended.KILLED)
    assert shell.lines == ["starting"]


@pytest.mark.usefixtures("with_network")
def test_a_pod_that_reaches_the_api_server_is_refused(shell: Shell, pods: PodsHere) -> None:
    with socket.create_server(("127.0.0.1", 0)) as api:
        pods.address = api.getsockname()[:2]
        with pytest.raises(LeastwayError, match="does not enforce its network policy"):
            shell.run("echo begun > begun")
    assert not (shell.folder / "begun").exists()
    assert not pods.made


@pytest.mark.usefixtures("with_network")
def test_a_pod_that_is_closed_a_moment_after_its_begin_is_taken(shell: Shell, pods: PodsHere) -> None:
    """Some network plugins enforce a policy only when the pod runs already."""
    api = socket.create_server(("127.0.0.1", 0))
    pods.address = api.getsockname()[:2]
    closing = threading.Timer(1.0, api.close)
    closing.start()
    assert shell.says("echo begun") == "begun"
    closing.join()


@pytest.mark.usefixtures("with_network")
def test_a_name_server_that_answers_counts_as_reached(shell: Shell, pods: PodsHere, tmp_path: Path) -> None:
    resolv = tmp_path / "resolv.conf"
    resolv.write_text("nameserver 127.0.0.53\n")
    pods.options += ("--ro-bind", str(resolv), "/etc/resolv.conf")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        try:
            server.bind(("127.0.0.53", 53))
        except OSError as error:
            pytest.skip(f"port 53 cannot be had: {error}")
        answering = threading.Thread(target=_answer, args=(server,), daemon=True)
        answering.start()
        with pytest.raises(LeastwayError, match=r"127\.0\.0\.53 port 53 by UDP"):
            shell.run("true")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.53", 53))
        answering.join(10)


def _answer(server: socket.socket) -> None:
    while True:
        content, sender = server.recvfrom(512)
        if not content:
            return
        server.sendto(content, sender)


CLIENT = """
import hashlib, socket, sys
got = hashlib.sha256()
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as one:
    sent = open(sys.argv[2], "rb").read()
    one.sendall(sent)
    one.shutdown(socket.SHUT_WR)
    while piece := one.recv(65536):
        got.update(piece)
print(got.hexdigest())
"""


def test_connections_of_the_pod_come_out_at_the_sockets(shell: Shell) -> None:
    content = bytes(range(256)) * 20_000
    (shell.folder / "content").write_bytes(content)
    (shell.folder / "client.py").write_text(CLIENT)
    script = "for p in 8470 8471; do /usr/bin/python3 client.py $p content & done; wait"
    with shell.started(script, ports=(8470, 8471)) as running:
        assert len(running.sockets) == 2
        for listening in running.sockets:
            assert listening.family is socket.AF_UNIX
            threading.Thread(target=_echo, args=(listening,), daemon=True).start()
        assert running.wait(60).is_success
    assert shell.lines == [hashlib.sha256(content).hexdigest()] * 2


def _echo(listening: socket.socket) -> None:
    one, _ = listening.accept()
    with one:
        whole = b""
        while piece := one.recv(65536):
            whole += piece
        one.sendall(whole)


def test_a_prepared_pod_has_nothing_of_the_sandbox_before_it_begins(shell: Shell, pods: PodsHere) -> None:
    sandbox = shell.sandbox("cat later")
    prepared = prepare(sandbox, shell.host)
    (shell.folder / "later").write_text("made meanwhile\n")
    assert prepared.is_of(shell.sandbox("cat later"))
    assert not prepared.is_of(shell.sandbox("true"))
    lines: list[str] = []
    with prepared.begin(on_lines=lambda _, some: lines.extend(some)) as running:
        assert running.wait(20).is_success
    assert lines == ["made meanwhile"]
    other = prepare(sandbox, shell.host)
    (program,) = pods.programs.values()
    other.close()
    assert until(lambda: program.process.poll() is not None)
    assert not pods.made


def test_the_pods_program_ends_with_its_stream(shell: Shell, pods: PodsHere) -> None:
    with shell.started("trap '' INT TERM; echo ready; sleep 60") as running:
        assert until(lambda: "ready" in shell.lines)
        (program,) = pods.programs.values()
        program.socket.shutdown(socket.SHUT_RDWR)
        assert until(lambda: program.process.poll() is not None)
        assert running.wait(20) == Exit(137, Ended.LOST)


def test_no_folder_but_those_of_runs_is_sent(tmp_path: Path, pods: PodsHere) -> None:
    host = Host.of_pods(place_in(tmp_path / "runs")).connected(lambda _: pods)
    work, other = tmp_path / "runs/1", tmp_path / "other"
    for each in (work, other):
        each.mkdir(parents=True)
    lines: list[str] = []
    sandbox = Sandbox(command=("/bin/ls", str(other)), folder=work, read_only=(other,), writable=(work,))
    with launch(sandbox, host, on_lines=lambda _, some: lines.extend(some)) as running:
        assert running.wait(20).ended is Ended.NOT_BEGUN

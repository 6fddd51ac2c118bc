"""The supervisor as the server starts it: a process of its own, real sandboxes, and a server that dies."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from leastway.errors import LeastwayError
from leastway.gateway import MemoryAuthority, RunTerms, StateAnswer, StateRequest
from leastway.gateway.control import Connected, ControlServer
from leastway.gateway.supervisor import Command, SupervisorStart, start_line
from leastway.isolation import Host, Sandbox
from leastway.isolation.processes import with_descendants
from leastway.ports import CallerIdentity
from leastway.primitives import Secret
from tests.integration.gateway.world import ACCOUNT, Aws
from tests.unit.gateway.terms import terms, until

pytestmark = pytest.mark.integration

PROXY, STATE = 8470, 8471
CURL = shutil.which("curl")
STS = (
    'curl -sS -m 20 --cacert "$AWS_CA_BUNDLE" --aws-sigv4 aws:amz:eu-central-1:sts --user "$KEY:$SECRET" '
    '-d "Action=GetCallerIdentity&Version=2011-06-15" https://sts.eu-central-1.amazonaws.com/'
)
KEYS = {"KEY": "AccessKeyId", "SECRET": "SecretAccessKey", "TOKEN": "SessionToken"}


@pytest.fixture(scope="module")
def host() -> Host:
    if CURL is None:
        pytest.skip("curl is missing")
    try:
        return Host.here()
    except LeastwayError as error:
        pytest.skip(f"no sandboxes with bubblewrap: {error}")


@dataclass
class Server:
    """The server's end, in this process."""

    folder: Path
    host: Host
    aws: Aws
    terms: RunTerms
    authority: MemoryAuthority
    heard: list[tuple[str, Any, bytes]] = field(default_factory=list)
    token: Secret = field(default_factory=lambda: Secret("the-token-of-this-run"))
    process: subprocess.Popen[bytes] | None = None
    control: ControlServer | None = None

    def listen(self) -> None:
        self.control = ControlServer(self.folder / "control" / "socket")
        self.control.expect("run-1", self.token, lambda: self.terms, self.authority, self)

    def start(self) -> None:
        self.listen()
        assert self.control is not None
        start = SupervisorStart(self.control.path, "run-1", self.token, self.host, self.aws.outside)
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "leastway.gateway.supervisor"],
            stdin=subprocess.PIPE,
            env={},
            start_new_session=True,
        )
        assert self.process.stdin is not None
        self.process.stdin.write(start_line(start))
        self.process.stdin.close()
        until(lambda: self.gateway is not None, 30)

    @property
    def gateway(self) -> Connected | None:
        return self.control.connected("run-1") if self.control is not None else None

    def order(self, name: str, value: object = None) -> None:
        assert self.gateway is not None
        self.gateway.order(name, value)

    def run(self, name: str, script: str, *, order: str = "run", **changes: Any) -> None:
        work = self.folder / "work"
        if not work.exists():
            work.mkdir(mode=0o700)
            self.host.give(work)
        sandbox = Sandbox(
            command=("/bin/sh", "-c", script), folder=work, writable=(work,), ports=(PROXY, STATE), **changes
        )
        self.order(order, Command(name=name, phase="plan", sandbox=sandbox, credential_environment=KEYS))

    def end(self, name: str, seconds: float = 40) -> tuple[str, Any]:
        def found() -> list[tuple[str, Any, bytes]]:
            return [each for each in self.heard if each[0] in ("ended", "failed") and each[1]["name"] == name]

        until(lambda: bool(found()), seconds)
        return found()[-1][0], found()[-1][1]

    def printed(self, name: str) -> str:
        return b"".join(
            body for what, value, body in self.heard if what == "printed" and value["name"] == name
        ).decode()

    def arrived(self, gateway: Connected) -> None:
        pass

    def left(self, gateway: Connected) -> None:
        pass

    def reported(self, name: str, value: Any, body: bytes) -> None:
        self.heard.append((name, value, body))

    def sandboxes(self) -> set[int]:
        """Return the processes of bubblewrap that the supervisor has."""
        assert self.process is not None
        found = set()
        for pid in with_descendants(self.process.pid):
            with contextlib.suppress(OSError):
                if b"bwrap" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    found.add(pid)
        return found

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.control is not None:
            self.control.close()


@pytest.fixture
def server(host: Host, aws: Aws) -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="leastway-supervisor-"))
    folder.chmod(0o711)  # the user of the sandboxes passes through it
    caller = CallerIdentity(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/platform", "AIDAPLATFORM")
    authority = MemoryAuthority(aws.issue, caller)
    found = Server(folder, host, aws, terms(), authority)
    found.start()
    yield found
    found.close()
    shutil.rmtree(folder)


def test_a_command_in_its_sandbox_calls_aws_through_the_gateway_and_reaches_nothing_else(server: Server) -> None:
    script = f"{STS}; echo; curl -sS -m 5 --noproxy '*' https://sts.eu-central-1.amazonaws.com/ || echo closed; env"
    server.run("plan", script)
    assert server.end("plan") == ("ended", {"name": "plan", "code": 0, "ended": "by itself"})
    printed = server.printed("plan")
    assert "user/platform" in printed
    assert "closed" in printed
    assert "KEY=AKIALW" in printed
    assert "the-token-of-this-run" not in printed
    assert server.aws.user.secret.reveal() not in printed
    assert [each.operation for each in server.authority.entries] == ["GetCallerIdentity"]
    server.run("plan", "echo again")
    until(lambda: sum(each[0] == "ended" for each in server.heard) == 2)
    assert "again" not in server.printed("plan"), "a command of one name runs once"


def test_the_state_is_relayed(server: Server) -> None:
    kept: list[StateRequest] = []

    def answer(request: StateRequest) -> StateAnswer:
        kept.append(request)
        return StateAnswer(200, {"Content-Type": "application/json"}, b'{"serial": 1}')

    server.authority.state_answer = answer
    url = f"http://127.0.0.1:{STATE}/state?ID=lock"
    server.run("apply", f"curl -sS -u run:token -X POST -d '{{}}' '{url}'; curl -sS -X LOCK '{url}'")
    assert server.end("apply")[1]["code"] == 0
    assert server.printed("apply").count('"serial"') == 2
    assert [(each.method, each.path, each.query, each.body) for each in kept] == [
        ("POST", "/state", "ID=lock", b"{}"),
        ("LOCK", "/state", "ID=lock", b""),
    ]
    assert kept[0].headers["authorization"].startswith("Basic ")


def test_a_command_is_interrupted_and_killed(server: Server) -> None:
    server.run("interrupted", "trap 'echo saved; exit 7' INT; echo ready; while :; do sleep 0.05; done")
    until(lambda: "ready" in server.printed("interrupted"), 30)
    server.order("interrupt")
    assert server.end("interrupted")[1] == {"name": "interrupted", "code": 7, "ended": "interrupted"}
    assert "saved" in server.printed("interrupted")
    server.run("killed", "trap '' INT; echo ready; while :; do sleep 0.05; done")
    until(lambda: "ready" in server.printed("killed"), 30)
    server.order("kill")
    assert server.end("killed")[1]["ended"] == "killed"


def test_a_flood_of_short_lines_is_told_in_large_pieces(server: Server) -> None:
    server.run("plan", "yes | head -c 4000000; echo ended")
    assert server.end("plan") == ("ended", {"name": "plan", "code": 0, "ended": "by itself"})
    printed = server.printed("plan")
    assert len(printed) == 4_000_006
    assert printed.endswith("y\nended\n")
    assert sum(name == "printed" for name, _, _ in server.heard) < 4000, "a program writes 4 KiB or more at a time"


def test_a_line_that_is_too_long_is_told_as_it_is(server: Server) -> None:
    server.run("plan", "printf x; yes é | head -c 600000 | tr -d '\\n'; echo")
    assert server.end("plan") == ("ended", {"name": "plan", "code": 0, "ended": "by itself"})
    assert server.printed("plan") == f"x{'é' * 200_000}\n"


@pytest.mark.parametrize(("order", "ended"), [("interrupt", "interrupted"), ("kill", "killed")])
def test_an_order_that_comes_while_the_sandbox_is_made_is_not_lost(server: Server, order: str, ended: str) -> None:
    server.run("plan", "exec sleep 60")  # a shell that is about to start a program may lose the signal
    server.order(order)
    assert server.end("plan")[1]["ended"] == ended


def test_a_command_runs_in_the_sandbox_that_was_prepared_for_it_while_another_ran(server: Server) -> None:
    wait = "while [ ! -e go ]; do sleep 0.05; done"
    server.run("plan", f"echo ready; {wait}")
    until(lambda: "ready" in server.printed("plan"), 30)
    of_plan = server.sandboxes()
    server.run("show", f"{STS}; echo ready; sleep 60", order="prepare")
    until(lambda: len(server.sandboxes()) == 2 * len(of_plan), 30)
    prepared = server.sandboxes() - of_plan
    (server.folder / "work" / "go").touch()
    assert server.end("plan")[1]["code"] == 0
    assert server.printed("show") == "", "nothing of it runs before its order"
    server.run("show", f"{STS}; echo ready; sleep 60")
    until(lambda: "ready" in server.printed("show"), 30)
    assert server.sandboxes() == prepared
    assert "user/platform" in server.printed("show")


def test_a_sandbox_that_was_prepared_for_a_folder_that_is_replaced_is_not_used(server: Server) -> None:
    server.run("plan", "echo ready; sleep 60", order="prepare")
    until(lambda: bool(server.sandboxes()), 30)
    prepared = server.sandboxes()
    (server.folder / "work").rename(server.folder / "before")
    server.run("plan", "echo ready; sleep 60")
    until(lambda: "ready" in server.printed("plan"), 30)
    assert not server.sandboxes() & prepared
    server.run("next", "true", order="prepare")
    server.order("end")
    assert server.process is not None
    assert server.process.wait(30) == 0
    assert not server.sandboxes()


def test_what_cannot_start_is_reported(server: Server) -> None:
    server.order("run", {"name": "odd", "unknown": 1})
    assert server.end("odd")[0] == "failed"
    sandbox = Sandbox(command=("/no/such/program",), folder=Path("/usr/share"))
    server.order("run", Command(name="missing", phase="plan", sandbox=sandbox))
    kind, value = server.end("missing")
    assert (kind, value.get("ended")) in (("ended", "not begun"), ("failed", None))


def test_a_kill_refuses_the_next_call_and_the_state_can_still_be_saved(server: Server) -> None:
    server.authority.state_answer = lambda _request: StateAnswer(200, {}, b"kept")
    wait = "while [ ! -e go ]; do sleep 0.05; done"
    server.run("apply", f"echo ready; {wait}; {STS}; echo; curl -sS http://127.0.0.1:{STATE}/state")
    until(lambda: "ready" in server.printed("apply"), 30)
    assert server.gateway is not None
    server.gateway.killed("an owner stopped it")
    (server.folder / "work" / "go").touch()
    server.end("apply")
    printed = server.printed("apply")
    assert "an owner stopped it" in printed
    assert "RefusedByLeastway" in printed
    assert "kept" in printed


def test_a_server_that_dies_finds_its_run_again_and_hears_what_it_missed(server: Server) -> None:
    wait = "while [ ! -e go ]; do sleep 0.05; done"
    server.run("plan", f"echo ready; {wait}; echo meanwhile; {STS}; echo done")
    until(lambda: "ready" in server.printed("plan"), 30)
    assert server.control is not None
    server.control.close()
    (server.folder / "work" / "go").touch()
    time.sleep(0.5)
    server.listen()
    assert server.end("plan")[1]["code"] == 0
    printed = server.printed("plan")
    assert "meanwhile" in printed
    assert "user/platform" in printed


def test_a_supervisor_ends_when_it_is_told_and_when_nobody_knows_its_run(server: Server) -> None:
    assert server.process is not None
    server.order("end")
    assert server.process.wait(20) == 0


def test_a_run_that_nobody_knows_ends_its_command(server: Server) -> None:
    server.run("plan", "echo ready; exec sleep 60")
    until(lambda: "ready" in server.printed("plan"), 30)
    assert server.control is not None
    server.control.forget("run-1")
    assert server.process is not None
    assert server.process.wait(30) == 0


def test_a_state_is_refused_at_once_when_the_server_is_given_up(server: Server) -> None:
    """What Terraform cannot send, it writes to a file: it needs the answer before it is killed."""
    send = f"curl -sS -m 100 -o /dev/null -w '%{{http_code}}' -d state http://127.0.0.1:{STATE}/state"
    server.run("apply", f"trap '{send} > code; exit' INT; echo ready; while :; do sleep 0.05; done")
    until(lambda: "ready" in server.printed("apply"), 30)
    assert server.control is not None
    server.control.forget("run-1")
    assert server.process is not None
    assert server.process.wait(25) == 0
    assert (server.folder / "work" / "code").read_text() == "503"


def test_a_killed_supervisor_takes_its_sandbox_with_it(server: Server) -> None:
    server.run("plan", "echo ready; echo $$ > pid; while :; do date +%s%N > alive; sleep 0.05; done")
    until((server.folder / "work" / "alive").exists, 30)
    assert server.process is not None
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    alive = server.folder / "work" / "alive"

    def stands() -> bool:
        before = alive.read_bytes()
        time.sleep(0.3)
        return alive.read_bytes() == before

    until(stands)


def test_its_environment_is_empty_and_its_secrets_are_in_no_argument(server: Server) -> None:
    assert server.process is not None
    folder = Path(f"/proc/{server.process.pid}")
    if os.geteuid() == 0:
        assert (folder / "environ").read_bytes().strip(b"\0") in (b"", b"LC_CTYPE=C.UTF-8")
    assert b"token" not in (folder / "cmdline").read_bytes()


def test_by_hand_it_says_who_starts_it() -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "leastway.gateway.supervisor"], input=b"{}\n", capture_output=True, check=False
    )
    assert done.returncode == 2
    assert b"started by leastway's server" in done.stderr

"""Real Terraform and OpenTofu against leastway's state backend, on loopback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from leastway.audit import Entry, read_entry
from leastway.custody import Custody, FileWrappingKey
from leastway.gateway import StateRequest
from leastway.orchestrator.states import StateBackend, StateKey, StateVault
from leastway.primitives import Secret
from leastway.store import open_platform_store
from leastway.terraform import Commands, StateAddress, find_program, prepare_module, read_log_line

KEY = StateKey("acme", "b" * 40)
LEASE = timedelta(minutes=10)


class StateServer:
    """The backend on a loopback socket, in front of a store, as a run's gateway relays it."""

    def __init__(self, folder: Path) -> None:
        self.store = open_platform_store(folder / "leastway.db")
        self.vault = StateVault(self.store, Custody(FileWrappingKey(b"k" * 32)))
        self.backend = StateBackend(self.vault)
        self.seen: list[str] = []
        self.before: Callable[[str], None] = lambda _method: None
        """Called with the method of each request before it is answered; what it raises cuts the connection."""
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except ConnectionError:
                    self.close_connection = True

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                path, _, query = self.path.partition("?")
                server.seen.append(self.command)
                server.before(self.command)
                answer = server.backend.answer(StateRequest(self.command, path, query, dict(self.headers), body))
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            do_GET = do_POST = do_LOCK = do_UNLOCK = do_DELETE = answer  # noqa: N815 - the names of http.server

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}/state"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
        self.store.close()

    def state(self, key: StateKey = KEY) -> dict[str, Any] | None:
        with self.store.reading() as transaction:
            stored = transaction.states.find(key.organization, key.id)
            if stored is None or stored.current is None:
                return None
            return dict(json.loads(self.vault.content(transaction, key, stored.current.version)))

    def entries(self, action: str) -> list[Entry]:
        with self.store.reading() as transaction:
            read = [read_entry(each.data) for each in transaction.audit.pending(1000)]
        return [each for each in read if each.action == action]


@dataclass
class Done:
    """A command that has ended."""

    status: int
    output: str

    @property
    def lines(self) -> str:
        return "\n".join(each.text for line in self.output.splitlines() for each in read_log_line(line))


@dataclass
class Run:
    """A run of a module, on this machine instead of in a sandbox."""

    server: StateServer
    name: str
    folder: Path
    commands: Commands
    environment: Mapping[str, str] = field(default_factory=dict)

    def start(self, argv: tuple[str, ...]) -> subprocess.Popen[str]:
        for path, content in self.commands.files.items():
            Path(path).write_bytes(content)
        environment = {
            name: value.reveal() if isinstance(value, Secret) else value
            for name, value in self.commands.environment.items()
        }
        own = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "TMPDIR": str(self.folder)}
        return subprocess.Popen(
            argv,
            cwd=self.commands.module.path,
            env={**own, **self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def do(self, argv: tuple[str, ...], *, status: int | None = 0) -> Done:
        with self.start(argv) as process:
            output, _ = process.communicate(timeout=120)
        if status is not None:
            assert process.returncode == status, output
        return Done(process.returncode, output)

    def apply(self) -> Done:
        """Plan and apply, as a run does."""
        self.do(self.commands.init())
        self.do(self.commands.plan(), status=2)
        self.server.vault.permit_writes(self.name, 1)
        return self.do(self.commands.apply())


class Runs:
    """Makes runs of modules."""

    def __init__(self, server: StateServer, folder: Path, program: str) -> None:
        self.server, self.program = server, program
        self.folder = folder
        self._count = 0

    def new(self, module: Mapping[str, str], *, key: StateKey = KEY, keep_backend: bool = False, **more: Any) -> Run:
        self._count += 1
        name = f"run-{self._count}"
        folder = self.folder / name
        for each in ("module", "inputs", "plan"):
            (folder / each).mkdir(parents=True)
        for path, text in module.items():
            (folder / "module" / path).write_text(text)
        ticket = self.server.vault.open_access(key, title="shop/dev s3", run=name, attempt=1, lease=LEASE)
        commands = Commands(
            program=find_program(None, self.program).path,
            module=prepare_module(folder / "module", keep_backend=keep_backend),
            saved_plan=folder / "plan" / "saved",
            state=None if keep_backend else StateAddress(self.server.url, "run", ticket.token),
            inputs=str(folder / "inputs"),
            **more,
        )
        return Run(self.server, name, folder, commands)


def interrupt(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGINT)

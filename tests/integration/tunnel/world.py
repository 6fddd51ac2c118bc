"""Agents in threads and processes, what they connect to, what is between them and the server, and clients."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import functools
import hashlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from leastway.broker.recording import server_entry
from leastway.custody import open_agent_key
from leastway.service import Server
from leastway.tunnel import AgentSettings, AgentTargets, TunnelAgent, parse_target
from tests.running_server import RunningServer

ENTER = server_entry("acme")


def key_pair(number: int, bits: int = 4096) -> tuple[str, str]:
    """Return a private key and its public key as PEM. Each costs a second, so tests share them."""
    return _key_pair(number, bits)


@functools.cache
def _key_pair(_number: int, bits: int) -> tuple[str, str]:
    key = rsa.generate_private_key(65537, bits)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return private, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def key_file(folder: Path, number: int, bits: int = 4096) -> Path:
    """Write the private key of a number, for the owner only."""
    path = folder / f"agent-{number}-{bits}.pem"
    path.write_text(key_pair(number, bits)[0])
    path.chmod(0o600)
    return path


def fingerprint(number: int) -> str:
    lines = key_pair(number)[1].splitlines()[1:-1]
    return hashlib.sha256(base64.b64decode("".join(lines))).hexdigest()


def until(holds: Callable[[], bool], seconds: float = 120.0) -> float:
    """Wait until something holds, and return how long that took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, "it does not hold in time"
        time.sleep(0.01)
    return time.monotonic() - began


@dataclass
class Target:
    """A TCP server on loopback; `handle` serves a connection on a thread."""

    port: int
    connections: list[socket.socket] = field(default_factory=list)


def echo(connection: socket.socket) -> None:
    """Send back what comes, and the end after it."""
    while data := connection.recv(65_536):
        connection.sendall(data)
    connection.shutdown(socket.SHUT_WR)


@contextmanager
def target(handle: Callable[[socket.socket], None] = echo) -> Iterator[Target]:
    """Listen on loopback."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    found = Target(listening.getsockname()[1])

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            found.connections.append(connection)
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            handle(connection)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)
        for connection in found.connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()


class Between:
    """An intermediary that forwards bytes, and can cut its connections or stand still.

    With `most`, a connection is reset after so many bytes in both directions.
    """

    def __init__(self, port: int, most: int | None = None) -> None:
        self._to = port
        self._most = most
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listening.getsockname()[1]
        self.stands_still = threading.Event()
        self.sockets: list[socket.socket] = []
        self.accepted = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Reset every connection."""
        sockets, self.sockets = self.sockets, []
        for one in sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
                while self.stands_still.is_set():  # whoever comes meanwhile is served afterwards
                    time.sleep(0.01)
                far = socket.create_connection(("127.0.0.1", self._to))
            except OSError:
                return
            self.accepted += 1
            self.sockets += [near, far]
            passed: list[int] = []
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._forward, args=(source, sink, passed), daemon=True).start()

    def _forward(self, source: socket.socket, sink: socket.socket, passed: list[int]) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                if self.stands_still.is_set():
                    threading.Event().wait(60)
                passed.append(len(data))
                if self._most is not None and sum(passed) > self._most:
                    break
                sink.sendall(data)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


@contextmanager
def between(port: int, most: int | None = None) -> Iterator[Between]:
    made = Between(port, most)
    try:
        yield made
    finally:
        made.stands_still.clear()
        made.close()


class AgentThread:
    """An agent in a thread of the test's process."""

    def __init__(self, url: str, key: Path, targets: list[str], agent: str = "prod", drain: float = 5.0) -> None:
        self.told: list[str] = []
        self.agent: TunnelAgent | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

        found = AgentTargets(map(parse_target, targets))
        servers = tuple(url.split())
        self.settings = AgentSettings(
            "acme", agent, servers, found, lambda: open_agent_key(key), self.told.append, drain=drain
        )
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()
        until(lambda: self.agent is not None)

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.agent = TunnelAgent(self.settings)
        await self.agent.run()

    @property
    def streams(self) -> int:
        assert self.agent is not None
        return sum(map(len, self.agent.sessions))

    def stop(self) -> None:
        """Ask it to end."""
        if self._loop is not None and not self._loop.is_closed() and self.agent is not None:
            self._loop.call_soon_threadsafe(self.agent.stop)

    def join(self) -> None:
        self._thread.join(20)
        assert not self._thread.is_alive()


@contextmanager
def agent_thread(
    url: str, key: Path, targets: list[str], agent: str = "prod", drain: float = 0.2
) -> Iterator[AgentThread]:
    """Run an agent for the block."""
    made = AgentThread(url, key, targets, agent, drain)
    try:
        yield made
    finally:
        made.stop()
        made.join()


@contextmanager
def agent_process(
    url: str, key: Path, *options: str, before: tuple[str, ...] = (), environment: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Run `leastway agent` as a process for the block."""
    who = ["--organization", "acme", "--agent", "prod", "--key", str(key)]
    command = [*before, sys.executable, "-m", "leastway", "agent", "--server", url, *who, *options]
    env = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env={**env, **(environment or {})}
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.communicate(timeout=20)


def through(url: str, name: str, timeout: float = 20) -> tuple[socket.socket, bytes]:
    """Connect to a target through the proxy, and return the connection and the head of the answer."""
    parts = urlsplit(url)
    connection = socket.create_connection((parts.hostname or "", parts.port or 0), timeout=timeout)
    login = base64.b64encode(f"{parts.username}:{parts.password}".encode()).decode()
    lines = [f"CONNECT {name} HTTP/1.1", f"Host: {name}", f"Proxy-Authorization: Basic {login}", "", ""]
    connection.sendall("\r\n".join(lines).encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        piece = connection.recv(1)
        if not piece:
            break
        head += piece
    return connection, head


def connected(server: Server, agent: str = "prod") -> int:
    """How many replicas of the agent are connected to the process."""
    return sum(one.place == ("acme", agent) for one in server.tunnels.hub.connected())


def register(running: RunningServer, agent: str, *numbers: int) -> None:
    """Register an agent with keys."""
    first, *others = numbers
    body = {"id": agent, "public_key": key_pair(first)[1]}
    answer = running.request("POST", "/orgs/acme/agents", body)
    assert answer.status == 200, answer.body
    for number in others:
        add_key(running, agent, number)


def add_key(running: RunningServer, agent: str, number: int) -> None:
    path = f"/orgs/acme/agents/{agent}/keys"
    assert running.request("POST", path, {"public_key": key_pair(number)[1]}).status == 200


def delete_key(running: RunningServer, agent: str, number: int) -> None:
    path = f"/orgs/acme/agents/{agent}/keys/{fingerprint(number)}"
    assert running.request("DELETE", path).status == 204


@contextmanager
def proxy_url(server: Server, agent: str = "prod") -> Iterator[str]:
    """Give a pass for the block."""
    with server.tunnels.agent_pass("acme", agent, work="deployment", enter=ENTER) as given:
        yield given.reveal()

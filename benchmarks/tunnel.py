"""The tunnel beside a direct TLS connection and `ssh -R`: throughput, latency, many streams, memory, reconnection.

Goals: at least half of the throughput of `ssh -R` with the same TLS inside (aim: all of it); under 0.5 ms more than a
direct connection at the median; 2,000 streams without a reset; back within 2 s. All on loopback, each part a process of
its own: the target, the agent, the server with TLS, the client. The three ways take turns, in rounds.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import signal
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import trustme

MIB = 1 << 20
AMOUNT = 192 * MIB
ROUNDS = 5
ASKED = 400
STREAMS = 2_000
PIECE = 256 * 1024

Connect = Callable[[], socket.socket]


def main() -> None:
    """Print figures and ratios."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        folder = Path(name)
        _make_keys(folder)
        target = running.enter_context(_target(folder))
        url, server, agent = running.enter_context(_tunnel(folder, target))
        ways: dict[str, Connect] = {
            "direct": lambda: socket.create_connection(("127.0.0.1", target)),
            "tunnel": lambda: _through(url, "api.example:443"),
        }
        if shutil.which("sshd") and shutil.which("ssh"):
            port = running.enter_context(_ssh(folder, target))
            ways["ssh -R"] = lambda: socket.create_connection(("127.0.0.1", port))
        else:
            print("no sshd on this machine: ssh -R is not measured")
        context = ssl.create_default_context(cafile=folder / "ca.pem")
        _throughput(ways, context)
        _latency(ways, context)
        _streams(url, server, agent)
        _reconnection(url, context, agent, server)


def _throughput(ways: dict[str, Connect], context: ssl.SSLContext) -> None:
    """Download and upload, the ways in turn, so that a busy machine weighs on all of them."""
    for direction, move in (("download", _download), ("upload", _upload)):
        rates: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(ROUNDS):
            for way, connect in ways.items():
                with _secured(connect, context) as connection:
                    rates[way].append(AMOUNT / MIB / move(connection))
        shown = ", ".join(f"{way} {statistics.median(some):,.0f} MiB/s" for way, some in rates.items())
        print(f"{direction} of {AMOUNT // MIB} MiB in TLS: {shown}")
        for other in ("direct", "ssh -R"):
            if other in rates:
                ratio = statistics.median(t / o for t, o in zip(rates["tunnel"], rates[other], strict=True))
                print(f"  tunnel to {other}: {ratio:.2f}{' (goal: 0.5)' if other == 'ssh -R' else ''}")


def _download(connection: ssl.SSLSocket) -> float:
    began = time.perf_counter()
    connection.sendall(f"down {AMOUNT}\n".encode())
    buffer = bytearray(PIECE)
    left = AMOUNT
    while left:
        count = connection.recv_into(buffer)
        assert count, "the stream ended"
        left -= count
    return time.perf_counter() - began


def _upload(connection: ssl.SSLSocket) -> float:
    began = time.perf_counter()
    connection.sendall(f"up {AMOUNT}\n".encode())
    piece = bytes(PIECE)
    for _ in range(AMOUNT // PIECE):
        connection.sendall(piece)
    assert connection.recv(1) == b"k"
    return time.perf_counter() - began


def _latency(ways: dict[str, Connect], context: ssl.SSLContext) -> None:
    """A request of 100 bytes and its answer, the ways in turn."""
    took: dict[str, list[float]] = {way: [] for way in ways}
    with ExitStack() as opened:
        connections = {way: opened.enter_context(_secured(connect, context)) for way, connect in ways.items()}
        for connection in connections.values():
            connection.sendall(b"echo 0\n")
        for _ in range(ASKED):
            for way, connection in connections.items():
                began = time.perf_counter()
                connection.sendall(b"x" * 100)
                assert connection.recv(200)
                took[way].append((time.perf_counter() - began) * 1000)
    medians = {way: statistics.median(some) for way, some in took.items()}
    shown = ", ".join(f"{way} {ms:.2f} ms" for way, ms in medians.items())
    print(
        f"request and answer, p50: {shown}; the tunnel adds {medians['tunnel'] - medians['direct']:.2f} ms (goal: 0.5)"
    )


def _streams(url: str, server: int, agent: int) -> None:
    """Open many streams, use each, and measure what each costs while it is idle."""
    before = _memory(server), _memory(agent)
    opened: list[socket.socket] = []
    began = time.perf_counter()
    try:
        opened.extend(_through(url, "echo.example:80") for _ in range(STREAMS))
        took = time.perf_counter() - began
        for one in opened:
            one.sendall(b"hello")
        answered = sum(one.recv(5) == b"hello" for one in opened)
        after = _memory(server), _memory(agent)
    finally:
        for one in opened:
            one.close()
    each = [(now - then) / STREAMS for then, now in zip(before, after, strict=True)]
    print(
        f"{STREAMS:,} streams, opened one after the other in {took:.1f} s: {answered:,} answered, "
        f"{STREAMS - answered} reset; memory of an idle one: server {each[0]:.1f} KiB, agent {each[1]:.1f} KiB"
    )


def _reconnection(url: str, context: ssl.SSLContext, agent: int, server: int) -> None:
    """Cut the agent's connection in the middle of a download, from outside: the stream goes on."""
    if not shutil.which("ss") or os.geteuid() != 0:
        print("reconnection: needs root and ss, to cut a connection from outside")
        return
    paused: list[float] = []
    for _ in range(ROUNDS):
        with _secured(lambda: _through(url, "api.example:443"), context) as connection:
            connection.sendall(b"echo 0\n")
            connection.sendall(b"x")
            assert connection.recv(1)
            port = str(urlsplit(_SERVER[0]).port)
            began = time.perf_counter()
            subprocess.run(["ss", "-K", "dst", "127.0.0.1", "dport", "=", port], check=False, capture_output=True)
            connection.sendall(b"y")
            assert connection.recv(1) == b"y"
            paused.append(time.perf_counter() - began)
        time.sleep(1.2)
    print(
        f"a connection that is cut: its stream goes on after {statistics.median(paused):.2f} s, "
        f"at most {max(paused):.2f} s (goal: 2)"
    )


_SERVER: list[str] = []


def _memory(process: int) -> float:
    """The proportional memory of a process, in KiB."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("Pss:")))


@contextmanager
def _secured(connect: Connect, context: ssl.SSLContext) -> Iterator[ssl.SSLSocket]:
    raw = connect()
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with context.wrap_socket(raw, server_hostname="api.example") as secured:
        yield secured


def _through(url: str, target: str) -> socket.socket:
    """Connect through the proxy."""
    parts = urlsplit(url)
    connection = socket.create_connection((parts.hostname or "", parts.port or 0), timeout=60)
    login = base64.b64encode(f"{parts.username}:{parts.password}".encode()).decode()
    connection.sendall(
        f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nProxy-Authorization: Basic {login}\r\n\r\n".encode()
    )
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        piece = connection.recv(1)
        assert piece, "the proxy closed the connection"
        head += piece
    assert head.startswith(b"HTTP/1.1 200"), head
    return connection


# --- the parts ----------------------------------------------------------------------------------------------------


def _make_keys(folder: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    for name, host in (("target", "api.example"), ("server", "127.0.0.1")):
        made = authority.issue_cert(host)
        (folder / f"{name}.key").write_bytes(made.private_key_pem.bytes())
        (folder / f"{name}.pem").write_bytes(b"".join(one.bytes() for one in made.cert_chain_pems))
    subprocess.run(["openssl", "genrsa", "-out", folder / "agent.key", "4096"], check=True, capture_output=True)
    (folder / "agent.key").chmod(0o600)


@contextmanager
def _process(*command: str) -> Iterator[subprocess.Popen[str]]:
    started = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield started
    finally:
        started.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            started.wait(10)
        started.kill()
        started.communicate()


@contextmanager
def _target(folder: Path) -> Iterator[int]:
    with _process(sys.executable, "-m", "benchmarks.tunnel", "target", str(folder)) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())


@contextmanager
def _tunnel(folder: Path, target: int) -> Iterator[tuple[str, int, int]]:
    with ExitStack() as running:
        server = running.enter_context(
            _process(sys.executable, "-m", "benchmarks.tunnel", "server", str(folder), str(target))
        )
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        _SERVER[:] = [url]
        leastway = str(Path(sys.executable).with_name("leastway"))
        options = ["--server", url.replace("https:", "wss:"), "--organization", "acme", "--agent", "prod"]
        keys = ["--key", str(folder / "agent.key"), "--ca", str(folder / "ca.pem")]
        plain = int(server.stdout.readline())
        targets = [f"--target=api.example:443=127.0.0.1:{target}", f"--target=echo.example:80=127.0.0.1:{plain}"]
        agent = running.enter_context(_process(leastway, "agent", *options, *keys, *targets))
        yield server.stdout.readline().strip(), server.pid, agent.pid


@contextmanager
def _ssh(folder: Path, target: int) -> Iterator[int]:
    """`ssh -R`: sshd is where our server is, ssh where the agent is."""
    sshd = shutil.which("sshd")
    assert sshd is not None
    Path("/run/sshd").mkdir(exist_ok=True)
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    shutil.copy(folder / "user.pub", folder / "authorized")
    port, forwarded = _free_port(), _free_port()
    (folder / "sshd.conf").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized\n"
        "StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\n"
    )
    to_sshd = ["-p", str(port), "-i", str(folder / "user"), "-o", "StrictHostKeyChecking=no"]
    quiet = ["-o", "UserKnownHostsFile=/dev/null", "-o", "ExitOnForwardFailure=yes"]
    with _process(os.path.realpath(sshd), "-D", "-f", str(folder / "sshd.conf")):
        _wait_for(port)
        with _process("ssh", "-N", "-R", f"{forwarded}:127.0.0.1:{target}", *to_sshd, *quiet, "127.0.0.1"):
            _wait_for(forwarded)
            yield forwarded


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def _wait_for(port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise SystemExit(f"nothing listens on port {port}")


def _serve_target(folder: Path) -> None:
    """The target: TLS, one thread a connection; the first line says what to do."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "target.pem", folder / "target.key")
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    print(listening.getsockname()[1], flush=True)

    def answer(raw: socket.socket) -> None:
        with contextlib.suppress(OSError), context.wrap_socket(raw, server_side=True) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            line = b""
            while not line.endswith(b"\n"):
                piece = connection.recv(1)
                if not piece:
                    return
                line += piece
            what, _, number = line.decode().partition(" ")
            left, piece = int(number), bytes(PIECE)
            if what == "down":
                for _ in range(left // PIECE):
                    connection.sendall(piece)
            buffer = bytearray(PIECE)
            while (count := connection.recv_into(buffer)) and what != "down":
                left -= count
                if what == "echo":
                    connection.sendall(buffer[:count])
                elif not left:
                    connection.sendall(b"k")

    while True:
        raw, _ = listening.accept()
        threading.Thread(target=answer, args=(raw,), daemon=True).start()


def _serve_platform(folder: Path) -> None:
    """The server: it prints its URL, the port of a plain echo, and a proxy URL once the agent is connected."""
    from leastway.api import Listening, Running, run
    from leastway.broker.recording import server_entry
    from leastway.primitives import Secret
    from leastway.service import ServerSettings, open_server

    def echo() -> None:
        import asyncio

        async def serve() -> None:
            async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                while piece := await reader.read(1024):
                    writer.write(piece)
                writer.close()

            server = await asyncio.start_server(one, "127.0.0.1", 0, backlog=512)
            ports.append(server.sockets[0].getsockname()[1])
            await server.serve_forever()

        asyncio.run(serve())

    ports: list[int] = []
    tokens: list[Secret] = []
    with open_server(ServerSettings(folder / "data", organization="acme"), tokens.append) as server:

        def work(url: str) -> None:
            import http.client

            connection = http.client.HTTPSConnection(
                "127.0.0.1", urlsplit(url).port or 0, context=ssl.create_default_context(cafile=folder / "ca.pem")
            )
            public = subprocess.run(
                ["openssl", "rsa", "-in", folder / "agent.key", "-pubout"], check=True, capture_output=True, text=True
            ).stdout
            headers = {"Authorization": f"Bearer {tokens[0].reveal()}", "Content-Type": "application/json"}
            connection.request("POST", "/orgs/acme/agents", json.dumps({"id": "prod", "public_key": public}), headers)
            assert connection.getresponse().status == 200
            connection.close()
            print(url, ports[0], sep="\n", flush=True)
            while not server.tunnels.connected("acme", "prod"):
                time.sleep(0.05)
            with server.tunnels.agent_pass("acme", "prod", work="benchmark", enter=server_entry("acme")) as proxy:
                print(proxy.reveal(), flush=True)
                threading.Event().wait()

        def ready(running: Running) -> None:
            threading.Thread(target=work, args=(running.url,), daemon=True).start()

        if sys.argv[3:]:
            subprocess_echo = threading.Thread(target=echo, daemon=True)
            subprocess_echo.start()
            while not ports:
                time.sleep(0.01)
        run(server, Listening("127.0.0.1", 0, folder / "server.pem", folder / "server.key"), ready)


if __name__ == "__main__":
    {"target": _serve_target, "server": _serve_platform}[sys.argv[1]](Path(sys.argv[2]))

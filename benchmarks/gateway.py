"""The signing gateway: time added to a call, throughput and memory of a large upload, and a kill next to a flood.

Calls and uploads go by turns directly to a small server with TLS, and to the same server through a gateway in a process
of its own, which asks its authority over the control channel. That enters each call into an audit log on SQLite, and
what a call waits for its entry is shown by itself. Both are on loopback: the network adds nothing.
Goals: 0.3 ms added at the median beside the entry; a kill acts within 100 ms next to another run's flood.
"""

from __future__ import annotations

import gc
import http.client
import multiprocessing as mp
import socket
import ssl
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, ClassVar

import trustme
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from leastway.audit import Actor, Detail, Entry
from leastway.broker.ledger import Ledger
from leastway.broker.logs import LogKeeper, Records, Sequencer
from leastway.gateway import CallEntry, CallOutcome, RunTerms, SessionAsk, StateAnswer, StateRequest
from leastway.gateway.control import Connected, ControlServer, DialedAuthority
from leastway.ports import CallerIdentity, IssuedSession, SessionKeys
from leastway.primitives import Partition, Secret
from leastway.store import open_platform_store
from leastway.tlog import Signer

HOST = "bucket.s3.eu-central-1.amazonaws.com"
ACCOUNT = "111122223333"
CALLS, ROUNDS = 100, 7
UPLOAD = 1 << 30
PIECE = bytes(256 << 10)
TRIALS = 20


def main() -> None:
    """Print the figures."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="leastway-bench-")))
        port, ca = stack.enter_context(_sink())
        authority = _Authority(stack.enter_context(_ledger(folder)))
        first = stack.enter_context(_run(folder / "a", port, ca, authority))
        second = stack.enter_context(_run(folder / "b", port, ca, authority))
        direct, through, entered = _calls(port, ca, first)
        added = statistics.median(one - other for one, other in zip(through, direct, strict=True))
        beside = statistics.median(
            one - other - entry for one, other, entry in zip(through, direct, entered, strict=True)
        )
        print(
            f"a call, {ROUNDS} rounds of {CALLS} by turns: directly {_ms(direct)}, through the gateway {_ms(through)} "
            f"at the median: {added * 1e3:.2f} ms added; {_ms(entered)} of them wait for the durable entry: "
            f"{beside * 1e3:.2f} ms beside it (goal 0.3)"
        )
        straight = _upload(_connection(("127.0.0.1", port), ca, None), UPLOAD, {})
        before = _memory(first.pid)
        proxied = _upload(first.connection(), UPLOAD, first.headers("PUT", "/upload", "UNSIGNED-PAYLOAD"))
        print(
            f"an upload of {UPLOAD >> 20} MiB: directly {straight:.0f} MiB/s, through the gateway {proxied:.0f} MiB/s: "
            f"{proxied / straight:.2f}; memory of the gateway at most {_memory(first.pid)} MiB, {before} before it"
        )
        alone, flooded = _kills(first, second)
        print(
            f"a call is refused after a kill, {TRIALS} trials: {_ms(alone)}, at most {max(alone) * 1e3:.1f} ms; beside "
            f"a flood of another run: {_ms(flooded)}, at most {max(flooded) * 1e3:.1f} ms (goal 100)"
        )


def _ms(seconds: list[float]) -> str:
    return f"{statistics.median(seconds) * 1e3:.2f} ms"


@contextmanager
def _sink() -> Iterator[tuple[int, str]]:
    """Serve S3's part in a process of its own."""
    authority = trustme.CA()
    key = authority.issue_cert(HOST, "127.0.0.1")
    pem = key.private_key_pem.bytes() + b"".join(each.bytes() for each in key.cert_chain_pems)
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    process = mp.get_context("fork").Process(target=_serve, args=(listener, pem), daemon=True)  # before any thread
    process.start()
    try:
        yield listener.getsockname()[1], authority.cert_pem.bytes().decode()
    finally:
        process.kill()
        process.join()
        listener.close()


def _serve(listener: socket.socket, pem: bytes) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(pem)
        file.flush()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file.name)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_answer, args=(connection, context), daemon=True).start()


def _answer(raw: socket.socket, context: ssl.SSLContext) -> None:
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        with raw, context.wrap_socket(raw, server_side=True) as connection:
            buffer = bytearray(1 << 18)
            head = b""
            while piece := connection.recv(65536):
                head += piece
                start, end, rest = head.partition(b"\r\n\r\n")
                if not end:
                    continue
                head = b""
                fields = dict(line.lower().split(b": ", 1) for line in start.split(b"\r\n")[1:])
                if b"expect" in fields:
                    connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                left = int(fields.get(b"content-length", b"0")) - len(rest)
                while left > 0:
                    left -= connection.recv_into(buffer, min(left, len(buffer)))
                connection.sendall(b"HTTP/1.1 200 OK\r\nETag: x\r\nContent-Length: 3\r\n\r\nabc")
    except OSError:
        pass


@contextmanager
def _ledger(folder: Path) -> Iterator[Ledger]:
    with open_platform_store(str(folder / "leastway.db")) as store:
        records = Records(folder)
        sequencer = Sequencer("benchmark.example", lambda origin: Signer(origin, bytes(32)), records)
        with LogKeeper(store, sequencer, records) as keeper, Ledger(store, lambda _: None, logs=keeper) as ledger:
            yield ledger


class _Authority:
    """A server that enters each call into an audit log."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def session(self, _ask: SessionAsk, /) -> IssuedSession:
        later = datetime(2099, 1, 1, tzinfo=UTC)
        return IssuedSession(SessionKeys("ASIABENCHMARKREAL", Secret("secret"), Secret("token")), later)

    def identity(self, _region: str, /) -> CallerIdentity:
        return CallerIdentity(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/x", "AIDA")

    def enter(self, entry: CallEntry, /) -> None:
        details: dict[str, Detail] = {"host": entry.host, "key": entry.key, "actions": entry.actions}
        made = Entry("acme", entry.at, Actor("someone"), "aws.called", entry.operation, details=details)
        self._ledger.submit(lambda: made).result()

    def answered(self, outcome: CallOutcome, /) -> None:
        pass

    def state(self, _request: StateRequest, /) -> StateAnswer:
        return StateAnswer(404)

    def renew(self) -> None:
        pass

    def arrived(self, _gateway: Connected, /) -> None:
        pass

    def left(self, _gateway: Connected, /) -> None:
        pass

    def reported(self, _name: str, _value: Any, _body: bytes, /) -> None:
        pass


@dataclass
class _Run:
    """The gateway of one run, in a process of its own."""

    server: ControlServer
    pid: int
    port: int
    ca: str
    keys: tuple[str, str, str]
    told: Connection

    def connection(self) -> http.client.HTTPSConnection:
        return _connection(("127.0.0.1", self.port), self.ca, HOST)

    def headers(self, method: str, path: str, digest: str | None = None) -> dict[str, str]:
        request = AWSRequest(
            method, f"https://{HOST}{path}", headers={"X-Amz-Content-SHA256": digest} if digest else {}
        )
        S3SigV4Auth(Credentials(*self.keys), "s3", "eu-central-1").add_auth(request)
        return dict(request.headers.items())

    def entering(self) -> float:
        """Return how long the calls since the last time waited for their entries, at the median."""
        self.told.send(None)
        return float(self.told.recv())

    @property
    def gateway(self) -> Connected:
        found = self.server.connected("run")
        assert found is not None
        return found


@contextmanager
def _run(folder: Path, port: int, ca: str, authority: _Authority) -> Iterator[_Run]:
    server = ControlServer(folder / "control")
    role = f"arn:aws:iam::{ACCOUNT}:role/x"
    terms = RunTerms("run", "acme", "dev", "aws", ACCOUNT, ("eu-central-1",), services=("s3",), role=role)
    server.expect("run", Secret("token"), lambda: terms, authority, authority)
    ours, theirs = mp.Pipe()
    process = mp.get_context("spawn").Process(target=_gateway, args=(server.path, port, ca, theirs), daemon=True)
    process.start()
    try:
        listening, pem, keys = ours.recv()
        assert process.pid is not None
        yield _Run(server, process.pid, listening, pem, keys, ours)
    finally:
        process.kill()
        process.join()
        server.close()


def _gateway(control: Path, port: int, ca: str, told: Connection) -> None:
    """Be the gateway: what the supervisor of a run is, without a sandbox."""
    from leastway.aws.calls import Call, Hosts
    from leastway.gateway import Decision
    from leastway.gateway.certificates import RunCa
    from leastway.gateway.judging import Judge
    from leastway.gateway.proxy import Endpoint, Outside, Proxy
    from leastway.gateway.switch import RunSwitch

    class Told(RunSwitch):
        def __init__(self) -> None:
            super().__init__()
            self.terms: RunTerms | None = None
            self.there = threading.Event()

        def welcomed(self, terms: RunTerms) -> None:
            self.terms = terms

        def connected(self) -> None:
            self.there.set()

        def refused(self, _reason: str) -> None:
            pass

        lost_lease = refused

        def work(self, name: str, _value: Any) -> None:
            pass

    class Verdicts:
        def decide(self, _call: Call, _role: str | None, /) -> tuple[Decision, str]:
            return Decision.ALLOWED, ""

    class Timed(DialedAuthority):
        took: ClassVar[list[float]] = []

        def begin_entry(self, entry: CallEntry) -> Callable[[], None]:
            began = time.perf_counter()
            durable = super().begin_entry(entry)

            def timed() -> None:
                durable()
                self.took.append(time.perf_counter() - began)

            return timed

    switch = Told()
    authority = Timed(control, "run", Secret("token"), switch)
    authority.start()
    switch.there.wait(30)
    assert switch.terms is not None
    run_ca = RunCa("run")
    hosts = Hosts(Partition.AWS, ACCOUNT, services=("s3",), regions=("eu-central-1",))
    judge = Judge(switch.terms, authority, switch, hosts, Verdicts())
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    proxy = Proxy(judge, authority, switch, run_ca, outside=Outside({"*": Endpoint("127.0.0.1", port, ca)}))
    proxy.listen(listener)
    keys = judge.surrogates.first.keys
    assert keys.token is not None
    gc.freeze()  # as the process does from which supervisors are forked
    told.send((listener.getsockname()[1], run_ca.pem, (keys.key_id, keys.secret.reveal(), keys.token.reveal())))
    while True:
        told.recv()
        told.send(statistics.median(authority.took))
        authority.took.clear()


def _connection(address: tuple[str, int], ca: str, host: str | None) -> http.client.HTTPSConnection:
    context = ssl.create_default_context(cadata=ca)
    if host is None:
        context.check_hostname = False
    found = http.client.HTTPSConnection(*address, context=context, timeout=120)
    if host is not None:
        found.set_tunnel(host, 443)
    found.connect()
    found.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return found


def _calls(port: int, ca: str, run: _Run) -> tuple[list[float], list[float], list[float]]:
    """Return the median of each round, directly, through the gateway, and of the wait for the entry in the latter."""
    direct, through = _connection(("127.0.0.1", port), ca, None), run.connection()
    headers = run.headers("GET", "/key")
    found: tuple[list[float], list[float]] = ([], [])
    entered: list[float] = []
    for turn in range(ROUNDS + 1):
        for client, medians in zip((direct, through), found, strict=True):
            times = [_timed(lambda client=client: _call(client, headers)) for _ in range(CALLS)]  # type: ignore[misc]
            if turn:  # the first round warms both up
                medians.append(statistics.median(times))
        entering = run.entering()
        if turn:
            entered.append(entering)
    direct.close()
    through.close()
    return (*found, entered)


def _call(client: http.client.HTTPSConnection, headers: dict[str, str]) -> int:
    client.request("GET", "/key", headers=headers)
    answer = client.getresponse()
    answer.read()
    return answer.status


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _upload(client: http.client.HTTPSConnection, size: int, headers: dict[str, str]) -> float:
    """Return MiB a second."""
    client.putrequest("PUT", "/upload")
    for name, value in ({"Content-Length": str(size)} | headers).items():
        client.putheader(name, value)
    client.endheaders()
    began = time.perf_counter()
    for _ in range(size // len(PIECE)):
        client.send(PIECE)
    answer = client.getresponse()
    assert answer.status == 200, answer.read()
    answer.read()
    took = time.perf_counter() - began
    client.close()
    return size / took / (1 << 20)


def _memory(pid: int) -> int:
    """Return the largest resident size so far, in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) >> 10


def _kills(first: _Run, second: _Run) -> tuple[list[float], list[float]]:
    """Return the times until a call is refused after the run is put to sleep, alone and next to a flood."""
    alone = [_until_refused(first) for _ in range(TRIALS)]
    stop = threading.Event()
    threads = [threading.Thread(target=_flood, args=(second, stop)) for _ in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    flooded = [_until_refused(first) for _ in range(TRIALS)]
    stop.set()
    for thread in threads:
        thread.join()
    return alone, flooded


def _until_refused(run: _Run) -> float:
    """A sleep takes the same way as a kill, and can be undone for the next trial."""
    client = run.connection()
    headers = run.headers("GET", "/key")
    while _call(client, headers) != 200:
        time.sleep(0.001)
    began = time.perf_counter()
    run.gateway.asleep("a trial")
    while _call(client, headers) == 200:
        pass
    took = time.perf_counter() - began
    run.gateway.awake()
    client.close()
    return took


def _flood(run: _Run, stop: threading.Event) -> None:
    client = run.connection()
    headers = run.headers("GET", "/key")
    while not stop.is_set():
        _call(client, headers)
    client.close()

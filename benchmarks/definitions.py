"""Definitions and accounts of a real server: lists of 10,000 beside their bare JSON, and creations from 16 clients.

Goals: a list takes less than a second, and the server's memory grows by less than that of a process that encodes the
same list at once. Each creation is durable with its audit entry before it is answered. On SQLite; on PostgreSQL too
where LEASTWAY_TEST_POSTGRESQL names one (`tests/with-postgresql python -m benchmarks definitions`).
"""

from __future__ import annotations

import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from benchmarks.hand_outs import cpu_of, serving
from leastway.registry import DefinitionVersion, DriverInputs, ResourceAccount
from leastway.store import open_platform_store
from tests.databases import new_postgresql

CLIENTS = 16
LISTED = 10_000
POSTED = 800
ROUNDS = 3
DEFS = "/orgs/acme/resources/defs"
ACCOUNTS = "/orgs/acme/resources/accounts"
INPUTS = {
    "values": {
        "source": {"url": "https://git.test/modules.git", "path": "s3/bucket", "rev": "refs/tags/v1"},
        "variables": {"region": "eu-central-1", "bucket": "acme-${context.app.id}-${context.env.id}"},
    }
}


@dataclass(frozen=True)
class _Server:
    url: str
    token: str
    process: int
    database: Path

    def connect(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        return http.client.HTTPConnection(parts.hostname or "", parts.port or 0, timeout=60)

    def request(self, connection: http.client.HTTPConnection, method: str, path: str, body: object = None) -> bytes:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status == 200, content
        return content

    def peak(self) -> float:
        """Return the largest size that the process ever had, in MiB."""
        status = Path(f"/proc/{self.process}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) / 1024


def main() -> None:
    """Print times, memory and rates."""
    with _server(None) as server:
        _created(server, "SQLite", POSTED)
        _fill(server, LISTED - POSTED)
        _listed(server, "definitions", DEFS)
        _listed(server, "accounts", ACCOUNTS)
    if "LEASTWAY_TEST_POSTGRESQL" in os.environ:
        with new_postgresql() as url, _server(url) as server:
            _created(server, "PostgreSQL", POSTED)


def _created(server: _Server, where: str, count: int) -> None:
    latencies: list[float] = []
    local = threading.local()

    def create(_: int) -> None:
        if not hasattr(local, "connection"):
            local.connection = server.connect()
        identifier = f"def-{uuid.uuid4()}"
        body = {"id": identifier, "name": "Bucket", "type": "s3", "driver_type": "humanitec/terraform"}
        began = time.perf_counter()
        server.request(local.connection, "POST", DEFS, {**body, "driver_inputs": INPUTS})
        latencies.append((time.perf_counter() - began) * 1000)

    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(create, range(count)))
    rate = count / (time.perf_counter() - began)
    p99 = sorted(latencies)[int(len(latencies) * 0.99)]
    print(f"creations on {where}, {CLIENTS} clients: {rate:,.0f} a second, p99 {p99:.0f} ms")


def _fill(server: _Server, count: int) -> None:
    """Store more definitions, and accounts, next to the server, which would take longer."""
    version = DefinitionVersion(
        id="v1",
        number=1,
        name="Bucket",
        type="s3",
        driver="humanitec/terraform",
        inputs=DriverInputs(INPUTS["values"]),
        created_at=datetime.now(UTC),
        created_by="benchmark",
    )
    with open_platform_store(server.database) as store, store.writing() as transaction:
        for number in range(count):
            used = f"account-{number:05}" if number % 2 else ""
            made = replace(version, id=str(uuid.uuid4()), account=used)
            transaction.definitions.add("acme", f"filled-{number:05}", made)
        for number in range(LISTED):
            name, at = f"account-{number:05}", version.created_at
            transaction.accounts.add(ResourceAccount("acme", name, name, "aws-role", 1, at, "benchmark"))


def _listed(server: _Server, what: str, path: str) -> None:
    connection = server.connect()
    server.request(connection, "GET", f"{DEFS}?res_type=sqs")  # warm, and no list
    before, times, cpu = server.peak(), [], []
    for _ in range(ROUNDS):
        used, began = cpu_of(server.process), time.perf_counter()
        content = server.request(connection, "GET", path)
        times.append(time.perf_counter() - began)
        cpu.append(cpu_of(server.process) - used)
    grown = server.peak() - before
    found = json.loads(content)
    assert len(found) == LISTED
    bare: dict[str, float] = {}
    for name, encode in (("json", json.dumps), ("msgspec", msgspec.json.encode)):
        began = time.perf_counter()
        encode(found)
        bare[name] = time.perf_counter() - began
    took, size = statistics.median(times), len(content) / 2**20
    ratios = ", ".join(f"{took / seconds:.0f} times {name}'s encoding of it" for name, seconds in bare.items())
    seconds = statistics.median(cpu)
    print(f"list of {LISTED:,} {what}: {took:.2f} s (goal: 1 s), {seconds:.2f} s of CPU, {size:.1f} MiB, {ratios}")
    goal = _encoded_at_once(content)
    print(f"memory of the server while listing {what}: {grown:.1f} MiB more (goal: less than {goal:.1f} MiB)")


def _encoded_at_once(content: bytes) -> float:
    """Return by how many MiB a process grows that has the list as objects and encodes it at once."""
    code = (
        "import json, re, sys\n"
        "peak = lambda: int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]) / 1024\n"
        "before = peak()\n"
        "found = [json.loads(line) for line in sys.stdin.buffer]\n"
        "json.dumps(found).encode()\n"
        "print(peak() - before)"
    )
    lines = b"\n".join(msgspec.json.encode(one) for one in msgspec.json.decode(content))
    done = subprocess.run([sys.executable, "-c", code], input=lines, capture_output=True, check=True)
    return float(done.stdout)


@contextmanager
def _server(database: str | None) -> Iterator[_Server]:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        named = {} if database is None else {"LEASTWAY_DATABASE": database}
        with serving(data, {**os.environ, **named}) as (url, process):
            yield _Server(url, (data / "owner-token").read_text().strip(), process, data / "leastway.db")

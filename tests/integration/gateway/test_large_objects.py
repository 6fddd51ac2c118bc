"""A large object passes the gateway in both directions, and the memory of the gateway's process stays small."""

from __future__ import annotations

import http.client
import multiprocessing
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.integration.gateway.serving import serve
from tests.integration.gateway.sink import PIECE, Sink, sink
from tests.integration.gateway.world import REGION
from tests.unit.gateway.terms import until

pytestmark = pytest.mark.integration

HOST = f"bucket.s3.{REGION}.amazonaws.com"
MOST = 64 << 20
SMALL = 1 << 20
PROCESSES = multiprocessing.get_context("spawn")


@dataclass
class Served:
    """A gateway in a process of its own."""

    pid: int
    port: int
    ca: str
    keys: tuple[str, str, str | None]

    @contextmanager
    def request(self, method: str, key: str, size: int = 0) -> Iterator[http.client.HTTPResponse]:
        """Send a request; an upload has `size` bytes, which are never in memory."""
        request = AWSRequest(method, f"https://{HOST}/{key}", headers={"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"})
        S3SigV4Auth(Credentials(*self.keys), "s3", REGION).add_auth(request)
        headers = dict(request.headers.items()) | ({"Content-Length": str(size)} if size else {})
        client = http.client.HTTPSConnection(
            "127.0.0.1", self.port, context=ssl.create_default_context(cadata=self.ca), timeout=600
        )
        client.set_tunnel(HOST, 443)
        body = (PIECE for _ in range(size // len(PIECE))) if size else None
        with closing(client):
            client.request(method, f"/{key}", body=body, headers=headers)
            with client.getresponse() as answer:
                yield answer

    def upload(self, size: int) -> None:
        with self.request("PUT", "upload", size) as answer:
            assert answer.status == 200

    def download(self, size: int) -> None:
        with self.request("GET", f"big-{size}") as answer:
            got = 0
            while piece := answer.read(1 << 20):
                got += len(piece)
        assert got == size

    def memory(self, name: str) -> int:
        """Return VmRSS or VmHWM, the peak, in bytes."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith(f"{name}:"))

    def forget_peak(self) -> None:
        """Let the peak count from now on. Source: proc_pid_clear_refs(5), 5."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")


@pytest.fixture(scope="module")
def s3() -> Iterator[Sink]:
    with sink() as found:
        yield found


@pytest.fixture(scope="module")
def served(s3: Sink, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    here, there = PROCESSES.Pipe()
    process = PROCESSES.Process(target=serve, args=(s3.outside, tmp_path_factory.mktemp("gateway"), there))
    process.start()
    assert process.pid is not None
    try:
        yield Served(process.pid, *here.recv())
    finally:
        here.send("end")
        process.join(30)
        here.close()
        there.close()


@pytest.mark.parametrize("size", [256 << 20, pytest.param(5 << 30, marks=pytest.mark.soak, id="5-GiB")])
@pytest.mark.parametrize("direction", ["upload", "download"])
def test_a_large_object_passes_in_little_memory(s3: Sink, served: Served, direction: str, size: int) -> None:
    passes = served.upload if direction == "upload" else served.download
    passes(SMALL)
    served.forget_peak()
    before = served.memory("VmRSS")
    passes(size)
    grown = served.memory("VmHWM") - before
    print(f"{direction} of {size >> 20} MiB: the peak is {grown / (1 << 20):.1f} MiB above {before >> 20} MiB")
    assert grown < MOST
    if direction == "upload":
        until(lambda: s3.requests[-1].size == size)

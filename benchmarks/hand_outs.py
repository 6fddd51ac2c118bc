"""Hand-outs of a real server: cached credentials beside a static answer, one AssumeRole for 1,000, a kill switch.

Goals: cached credentials from 16 connections reach at least 0.5 of a static answer of the same uvicorn, with their
audit entries durable; 1,000 simultaneous requests make one AssumeRole; a kill switch acts within 100 ms. The server
runs with SQLite on the temporary folder's disk; its STS is that of the sandbox.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from botocore.session import Session as BotocoreSession

from benchmarks.load import CONNECTIONS, put_under_load
from leastway.aws import AwsSts
from leastway.ports import SessionKeys
from leastway.primitives import Secret
from leastway.sandbox import AccountSeed, PlatformSeed, Sandbox, Scenario

ACCOUNT, REGION = "111122223333", "eu-central-1"
SECONDS = 4.0
ROUNDS = 3
SWITCHES = 20
TOKENS = 2_000


@dataclass(frozen=True)
class Server:
    """A server that runs, and requests of its owner."""

    sandbox: Sandbox
    url: str
    token: str
    pid: int

    @property
    def cpu(self) -> float:
        """The seconds of a processor that the process has used."""
        return cpu_of(self.pid)

    def request(self, method: str, path: str, body: object = None) -> object:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            content = answer.read()
        return json.loads(content) if content else None


def cpu_of(pid: int) -> float:
    """Return the seconds of a processor that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print rates, ratios and latencies."""
    with servers() as (server,):
        _one_call(server)
        _cached(server)
        _kill_switch(server)
    _tokens()


def _cached(server: Server) -> None:
    """Static, cached and static again, in rounds, so that a busy machine weighs on all of them."""
    headers = {"Authorization": server.token}
    rates: dict[str, list[float]] = {"static": [], "credentials": []}
    usual: dict[str, list[float]] = {"static": [], "credentials": []}
    worst: dict[str, list[float]] = {"static": [], "credentials": []}
    cpu: dict[str, list[float]] = {"static": [], "credentials": []}
    paths = {"static": "/health", "credentials": "/orgs/acme/resources/accounts/prod/credentials"}
    for path in paths.values():
        put_under_load(server.url + path, headers, seconds=0.5)
    for _ in range(ROUNDS):
        for name, path in paths.items():
            before = server.cpu
            load = put_under_load(server.url + path, headers, seconds=SECONDS)
            assert load.failed == 0
            cpu[name].append((server.cpu - before) / len(load.latencies) * 1e6)
            rates[name].append(load.rate)
            usual[name].append(load.percentile(0.5))
            worst[name].append(load.percentile(0.99))
    for name in paths:
        rate, p50, p99 = (statistics.median(of[name]) for of in (rates, usual, worst))
        print(
            f"{name:>12} from {CONNECTIONS} connections: {rate:>7,.0f} a second, p50 {p50:.1f} ms, p99 {p99:.1f} ms, "
            f"{statistics.median(cpu[name]):.0f} µs of CPU each"
        )
    rate, p50, each = (_ratio(of) for of in (rates, usual, cpu))
    print(f"ratio, entry durable: {rate:.2f} (goal: 0.5); of the p50s {1 / p50:.2f}, of the CPU {1 / each:.2f}")


def _ratio(of: Mapping[str, Sequence[float]]) -> float:
    """The median of what credentials are of static answers, round by round."""
    return statistics.median(c / s for c, s in zip(of["credentials"], of["static"], strict=True))


def _one_call(server: Server) -> None:
    before = _assumed(server)
    headers = {"Authorization": server.token}
    path = "/orgs/acme/resources/accounts/prod/credentials"
    began = time.perf_counter()
    load = put_under_load(server.url + path, headers, seconds=0.0, connections=1_000)
    took = time.perf_counter() - began
    assert load.failed == 0
    print(f"{len(load.latencies):,} simultaneous requests made {_assumed(server) - before} AssumeRole, in {took:.1f} s")


def _assumed(server: Server) -> int:
    return sum(entry.action == "AssumeRole" for entry in server.sandbox.control.journal())


def _kill_switch(server: Server) -> None:
    """Time from the request that turns a switch on to the first refusal, with requests without a pause."""
    took = []
    for _ in range(SWITCHES):
        server.request("GET", "/orgs/acme/resources/accounts/prod/credentials")
        began = time.perf_counter()
        body = {"scope": "account", "target": "prod", "reason": "benchmark"}
        made = server.request("POST", "/orgs/acme/kill-switches", body)
        try:
            server.request("GET", "/orgs/acme/resources/accounts/prod/credentials")
        except urllib.error.HTTPError as error:
            code = error.code
            error.close()
        else:
            code = 200
        assert code == 403
        took.append((time.perf_counter() - began) * 1000)
        assert isinstance(made, dict)
        server.request("DELETE", f"/orgs/acme/kill-switches/{made['id']}")
    print(f"kill switch, until a request was refused: {statistics.median(took):.0f} ms, at most {max(took):.0f} ms")


def _tokens() -> None:
    """EKS tokens beside botocore's presigned URL, which is what aws eks get-token makes."""
    keys = SessionKeys("ASIAEXAMPLE", Secret("x" * 40), Secret("t" * 800))
    sts = AwsSts()
    client: Any = BotocoreSession().create_client(
        "sts",
        region_name=REGION,
        aws_access_key_id="ASIAEXAMPLE",
        aws_secret_access_key="x" * 40,
        aws_session_token="t" * 800,
    )

    def ours() -> None:
        sts.eks_token(keys, cluster="prod", region=REGION, expiry=datetime.now(UTC))

    def botocores() -> None:
        client.generate_presigned_url("get_caller_identity", ExpiresIn=60)

    times = {}
    for name, sign in (("botocore", botocores), ("ours", ours)):
        sign()
        began = time.process_time()
        for _ in range(TOKENS):
            sign()
        times[name] = (time.process_time() - began) / TOKENS * 1e6
    print(
        f"EKS token: {times['ours']:.0f} µs of CPU; botocore's presigned URL: {times['botocore']:.0f} µs; "
        f"ratio {times['ours'] / times['botocore']:.2f}"
    )


@contextmanager
def servers(number: int = 1, *options: str) -> Iterator[list[Server]]:
    """Start processes of one server, with an account `prod` on an embedded AWS."""
    with tempfile.TemporaryDirectory() as folder, Sandbox(small_kubernetes=True) as sandbox:
        keys = sandbox.control.seed(Scenario(accounts=(AccountSeed(ACCOUNT),)))
        admin = keys.admins[ACCOUNT]
        iam = boto3.client(
            "iam",
            endpoint_url=sandbox.endpoint,
            region_name=REGION,
            aws_access_key_id=admin.id,
            aws_secret_access_key=admin.secret.reveal(),
        )
        trust = {"Effect": "Allow", "Principal": {"AWS": PlatformSeed().arn}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        iam.create_role(RoleName="humanitec-access", AssumeRolePolicyDocument=document)
        found: list[Server] = []
        with ExitStack() as running:
            for at in range(number):
                data = Path(folder) / f"data-{at}"
                environment = {**os.environ, **sandbox.environment(keys.platform)}
                key = ("--wrapping-key", str(Path(folder) / "key"))
                url, pid = running.enter_context(serving(data, environment, *key, *options))
                token = found[0].token if found else (data / "owner-token").read_text().strip()
                found.append(Server(sandbox, url, token, pid))
            credentials = {"aws_role": f"arn:aws:iam::{ACCOUNT}:role/humanitec-access", "external_id": "id"}
            body = {"id": "prod", "name": "prod", "type": "aws-role", "credentials": credentials}
            found[0].request("POST", "/orgs/acme/resources/accounts", body)
            yield found


@contextmanager
def serving(data: Path, environment: Mapping[str, str], *options: str) -> Iterator[tuple[str, int]]:
    """Run one process with this data folder, and give its URL and process id."""
    messages = data.with_suffix(".messages")
    command = [str(Path(sys.executable).with_name("leastway")), "serve", "--data", str(data)]
    with messages.open("w") as out:
        process = subprocess.Popen(
            [*command, "--listen", "127.0.0.1:0", "--organization", "acme", *options],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=out,
        )
        try:
            yield _url(process, messages), process.pid
        finally:
            process.terminate()
            process.wait(40)


def _url(process: subprocess.Popen[bytes], messages: Path) -> str:
    while process.poll() is None:
        for line in messages.read_text().splitlines():
            if line.startswith("leastway serves "):
                return line.removeprefix("leastway serves ")
        time.sleep(0.05)
    raise SystemExit(messages.read_text())

"""Processes of one server that share a PostgreSQL database: their roles, and a kill switch that acts on all of them."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

from leastway.sandbox import AccountSeed, PlatformSeed, Sandbox, Scenario
from tests.databases import new_postgresql
from tests.integration.sandbox.world import trust

pytestmark = pytest.mark.integration

ACCOUNT, REGION = "111122223333", "eu-central-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/humanitec-access"
CREDENTIALS = "/orgs/acme/resources/accounts/prod/credentials"
SWITCHES = "/orgs/acme/kill-switches"
CHECKPOINT = "/audit/acme/checkpoint"
TRIALS = 10


@dataclass
class Process:
    """One process, and requests to it."""

    process: subprocess.Popen[bytes]
    url: str
    messages: Path
    token: str = ""

    def request(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait(30)


@dataclass
class Servers:
    """Starts processes; the first one makes the organization."""

    folder: Path
    database: str
    environment: dict[str, str]
    token: str = ""
    all: list[Process] = field(default_factory=list)

    def start(self, role: str, name: str) -> Process:
        data, messages = self.folder / name, self.folder / f"{name}-{len(self.all)}.log"
        command = [sys.executable, "-m", "leastway", "serve", "--data", str(data), "--role", role]
        options = ["--listen", "127.0.0.1:0", "--organization", "acme", "--wrapping-key", str(self.folder / "key")]
        with messages.open("wb") as out:
            process = subprocess.Popen(
                [*command, *options], env=self.environment, stdout=subprocess.DEVNULL, stderr=out
            )
        started = Process(process, "", messages)
        self.all.append(started)
        deadline = time.monotonic() + 60
        while not started.url:
            assert process.poll() is None, messages.read_text()
            assert time.monotonic() < deadline
            for line in messages.read_text().splitlines():
                if line.startswith("leastway serves "):
                    started.url = line.split()[2]
            time.sleep(0.02)
        owner = data / "owner-token"
        if owner.exists():
            self.token = owner.read_text().strip()
        started.token = self.token
        return started


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with new_postgresql() as database, Sandbox(small_kubernetes=True) as sandbox:
        keys = sandbox.control.seed(Scenario(accounts=(AccountSeed(ACCOUNT),)))
        admin = keys.admins[ACCOUNT]
        iam: Any = boto3.client(
            "iam",
            endpoint_url=sandbox.endpoint,
            region_name=REGION,
            aws_access_key_id=admin.id,
            aws_secret_access_key=admin.secret.reveal(),
        )
        iam.create_role(RoleName="humanitec-access", AssumeRolePolicyDocument=trust(PlatformSeed().arn))
        folder = tmp_path_factory.mktemp("servers")
        environment = {**os.environ, **sandbox.environment(keys.platform), "LEASTWAY_DATABASE": database}
        found = Servers(folder, database, environment)
        try:
            yield found
        finally:
            for one in found.all:
                one.end()


@pytest.fixture(scope="module")
def apis(servers: Servers) -> tuple[Process, Process]:
    """Two processes that answer requests, and an account."""
    here, there = servers.start("api", "here"), servers.start("api", "there")
    credentials = {"aws_role": ROLE, "external_id": "id"}
    body = {"id": "prod", "name": "prod", "type": "aws-role", "credentials": credentials}
    status, answer = here.request("POST", "/orgs/acme/resources/accounts", body)
    assert status == 200, answer
    return here, there


def _wait_for(seconds: float, condition: Any) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _size(process: Process) -> int:
    """Return how many entries of the log are published, as the process shows it."""
    status, answer = process.request("GET", CHECKPOINT)
    return int(answer.split(b"\n")[1]) if status == 200 else 0


def test_a_signer_signs_what_the_others_commit_and_goes_on_after_it_was_killed(
    servers: Servers, apis: tuple[Process, Process]
) -> None:
    here, there = apis
    assert here.request("GET", CREDENTIALS)[0] == 200  # nobody signs, and nobody waits for it
    assert _size(here) == 0
    signer = servers.start("signer", "signer")
    _wait_for(20, lambda: _size(here) > 0 and _size(there) == _size(here))

    os.kill(signer.process.pid, signal.SIGKILL)
    signer.process.wait(30)
    before = _size(here)
    assert there.request("GET", CREDENTIALS)[0] == 200
    servers.start("signer", "signer")
    _wait_for(20, lambda: _size(here) > before and _size(there) > before)

    signing = [b"the audit logs are signed by" in one.messages.read_bytes() for one in servers.all]
    assert signing == [False, False, True, True]


@pytest.mark.parametrize("role", ["signer", "worker"])
def test_a_signer_and_a_worker_answer_nothing_but_health_and_metrics(
    servers: Servers, apis: tuple[Process, Process], role: str
) -> None:
    running = (one for one in servers.all if one.process.poll() is None and one.messages.name.startswith(role))
    process = next(running, None) or servers.start(role, role)
    for path in ("/health", "/ready", "/metrics"):
        assert process.request("GET", path)[0] == 200
    for path in (CREDENTIALS, "/current-user", CHECKPOINT):
        assert process.request("GET", path)[0] == 404


def test_a_kill_switch_acts_on_the_other_process_at_once(apis: tuple[Process, Process]) -> None:
    """Nothing leaves that is asked for after the switch is on, and what is asked for without a pause ends in time."""
    here, there = apis
    assert statistics.median(_seconds_until_refused(here, there) for _ in range(TRIALS)) < 0.1


def _seconds_until_refused(here: Process, there: Process) -> float:
    """Turn a switch on here, and return how long after the answer there is a refusal there; turn it off again."""
    asked: list[tuple[float, float, int]] = []
    stop = threading.Event()
    thread = threading.Thread(target=_ask, args=(there, asked, stop))
    thread.start()
    try:
        _wait_for(20, lambda: any(status == 200 for _, _, status in asked))
        began = time.monotonic()
        status, answer = here.request("POST", SWITCHES, {"scope": "account", "target": "prod", "reason": "a leak"})
        on = time.monotonic()
        assert status == 200, answer
        _wait_for(20, lambda: asked[-1][2] == 403)
    finally:
        stop.set()
        thread.join(20)
    assert not [1 for start, _, status in asked if status == 200 and start > on]
    assert here.request("DELETE", f"{SWITCHES}/{json.loads(answer)['id']}")[0] == 204
    return max(0.0, next(end for _, end, status in asked if status == 403 and end > began) - on)


def _ask(process: Process, asked: list[tuple[float, float, int]], stop: threading.Event) -> None:
    while not stop.is_set():
        start = time.monotonic()
        status, _ = process.request("GET", CREDENTIALS)
        asked.append((start, time.monotonic(), status))

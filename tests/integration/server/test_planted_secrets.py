"""Secrets of a whole run on the platform's side, searched for wherever they must not be.

The run: accounts, checks, sessions by each way, a new key and the way back, kill switches, people, errors, a backup, a
restore, new wrapping keys, an exported audit log, and a crash. The search: logs, errors, answers, tracebacks, the
database's files, backups, copies of the logs, and the command lines and environments of every process of the run,
which are read all the time.
"""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest

from leastway.sandbox import AccountSeed, PlatformSeed, Sandbox, Scenario
from tests.integration.sandbox.world import allow, trust

pytestmark = pytest.mark.integration

LEASTWAY = str(Path(sys.executable).with_name("leastway"))
ACCOUNT, REGION = "111122223333", "eu-central-1"
ARN = f"arn:aws:iam::{ACCOUNT}"
ROLE, LISTED = f"{ARN}:role/humanitec-access", f"{ARN}:role/humanitec-s3"
MARK = "LEASTWAY_TEST_RUN"


@dataclass
class Watch:
    """Reads the command lines and environments of the run's processes, until it is closed."""

    run: str
    arguments: set[bytes] = field(default_factory=set)
    environments: set[bytes] = field(default_factory=set)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Watch:
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()

    def look(self, process: Path) -> bool:
        """Read a process, by its folder in /proc, if it is of the run; return whether it is."""
        try:
            environment = (process / "environ").read_bytes()
            if f"{MARK}={self.run}".encode() not in environment:
                return False
            self.environments.add(environment)
            self.arguments.add((process / "cmdline").read_bytes())
        except OSError:  # it has ended
            return False
        return True

    def _watch(self) -> None:
        while not self._over.wait(0.1):
            for process in Path("/proc").glob("[0-9]*"):
                self.look(process)


@dataclass
class Run:
    """A server, its clients, everything that they wrote, and the secrets that were used."""

    folder: Path
    environment: dict[str, str]
    watch: Watch
    url: str = ""
    token: str = ""
    secrets: dict[str, str] = field(default_factory=dict)
    written: list[bytes] = field(default_factory=list)
    """What clients wrote to standard error, answers of the API, and what else must not have a secret."""

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def plant(self, name: str, secret: str) -> str:
        assert len(secret) > 12
        self.secrets[name] = secret
        return secret

    def api(self, method: str, path: str, body: object = None, *, status: int = 200) -> Any:
        """Request it; the answer must not have a secret, unless it is one that hands one out."""
        request = urllib.request.Request(
            self.url + path,
            None if body is None else json.dumps(body).encode(),
            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                code, data = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            code, data = error.code, error.read()
        assert code == status, data
        if not path.endswith(("/tokens", "/sign-in")) and "/credentials" not in path:
            self.written.append(data)
        return json.loads(data) if data else None

    def command(self, *arguments: str, code: int = 0, hands_out: bool = False, **given: str) -> str:
        named = {"LEASTWAY_URL": self.url, "LEASTWAY_TOKEN_FILE": str(self.folder / "token")}
        with subprocess.Popen(
            [LEASTWAY, *arguments],
            env=self.environment | named | given,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            try:
                while not self.watch.look(Path(f"/proc/{process.pid}")):  # it may end before the watch comes by
                    assert process.poll() is None  # its environment can be read a moment after it has begun
                stdout, stderr = process.communicate(timeout=60)
            finally:
                process.kill()
        assert process.returncode == code, stderr
        self.written += [stderr] if hands_out else [stderr, stdout]
        return stdout.decode()

    @contextmanager
    def serving(self, *options: str, stop: signal.Signals = signal.SIGTERM) -> Iterator[None]:
        """Run a server, and end it by a signal; its log is in `server.log`."""
        arguments = [LEASTWAY, "serve", "--data", str(self.data), "--listen", "127.0.0.1:0", "--organization", "acme"]
        with (self.folder / "server.log").open("ab") as log:
            start = log.tell()
            server = subprocess.Popen([*arguments, *options], env=self.environment, stdout=log, stderr=log)
            try:
                self.url = self._url(server, start)
                yield
            finally:
                server.send_signal(stop)
                server.wait(40)

    def _url(self, server: subprocess.Popen[bytes], start: int) -> str:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            told = (self.folder / "server.log").read_bytes()[start:].decode()
            if found := re.search(r"leastway serves (\S+)\n", told):
                return found[1]
            assert server.poll() is None, told
            time.sleep(0.02)
        raise AssertionError("the server did not start")


def _keys(sandbox: Sandbox, seeded: Any) -> list[dict[str, str]]:
    """Create the roles, and a user with two keys, as the customer; return the keys as credentials of an account."""
    admin = seeded.admins[ACCOUNT]
    iam = boto3.client(
        "iam",
        endpoint_url=sandbox.endpoint,
        region_name=REGION,
        aws_access_key_id=admin.id,
        aws_secret_access_key=admin.secret.reveal(),
    )
    iam.create_user(UserName="humanitec")
    iam.put_user_policy(UserName="humanitec", PolicyName="p", PolicyDocument=allow("sts:AssumeRole", LISTED))
    condition = {"Condition": {"StringEquals": {"sts:ExternalId": _EXTERNAL_ID}}}
    iam.create_role(RoleName="humanitec-access", AssumeRolePolicyDocument=trust(PlatformSeed().arn, **condition))
    iam.create_role(RoleName="humanitec-s3", AssumeRolePolicyDocument=trust(f"{ARN}:user/humanitec"))
    made = [iam.create_access_key(UserName="humanitec")["AccessKey"] for _ in range(2)]
    return [{"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]} for key in made]


_EXTERNAL_ID = f"planted-external-id-{uuid.uuid4().hex}"


def _everything(run: Run, keys: list[dict[str, str]]) -> None:
    """Do everything that the platform's side does."""
    run.token = run.plant("owner's token", (run.data / "owner-token").read_text().strip())
    (run.folder / "token").write_text(run.token)
    for number, key in enumerate(keys):
        run.plant(f"secret key {number}", key["aws_secret_access_key"])
    run.plant("external id", _EXTERNAL_ID)
    accounts = "/orgs/acme/resources/accounts"

    _accounts(run, accounts, keys)
    _sessions(run, accounts)
    _people(run)
    switch = run.command("kill", "on", "--account", "keyed", "--reason", "a drill").split()[1]
    run.command("credentials", "keyed", "--role", LISTED, code=1)
    run.command("kill", "off", switch)
    log = f"{run.url}/audit/acme"
    log_key = run.command("audit", "key", log, LEASTWAY_TOKEN=run.secrets["auditor's token"]).strip()
    exported = str(run.folder / "exported")
    run.command("audit", "export", log, exported, "--key", log_key, LEASTWAY_TOKEN=run.secrets["auditor's token"])
    run.command("audit", "show", exported)
    _errors(run, accounts, keys)
    run.command("server", "backup", "--data", str(run.data), str(run.folder / "backup"))


def _accounts(run: Run, accounts: str, keys: list[dict[str, str]]) -> None:
    assumed = {"aws_role": ROLE, "external_id": _EXTERNAL_ID}
    run.api("POST", f"{accounts}?check_credential=true", _account("assumed", "aws-role", assumed))
    run.api("POST", f"{accounts}?dry_run=true", _account("tried", "aws", keys[0]), status=204)
    run.api("POST", accounts, _account("keyed", "aws", keys[0]))
    run.api("POST", f"{accounts}/keyed/roles", {"role": LISTED})
    run.api("POST", f"{accounts}/keyed/actions/check")
    run.api("PATCH", f"{accounts}/keyed", {"credentials": keys[1]})
    run.api("POST", f"{accounts}/keyed/actions/rollback")
    run.api("GET", accounts)


def _sessions(run: Run, accounts: str) -> None:
    by_api = run.api("GET", f"{accounts}/keyed/credentials?role={urllib.parse.quote(LISTED)}")
    by_process = json.loads(run.command("credentials", "assumed", hands_out=True))
    token = run.command(
        *("eks-token", "--cluster", "prod", "--region", REGION, "--account", "keyed", "--log-level", "debug"),
        hands_out=True,
    )
    run.plant("session's key", by_api["SecretAccessKey"])
    run.plant("session's token", by_api["Token"])
    run.plant("another session's key", by_process["SecretAccessKey"])
    run.plant("another session's token", by_process["SessionToken"])
    run.plant("cluster token", json.loads(token)["status"]["token"])


def _people(run: Run) -> None:
    password = run.plant("password", f"planted {uuid.uuid4()}")
    person = {"name": "A person", "email": "person@acme.example", "password": password, "role": "member"}
    user = run.api("POST", "/orgs/acme/people", person)["id"]
    body = {"organization": "acme", "email": person["email"], "password": password}
    run.plant("sign-in token", run.api("POST", "/sign-in", body)["token"])
    run.api("POST", "/sign-in", body | {"password": password[::-1]}, status=401)
    viewer = run.api("POST", "/orgs/acme/users", {"name": "Auditor", "role": "member"})["id"]
    made = run.api("POST", f"/users/{viewer}/tokens", {"id": "audit", "type": "static"})
    run.plant("auditor's token", made["token"])
    assert user != viewer


def _errors(run: Run, accounts: str, keys: list[dict[str, str]]) -> None:
    """Send secrets where they do not belong, and while the database is broken."""
    secret = keys[0]["aws_secret_access_key"]
    run.api(
        "PATCH", f"{accounts}/keyed", {"credentials": {**keys[0], "aws_secret_access_key": secret[::-1]}}, status=400
    )
    run.api("POST", accounts, _account("wrong", "aws", {"aws_access_key_id": secret}), status=400)
    run.api("POST", accounts, _account("wrong", "aws-role", {"aws_role": secret, "external_id": secret}), status=400)
    run.api("POST", accounts, {"id": "wrong", "credentials": secret}, status=400)
    with sqlite3.connect(run.data / "leastway.db", timeout=10) as connection:
        connection.execute("ALTER TABLE credential_versions RENAME COLUMN created_by TO moved")
        connection.commit()
        run.api("POST", accounts, _account("broken", "aws", keys[0]), status=503)
        connection.execute("ALTER TABLE credential_versions RENAME COLUMN moved TO created_by")
        connection.execute("UPDATE accounts SET created_at = 'no time'")
        connection.commit()
        run.api("PATCH", f"{accounts}/keyed", {"credentials": keys[1]}, status=503)
        connection.execute("UPDATE accounts SET created_at = '2026-11-28 12:00:00.000000'")
        connection.commit()
    connection.close()


def _account(identifier: str, kind: str, credentials: object) -> dict[str, object]:
    return {"id": identifier, "name": identifier, "type": kind, "credentials": credentials}


def _forms(secret: str) -> Iterator[bytes]:
    """Yield the spellings in which a secret may appear."""
    plain = secret.encode()
    yield plain
    yield urllib.parse.quote(secret, safe="").encode()
    yield json.dumps(secret)[1:-1].encode()
    yield plain.hex().encode()
    for offset in range(3):  # Base64 of a text that has it anywhere
        yield base64.b64encode(bytes(offset) + plain)[4 : -4 if len(plain) > 12 else None]


def _places(run: Run, watch: Watch) -> Iterator[tuple[str, bytes]]:
    """Yield what is searched, with its name."""
    own = {run.folder / "token", run.folder / "new-key", run.data / "wrapping-key", run.data / "owner-token"}
    for path in run.folder.rglob("*"):
        if path.is_file() and path not in own and path.name != "wrapping-key":
            yield str(path.relative_to(run.folder)), path.read_bytes()
    for text in run.written:
        yield "an answer or an output", text
    for arguments in watch.arguments:
        yield "a command line", arguments
    for environment in watch.environments:
        yield "an environment", environment


def test_secrets_of_a_whole_run_are_only_where_they_belong(tmp_path: Path) -> None:
    name = uuid.uuid4().hex
    with Sandbox(small_kubernetes=True) as sandbox, Watch(name) as watch:
        seeded = sandbox.control.seed(Scenario(accounts=(AccountSeed(ACCOUNT),)))
        keys = _keys(sandbox, seeded)
        kept = {each: value for each, value in os.environ.items() if not each.startswith(("AWS_", "LEASTWAY_"))}
        trace = {MARK: name, "PYTHONFAULTHANDLER": "1", "HOME": str(tmp_path), "AWS_REGION": REGION}
        run = Run(tmp_path, kept | sandbox.environment(seeded.platform) | trace, watch)
        with run.serving("--audit-copy", str(tmp_path / "copy"), stop=signal.SIGABRT):
            _everything(run, keys)
        run.plant("wrapping key", _content(run.data / "wrapping-key"))
        run.command("server", "new-key", str(tmp_path / "new-key"))
        run.plant("new wrapping key", _content(tmp_path / "new-key"))
        replaced = ("--wrapping-key", str(tmp_path / "new-key"), "--other-wrapping-key", str(run.data / "wrapping-key"))
        with run.serving(*replaced):
            run.command("server", "rewrap", "--data", str(run.data), *replaced)
        restored = ("--data", str(tmp_path / "restored"), "--wrapping-key", str(run.data / "wrapping-key"))
        run.command("server", "restore", str(tmp_path / "backup"), *restored, "--log", str(tmp_path / "exported"))

    log = (tmp_path / "server.log").read_text()
    assert "Fatal Python error: Aborted" in log, "the crash shows its stack"
    seen = b"\n".join(watch.arguments)
    for command in (b"serve", b"credentials", b"eks-token", b"kill", b"export", b"backup", b"rewrap", b"restore"):
        assert command in seen, f"the processes of {command.decode()} were not watched"
    assert any(form in (tmp_path / "token").read_bytes() for form in _forms(run.token)), "the search works"
    found = [
        f"{secret} in {place}"
        for place, content in _places(run, watch)
        for secret, text in run.secrets.items()
        if (place, secret) != ("an environment", "auditor's token")  # which a person puts there
        and any(form in content for form in _forms(text))
    ]
    assert found == []


def _content(path: Path) -> str:
    """Return the key in a wrapping key's file, as it is written there."""
    text = path.read_text()
    return str(max(re.findall(r"[A-Za-z0-9+/=_-]{16,}", text), key=len))

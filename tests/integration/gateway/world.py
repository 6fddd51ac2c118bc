"""A gateway in this process before the embedded AWS, and clients of it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from leastway.aws.calls import Call, Hosts
from leastway.gateway import Decision, MemoryAuthority, RefusedError, RunTerms, SessionAsk
from leastway.gateway.certificates import RunCa
from leastway.gateway.judging import Judge
from leastway.gateway.proxy import Endpoint, Limits, Outside, Proxy
from leastway.gateway.surrogates import Surrogate
from leastway.gateway.switch import RunSwitch
from leastway.ports import CallerIdentity, IssuedSession, SessionKeys
from leastway.primitives import Partition, Secret
from leastway.sandbox import Sandbox, SeededKey
from tests.integration.sandbox.world import allow, trust
from tests.unit.gateway.terms import terms

ACCOUNT, OTHER, REGION = "111122223333", "444455556666", "eu-central-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"
EXTERNAL_ID = "the-right-external-id"


@dataclass
class Verdicts:
    """Decides as the test says."""

    of: Callable[[Call, str | None], tuple[Decision, str]] = lambda _call, _role: (Decision.ALLOWED, "")

    def decide(self, call: Call, role: str | None) -> tuple[Decision, str]:
        return self.of(call, role)


@dataclass
class Aws:
    """The embedded AWS with a user that may assume a role."""

    sandbox: Sandbox
    user: SeededKey

    @property
    def outside(self) -> Outside:
        parts = urlsplit(self.sandbox.endpoint)
        return Outside({"*": Endpoint(str(parts.hostname), int(parts.port or 0))})

    def client(self, service: Any, keys: SessionKeys | None = None) -> Any:
        """Return a client that goes directly to the embedded AWS."""
        return boto3.client(
            service,
            endpoint_url=self.sandbox.endpoint,
            region_name=REGION,
            aws_access_key_id=keys.key_id if keys else self.user.id,
            aws_secret_access_key=(keys.secret if keys else self.user.secret).reveal(),
            aws_session_token=keys.token.reveal() if keys and keys.token else None,
            config=Config(retries={"total_max_attempts": 1}),
        )

    def issue(self, ask: SessionAsk) -> IssuedSession:
        """Make a session as the broker does."""
        wanted = {
            "RoleArn": ask.role or ROLE,
            "RoleSessionName": ask.session_name or "leastway",
            "ExternalId": ask.external_id if ask.role else EXTERNAL_ID,
            "DurationSeconds": ask.duration,
            "Policy": ask.policy,
        }
        try:
            answer = self.client("sts").assume_role(**{name: value for name, value in wanted.items() if value})
        except ClientError as error:
            found = error.response
            raise RefusedError(
                found["Error"]["Message"],
                code=found["Error"]["Code"],
                request_id=found["ResponseMetadata"]["RequestId"],
            ) from error
        keys = answer["Credentials"]
        found_keys = SessionKeys(keys["AccessKeyId"], Secret(keys["SecretAccessKey"]), Secret(keys["SessionToken"]))
        return IssuedSession(found_keys, keys["Expiration"])


def make_role(sandbox: Sandbox, key: SeededKey) -> Aws:
    """Make the role that runs assume, and its user."""
    aws = Aws(sandbox, key)
    iam = aws.client("iam")
    user = iam.create_user(UserName="platform")["User"]["Arn"]
    condition = {"Condition": {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}}}
    iam.create_role(RoleName="deploy", AssumeRolePolicyDocument=trust(user, **condition), MaxSessionDuration=43_200)
    iam.put_role_policy(RoleName="deploy", PolicyName="p", PolicyDocument=allow("*"))
    iam.put_user_policy(UserName="platform", PolicyName="p", PolicyDocument=allow("sts:AssumeRole"))
    made = iam.create_access_key(UserName="platform")["AccessKey"]
    return Aws(sandbox, SeededKey(made["AccessKeyId"], Secret(made["SecretAccessKey"])))


@dataclass
class Gateway:
    """One run's gateway, listening on loopback."""

    authority: MemoryAuthority
    verdicts: Verdicts
    switch: RunSwitch
    ca: RunCa
    judge: Judge
    proxy: Proxy
    port: int
    folder: Path
    clients: list[Any] = field(default_factory=list)

    @property
    def first(self) -> Surrogate:
        return self.judge.surrogates.first

    @property
    def bundle(self) -> Path:
        path = self.folder / "ca.pem"
        if not path.exists():
            path.write_text(self.ca.pem)
        return path

    def environment(self, keys: SessionKeys | None = None) -> dict[str, str]:
        """Return the variables of a run."""
        keys = keys or self.first.keys
        found = {
            "HTTPS_PROXY": f"http://127.0.0.1:{self.port}",
            "AWS_CA_BUNDLE": str(self.bundle),
            "AWS_ACCESS_KEY_ID": keys.key_id,
            "AWS_SECRET_ACCESS_KEY": keys.secret.reveal(),
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": str(self.folder / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.folder / "credentials"),
        }
        return found | ({"AWS_SESSION_TOKEN": keys.token.reveal()} if keys.token else {})

    def client(self, service: Any, keys: SessionKeys | None = None, *, region: str = REGION, **config: Any) -> Any:
        """Return a client that goes through the gateway with a surrogate."""
        keys = keys or self.first.keys
        options: dict[str, Any] = {
            "retries": {"total_max_attempts": 1},
            "proxies": {"https": f"http://127.0.0.1:{self.port}"},
        }
        client = boto3.client(
            service,
            region_name=region,
            aws_access_key_id=keys.key_id,
            aws_secret_access_key=keys.secret.reveal(),
            aws_session_token=keys.token.reveal() if keys.token else None,
            verify=str(self.bundle),
            config=Config(**(options | config)),
        )
        self.clients.append(client)
        return client

    def connect(self, host: str, *, server_name: str | None = "") -> ssl.SSLSocket:
        """Open a connection of one's own, to send what no client sends."""
        connection = socket.create_connection(("127.0.0.1", self.port), 10)
        connection.sendall(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n".encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        context = ssl.create_default_context(cadata=self.ca.pem)
        context.check_hostname = server_name == ""
        return context.wrap_socket(connection, server_hostname=host if server_name == "" else server_name)

    def close(self) -> None:
        for client in self.clients:
            client.close()
        self.proxy.close()


def refusal(call: Callable[[], object]) -> tuple[str, str]:
    """Return code and message of the error that a call ends with."""
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    raise AssertionError("the call was not refused")


@contextmanager
def gateway(
    folder: Path,
    *,
    issue: Callable[[SessionAsk], IssuedSession],
    outside: Outside,
    limits: Limits | None = None,
    hosts: Hosts | None = None,
    **changes: Any,
) -> Iterator[Gateway]:
    """Run a gateway in this process."""
    these: RunTerms = terms(**changes)
    caller = CallerIdentity(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/platform", "AIDAPLATFORM")
    authority = MemoryAuthority(issue, caller)
    switch, ca, verdicts = RunSwitch(phase=these.phase), RunCa(these.run), Verdicts()
    hosts = hosts or Hosts(Partition(these.partition), these.aws_account, regions=these.regions)
    judge = Judge(these, authority, switch, hosts, verdicts)
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    proxy = Proxy(judge, authority, switch, ca, outside=outside, pass_hosts=these.pass_hosts, limits=limits)
    proxy.listen(listener)
    found = Gateway(authority, verdicts, switch, ca, judge, proxy, listener.getsockname()[1], folder)
    try:
        yield found
    finally:
        found.close()

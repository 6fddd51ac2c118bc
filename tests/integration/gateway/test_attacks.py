"""What code in a run may try: each of these is refused, and nothing of it reaches AWS."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from leastway.aws.calls import Hosts
from leastway.gateway import CallEntry, CredentialsMode, Decision, RefusedError
from leastway.gateway.proxy import Limits, Outside
from leastway.ports import SessionKeys
from leastway.primitives import Partition, Secret
from tests.integration.gateway.sink import Sink, sink
from tests.integration.gateway.test_streaming import connection, signed
from tests.integration.gateway.world import ACCOUNT, EXTERNAL_ID, OTHER, REGION, Aws, Gateway, gateway, refusal
from tests.unit.gateway.terms import issued, until

pytestmark = pytest.mark.integration

ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"
S3_HOST = f"bucket.s3.{REGION}.amazonaws.com"
STS_HOST = f"sts.{REGION}.amazonaws.com"


@pytest.fixture(scope="module")
def s3() -> Iterator[Sink]:
    with sink() as found:
        yield found


@pytest.fixture
def run(s3: Sink, hosts: Hosts, tmp_path: Path) -> Iterator[Gateway]:
    """A run whose AWS records what reaches it."""
    s3.requests.clear()
    limits = Limits(head_seconds=1.0, handshake_seconds=2.0)
    with gateway(tmp_path, issue=issued, outside=s3.outside, hosts=hosts, role=ROLE, limits=limits) as found:
        yield found
    assert not s3.requests, "it reached AWS"


def raw(run: Gateway, data: bytes, host: str = S3_HOST) -> bytes:
    """Send bytes inside TLS, and return what is answered until the end."""
    with run.connect(host) as secured:
        secured.settimeout(15)
        secured.sendall(data)
        found = b""
        while len(found) < 100_000:
            try:
                piece = secured.recv(65536)
            except (ssl.SSLEOFError, ConnectionResetError):
                break
            if not piece:
                break
            found += piece
            if b"\r\n\r\n" in found and b"Connection: close" not in found:
                break
        return found


def plain(run: Gateway, data: bytes) -> bytes:
    """Send bytes to the proxy itself."""
    with socket.create_connection(("127.0.0.1", run.port), 15) as connected:
        connected.sendall(data)
        found = b""
        while piece := connected.recv(65536):
            found += piece
        return found


def head(run: Gateway, method: str = "GET", path: str = "/key", host: str = S3_HOST, **more: str) -> str:
    """Return a request's head that is rightly signed, without the empty line at its end."""
    headers = signed(run.first.keys, method, f"https://{host}{path}")
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in (headers | more).items() if name.lower() != "host"]
    return "\r\n".join(lines) + "\r\n"


# Keys.


def test_a_surrogate_of_one_run_opens_nothing_in_another(
    session_run: Gateway, aws: Aws, hosts: Hosts, tmp_path: Path
) -> None:
    stolen = session_run.first.keys
    assert session_run.client("sts", stolen).get_caller_identity()["Account"] == ACCOUNT
    with gateway(tmp_path / "other", issue=aws.issue, outside=aws.outside, hosts=hosts, role=ROLE) as other:
        (tmp_path / "other").mkdir()
        _, message = refusal(other.client("sts", stolen).get_caller_identity)
        assert "not one of this run" in message
    code, _ = refusal(aws.client("sts", stolen).get_caller_identity)
    assert code == "InvalidClientTokenId"


def test_a_call_whose_entry_does_not_become_durable_never_leaves(
    run: Gateway, s3: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent_before: list[int] = []

    def fail(_entry: CallEntry) -> None:
        sent_before.append(len(s3.requests))
        raise RefusedError("the log cannot be written")

    monkeypatch.setattr(run.authority, "enter", fail)
    code, message = refusal(lambda: run.client("s3").get_object(Bucket="bucket", Key="key"))
    assert (code, message) == ("RefusedByLeastway", "leastway: the log cannot be written")
    assert sent_before == [0, 0]  # of the call, and of its refusal


def test_a_key_that_the_run_brought_along_is_refused(run: Gateway) -> None:
    own = SessionKeys("AKIAIOSFODNN7EXAMPLE", Secret("the-secret-of-a-strangers-account"))
    _, message = refusal(lambda: run.client("s3", own).list_objects_v2(Bucket="bucket"))
    assert "not one of this run" in message
    assert "not verified" not in message
    assert run.authority.entries[-1].decision is Decision.REFUSED
    refusal(lambda: run.client("iam", own).create_user(UserName="x"))
    claimed = [(each.service, each.operation, each.is_verified, each.actions) for each in run.authority.entries]
    assert claimed == [("s3", "ListObjectsV2", False, ()), ("iam", "CreateUser", False, ())]
    assert "(the operation is what the request says, and not verified)" in run.authority.entries[-1].reason


def test_a_surrogates_id_without_its_secret_or_its_token_is_refused(run: Gateway) -> None:
    keys = run.first.keys
    forged = SessionKeys(keys.key_id, Secret("guessed"), keys.token)
    _, message = refusal(lambda: run.client("s3", forged).list_objects_v2(Bucket="bucket"))
    assert "signature does not match" in message
    forged = SessionKeys(keys.key_id, keys.secret, Secret("guessed"))
    _, message = refusal(lambda: run.client("s3", forged).list_objects_v2(Bucket="bucket"))
    assert "session token" in message
    found = {(each.operation, each.is_verified, each.key, each.role) for each in run.authority.entries}
    assert found == {("ListObjectsV2", False, keys.key_id, None)}  # nothing shows that the role's session made it


@pytest.mark.parametrize(
    ("service", "call"),
    [
        ("sts", lambda client: client.get_session_token()),
        ("sts", lambda client: client.get_federation_token(Name="name")),
        ("iam", lambda client: client.create_access_key(UserName="x")),
        (
            "iam",
            lambda client: client.create_service_specific_credential(
                UserName="x", ServiceName="codecommit.amazonaws.com"
            ),
        ),
        ("ecr", lambda client: client.get_authorization_token()),
    ],
)
def test_answers_that_would_carry_credentials_are_never_asked_for(
    run: Gateway, service: str, call: Callable[[Any], object]
) -> None:
    code, message = refusal(lambda: call(run.client(service)))
    assert code == "RefusedByLeastway"
    assert "which a run does not get" in message
    assert "runner.credential_operations" in message


def test_a_lost_session_is_not_assumed_again_by_another_role(run: Gateway) -> None:
    def refuse(ask: object) -> Any:
        from leastway.gateway import RefusedError

        raise RefusedError("the role is not in the account's list")

    run.authority.issue = refuse
    wanted = {"RoleArn": f"arn:aws:iam::{OTHER}:role/admin", "RoleSessionName": "terraform", "ExternalId": EXTERNAL_ID}
    code, message = refusal(lambda: run.client("sts").assume_role(**wanted))
    assert (code, "not in the account's list" in message) == ("RefusedByLeastway", True)


def test_assume_role_with_a_field_that_is_not_understood_is_refused(run: Gateway) -> None:
    wanted = {
        "RoleArn": ROLE,
        "RoleSessionName": "terraform",
        "SerialNumber": "arn:aws:iam::1:mfa/x",
        "TokenCode": "123456",
    }
    code, message = refusal(lambda: run.client("sts").assume_role(**wanted))
    assert (code, "SerialNumber" in message) == ("ValidationError", True)


def test_presigned_urls_are_refused_by_name(run: Gateway) -> None:
    url = run.client("s3").generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "key"})
    path = url.partition("amazonaws.com")[2]
    answer = raw(run, f"GET {path} HTTP/1.1\r\nHost: {S3_HOST}\r\n\r\n".encode())
    assert b"presigned" in answer
    assert b" 403 " in answer.partition(b"\r\n")[0]
    entry = run.authority.entries[-1]
    assert (entry.service, entry.operation, entry.is_verified) == ("s3", "GetObject", False)


def test_an_unsigned_request_is_refused_by_name(run: Gateway) -> None:
    answer = raw(run, f"GET /key HTTP/1.1\r\nHost: {S3_HOST}\r\n\r\n".encode())
    assert b"not signed" in answer
    entry = run.authority.entries[-1]
    assert (entry.service, entry.operation, entry.is_verified) == ("s3", "GetObject", False)


@pytest.mark.parametrize(
    ("host", "request_", "named"),
    [
        ("dynamodb.eu-central-1.amazonaws.com", "POST /|X-Amz-Target: DynamoDB_20120810.Scan", ("dynamodb", "Scan")),
        ("iam.amazonaws.com", "POST /|Content-Type: application/x-www-form-urlencoded", ("", "")),
        (S3_HOST, "GET /key|X-HTTP-Method-Override: PUT", ("", "")),
        (S3_HOST, "GET /key?versions&uploads", ("", "")),
        (S3_HOST, "GET /key?X-Amz-Signature=00&x-amz-acl=public-read", ("", "")),
    ],
    ids=["JSON", "a form, which is not read", "an override", "two readings", "an unknown parameter"],
)
def test_what_an_unsigned_request_says_is_entered_if_it_is_certain(
    run: Gateway, host: str, request_: str, named: tuple[str, str]
) -> None:
    first, _, more = request_.partition("|")
    body = "{}" if more else ""
    lines = [f"{first} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}", *([more] if more else [])]
    if more.startswith("X-Amz-Target"):
        lines.append("Content-Type: application/x-amz-json-1.0")
    assert b" 403 " in raw(run, ("\r\n".join([*lines, "", ""]) + body).encode(), host).partition(b"\r\n")[0]
    (entry,) = run.authority.entries
    assert (entry.service, entry.operation) == named
    assert entry.is_verified is (named == ("", ""))


def test_an_old_signature_is_refused(run: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    import datetime as dt

    import botocore.auth

    then = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=20)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_a, **_k: then)
    answer = raw(run, head(run).encode() + b"\r\n")
    assert b"15 minutes" in answer


# Hosts.


@pytest.mark.parametrize(
    "host",
    [
        "example.com",
        f"s3.{REGION}.amazonaws.com.example.com",
        f"a1b2c3.execute-api.{REGION}.amazonaws.com",
        f"my-lb-1.{REGION}.elb.amazonaws.com",
        f"ec2-203-0-113-1.{REGION}.compute.amazonaws.com",
        f"s3.{REGION}.amazonaws.com.cn",
        f"xs3.{REGION}.amazonaws.com",
        "169.254.169.254",
        "127.0.0.1",
        "localhost",
        "metadata.google.internal",
    ],
)
def test_a_host_that_only_looks_like_aws_is_refused_and_never_resolved(
    run: Gateway, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def resolve(*_a: object, **_k: object) -> Any:
        raise AssertionError("it was resolved")

    target = run.port
    with socket.create_connection(("127.0.0.1", target), 15) as connected:
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        connected.sendall(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n".encode())
        answer = connected.recv(65536)
        monkeypatch.undo()
    assert answer.startswith(b"HTTP/1.1 403 leastway: ")
    assert b"not an AWS endpoint that this run may use" in answer
    entry = run.authority.entries[-1]
    assert (entry.decision, entry.operation, entry.host) == (Decision.REFUSED, "CONNECT", host)
    assert "belongs into the module's source" in entry.reason


@pytest.mark.parametrize(
    ("service", "region", "call", "named", "why"),
    [
        ("ec2", REGION, lambda ec2: ec2.describe_vpcs(), "ec2 DescribeVpcs", "contract allows nothing of ec2"),
        ("sqs", REGION, lambda sqs: sqs.list_queues(), "sqs ListQueues", "allow it in a role of the grant"),
        ("dynamodb", REGION, lambda db: db.list_tables(), "dynamodb ListTables", "allows nothing of dynamodb"),
        ("lambda", REGION, lambda la: la.list_functions(), "lambda ListFunctions", "allows nothing of lambda"),
        (
            "s3",
            "eu-west-1",
            lambda s3: s3.put_object(Bucket="b" * 9, Key="k", Body=b"x"),
            "s3 PutObject",
            "is in eu-west-1",
        ),
    ],
)
def test_an_endpoint_of_aws_that_is_not_the_runs_answers_in_its_protocol_what_is_lacking(
    tmp_path: Path, service: str, region: str, call: Any, named: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts = Hosts(Partition.AWS, ACCOUNT, services=("s3", "sts"), regions=(REGION,))
    with gateway(tmp_path, issue=issued, outside=Outside(), hosts=hosts, role=ROLE) as run:
        client = run.client(service, region=region)
        real = socket.getaddrinfo

        def resolve(host: Any, *rest: Any, **named: Any) -> Any:
            assert host == "127.0.0.1", "it was resolved"
            return real(host, *rest, **named)

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        code, message = refusal(lambda: call(client))
        monkeypatch.undo()
        entry = run.authority.entries[-1]
    assert code == "RefusedByLeastway"
    assert why in message
    assert (f"{entry.service} {entry.operation}", entry.decision) == (named, Decision.REFUSED)
    assert run.authority.outcomes == []


@pytest.mark.parametrize("port", [80, 22, 8443])
def test_another_port_is_refused(run: Gateway, port: int) -> None:
    answer = plain(run, f"CONNECT {S3_HOST}:{port} HTTP/1.1\r\nHost: {S3_HOST}\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize(
    "address", ["10.0.0.5", "127.0.0.1", "169.254.169.254", "::ffff:10.0.0.5", "64:ff9b::a9fe:a9fe"]
)
def test_a_name_that_leads_to_a_private_address_is_refused(
    hosts: Hosts, tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo

    def resolve(host: Any, *rest: Any, **named: Any) -> Any:
        if host == S3_HOST:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]
        return real(host, *rest, **named)

    with gateway(tmp_path, issue=issued, outside=Outside(), hosts=hosts, role=ROLE) as run:
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        answer = raw(run, head(run).encode() + b"\r\n")
        monkeypatch.undo()
    assert b"not a public address" in answer
    assert b" 503 " in answer.partition(b"\r\n")[0]


def test_sni_that_differs_from_connect_ends_the_handshake(run: Gateway) -> None:
    with pytest.raises(ssl.SSLError, match=r"(?i)unrecognized.name"):
        run.connect(S3_HOST, server_name=STS_HOST)
    with pytest.raises(ssl.SSLError):
        run.connect(S3_HOST, server_name=None)


def test_a_host_header_that_differs_from_connect_is_refused(run: Gateway) -> None:
    answer = raw(run, head(run).replace(f"Host: {S3_HOST}", "Host: example.com").encode() + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 421 ")
    answer = plain(run, f"CONNECT {S3_HOST}:443 HTTP/1.1\r\nHost: example.com\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(("service", "region"), [("ec2", REGION), ("s3", "us-east-1")])
def test_a_credential_scope_of_another_service_or_region_is_refused(run: Gateway, service: str, region: str) -> None:
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    keys = run.first.keys
    request = AWSRequest("GET", f"https://{S3_HOST}/key")
    assert keys.token is not None
    S3SigV4Auth(Credentials(keys.key_id, keys.secret.reveal(), keys.token.reveal()), service, region).add_auth(request)
    client = connection(run)
    client.request("GET", "/key", headers=dict(request.headers.items()))
    answer = client.getresponse()
    assert answer.status == 403
    assert b"signed for" in answer.read()
    client.close()


# Requests with two readings.

SMUGGLED: dict[str, Callable[[str], str]] = {
    "two lengths": lambda text: text.replace("\r\nHost", "\r\nContent-Length: 0\r\nContent-Length: 5\r\nHost") + "\r\n",
    "equal lengths": lambda text: (
        text.replace("\r\nHost", "\r\nContent-Length: 0\r\nContent-Length: 0\r\nHost") + "\r\n"
    ),
    "length and chunks": lambda text: text + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "unknown encoding": lambda text: text + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "two hosts": lambda text: text.replace("\r\nHost", f"\r\nHost: {S3_HOST}\r\nHost") + "\r\n",
    "two authorizations": lambda text: text + "Authorization: AWS4-HMAC-SHA256 x\r\n\r\n",
    "a folded line": lambda text: text + "X-Amz-Meta-A: b\r\n c\r\n\r\n",
    "a bare line feed": lambda text: text + "X-Amz-Meta-A: b\nX-Amz-Meta-C: d\r\n\r\n",
    "a bare carriage return": lambda text: text + "X-Amz-Meta-A: b\rX-Amz-Meta-C: d\r\n\r\n",
    "a space before the colon": lambda text: text + "X-Amz-Meta-A : b\r\n\r\n",
    "a null byte": lambda text: text + "X-Amz-Meta-A: b\0c\r\n\r\n",
    "the absolute form": lambda text: text.replace("GET /key", f"GET https://{S3_HOST}/key") + "\r\n",
    "HTTP/1.0": lambda text: text.replace("HTTP/1.1", "HTTP/1.0") + "\r\n",
    "HTTP/2": lambda _text: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no host": lambda text: text.replace(f"Host: {S3_HOST}\r\n", "") + "\r\n",
    "a dot segment": lambda text: text.replace("GET /key", "GET /a/../key") + "\r\n",
    "an encoded dot segment": lambda text: text.replace("GET /key", "GET /a/%2e%2e/key") + "\r\n",
    "an encoded slash": lambda text: text.replace("GET /key", "GET /a%2fkey") + "\r\n",
    "a header twice": lambda text: text + "X-Amz-Date: 20200101T000000Z\r\n\r\n",
    "another method by a header": lambda text: text + "X-HTTP-Method-Override: DELETE\r\n\r\n",
    "a body after GET's head": lambda text: (
        text.replace("\r\nHost", "\r\nContent-Length: 60\r\nHost") + "\r\n" + "x" * 60
    ),
    "an expectation": lambda text: text + "Expect: 200-ok\r\n\r\n",
    "a huge head": lambda text: text + "X-Amz-Meta-A: " + "b" * 70_000 + "\r\n\r\n",
    "many headers": lambda text: text + "".join(f"X-A{number}: b\r\n" for number in range(1000)) + "\r\n",
}


@pytest.mark.parametrize("name", SMUGGLED)
def test_a_request_with_two_readings_is_refused(run: Gateway, name: str) -> None:
    answer = raw(run, SMUGGLED[name](head(run)).encode())
    status = int(answer.split(b" ", 2)[1])
    assert status in (400, 403, 405, 417, 421, 431, 501, 505), answer[:300]


@pytest.mark.parametrize(
    ("path", "more", "why"),
    [
        ("/key", {"X-Amz-Content-SHA256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"}, "turn off payload signing"),
        ("/key?acl&tagging", {}, "PutObjectAcl or PutObjectTagging"),
        ("/key?X-Amz-Signature=0", {}, "the URL is presigned"),
        ("/key", {"X-HTTP-Method-Override": "DELETE"}, "changes what a request means"),
    ],
)
def test_a_refusal_of_an_upload_says_its_own_reason(run: Gateway, path: str, more: dict[str, str], why: str) -> None:
    request = head(run, "PUT", path, **{"Content-Length": "3", **more}).encode() + b"\r\nabc"
    assert why.encode() in raw(run, request)
    assert run.authority.entries[-1].decision is Decision.REFUSED


def test_what_follows_a_refused_request_on_its_connection_is_not_read(run: Gateway) -> None:
    second = head(run).encode() + b"\r\n"
    answer = raw(run, head(run).encode() + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + second)
    assert answer.count(b"HTTP/1.1 ") == 1


def test_trailers_of_a_chunked_body_are_refused(run: Gateway) -> None:
    url = f"https://{STS_HOST}/"
    headers = signed(run.first.keys, "POST", url, b"Action=GetCallerIdentity&Version=2011-06-15", service="sts")
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    form = "Content-Type: application/x-www-form-urlencoded\r\n" if "Content-Type" not in headers else ""
    start = f"POST / HTTP/1.1\r\nHost: {STS_HOST}\r\n{lines}{form}Transfer-Encoding: chunked\r\n\r\n"
    answer = raw(run, (start + "2\r\nab\r\n0\r\nX-Amz-Date: x\r\n\r\n").encode(), STS_HOST)
    assert b"trailers" in answer


def test_the_bucket_of_a_stranger_is_refused_by_the_contract_and_the_run_cannot_name_another_owner(
    run: Gateway,
) -> None:
    run.verdicts.of = lambda call, _role: (
        (Decision.ALLOWED, "")
        if all(each.resource == "arn:aws:s3:::bucket/key" for each in call.accesses)
        else (Decision.REFUSED, "the grant's contract does not allow it")
    )
    code, message = refusal(
        lambda: run.client("s3").put_object(Bucket="a-strangers-bucket", Key="loot", Body=b"secret")
    )
    assert (code, "contract does not allow" in message) == ("RefusedByLeastway", True)


def test_a_key_that_looks_like_a_pattern_is_entered_as_what_it_is(run: Gateway) -> None:
    run.verdicts.of = lambda _call, _role: (Decision.REFUSED, "the grant's contract does not allow it")
    refusal(lambda: run.client("s3").put_object(Bucket="bucket", Key="*/${aws:username}", Body=b"x"))
    assert run.authority.entries[-1].resources == ("arn:aws:s3:::bucket/${*}/${$}{aws:username}",)


# Resources of the gateway.


def test_a_slow_head_is_cut_while_others_are_served(run: Gateway) -> None:
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", run.port), 15) as slow, run.connect(S3_HOST) as secured:
        slow.sendall(b"CONN")
        secured.sendall(b"GET /key HTT")
        slow.settimeout(15)
        secured.settimeout(15)
        assert slow.recv(1) == b""
        with contextlib.suppress(ssl.SSLEOFError):
            assert secured.recv(1) == b""
    assert time.monotonic() - began < 30


def test_a_slow_drip_does_not_extend_the_time_of_a_head(run: Gateway) -> None:
    with socket.create_connection(("127.0.0.1", run.port), 15) as slow:
        slow.settimeout(0.2)
        ended = False
        for _ in range(50):
            try:
                slow.sendall(b"x")
                ended = slow.recv(1) == b""
            except TimeoutError:
                continue
            except OSError:
                ended = True
            if ended:
                break
        assert ended


def test_a_handshake_that_never_comes_is_cut(run: Gateway) -> None:
    with socket.create_connection(("127.0.0.1", run.port), 15) as connected:
        connected.sendall(f"CONNECT {S3_HOST}:443 HTTP/1.1\r\n\r\n".encode())
        assert b" 200 " in connected.recv(65536)
        connected.settimeout(15)
        with contextlib.suppress(ConnectionResetError):
            assert connected.recv(1) in (b"", b"\x15")


def test_something_else_than_connect_is_refused(run: Gateway) -> None:
    assert plain(run, b"GET http://169.254.169.254/ HTTP/1.1\r\nHost: 169.254.169.254\r\n\r\n").startswith(
        b"HTTP/1.1 405 "
    )
    assert plain(run, b"\x16\x03\x01\x02\x00\r\n\r\n").startswith(b"HTTP/1.1 400 ")


def test_a_body_that_is_larger_than_its_operation_takes_is_refused_before_it_is_read(run: Gateway) -> None:
    url = f"https://{STS_HOST}/"
    headers = signed(run.first.keys, "POST", url, b"x", service="sts")
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if name.lower() != "content-length")
    start = f"POST / HTTP/1.1\r\nHost: {STS_HOST}\r\n{lines}Content-Length: 99999999999\r\n\r\n"
    assert raw(run, start.encode(), STS_HOST).startswith(b"HTTP/1.1 413 ")


def test_a_body_in_chunks_that_grows_larger_than_its_operation_takes_is_refused(
    run: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leastway.aws.calls.naming._LARGEST_BODY", 1 << 20)
    headers = signed(run.first.keys, "POST", f"https://{STS_HOST}/", b"x", service="sts")
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if name.lower() != "content-length")
    start = f"POST / HTTP/1.1\r\nHost: {STS_HOST}\r\n{lines}Transfer-Encoding: chunked\r\n\r\n"
    chunks = b"80000\r\n" + b"x" * 0x80000 + b"\r\n"
    assert raw(run, start.encode() + chunks * 3 + b"0\r\n\r\n", STS_HOST).startswith(b"HTTP/1.1 413 ")


# Injected credentials.


def test_injected_credentials_are_real_checked_recorded_and_stopped(aws: Aws, hosts: Hosts, tmp_path: Path) -> None:
    mode = CredentialsMode.INJECTED
    with gateway(tmp_path, issue=aws.issue, outside=aws.outside, hosts=hosts, role=ROLE, mode=mode) as run:
        keys = run.first.keys
        assert not keys.key_id.startswith("ASIALW")
        assert aws.client("sts", keys).get_caller_identity()["Account"] == ACCOUNT
        assert run.client("sts").get_caller_identity()["Account"] == ACCOUNT
        assert [each.operation for each in run.authority.entries] == ["GetCallerIdentity"]
        stranger = SessionKeys("ASIAIOSFODNN7EXAMPLE", Secret("x" * 40), Secret("token"))
        _, message = refusal(run.client("sts", stranger).get_caller_identity)
        assert "not one of this run" in message
        run.verdicts.of = lambda _call, _role: (Decision.REFUSED, "the grant's contract does not allow it")
        _, message = refusal(run.client("s3").list_buckets)
        assert "contract does not allow" in message
        run.switch.killed("an owner stopped it")
        _, message = refusal(run.client("sts").get_caller_identity)
        assert "an owner stopped it" in message


def test_pass_hosts_are_reached_in_the_phases_that_fetch_alone(
    hosts: Hosts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with gateway(
        tmp_path,
        issue=issued,
        outside=Outside(),
        hosts=hosts,
        role=ROLE,
        pass_hosts=("registry.example.com",),
        phase="init",
    ) as run:
        real = socket.getaddrinfo

        def resolve(host: Any, *rest: Any, **named: Any) -> Any:
            if host == "registry.example.com":
                return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.1.2.3", 443))]
            return real(host, *rest, **named)

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        line = b"CONNECT registry.example.com:443 HTTP/1.1\r\n\r\n"
        assert b"not a public address" in plain(run, line)
        run.switch.phase("plan")
        assert plain(run, line).startswith(b"HTTP/1.1 403 ")
        monkeypatch.undo()
        until(lambda: run.proxy._slots._value == 256)

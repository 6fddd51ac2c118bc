"""Bodies through the gateway: large, chunked, early answers, broken connections, and kills in flight."""

from __future__ import annotations

import datetime as dt
import http.client
import io
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from leastway.aws.calls import Hosts
from leastway.gateway.proxy import Limits
from leastway.ports import SessionKeys
from leastway.primitives import Secret
from tests.integration.gateway.sink import PIECE, Sink, sink
from tests.integration.gateway.world import ACCOUNT, REGION, Gateway, gateway, refusal
from tests.unit.gateway.terms import issued, until

pytestmark = pytest.mark.integration

HOST = f"bucket.s3.{REGION}.amazonaws.com"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"


@pytest.fixture(scope="module")
def s3() -> Iterator[Sink]:
    with sink() as found:
        yield found


@pytest.fixture
def run(s3: Sink, hosts: Hosts, tmp_path: Path) -> Iterator[Gateway]:
    s3.requests.clear()
    with gateway(tmp_path, issue=issued, outside=s3.outside, hosts=hosts, role=ROLE) as found:
        yield found


def signed(
    keys: SessionKeys, method: str, url: str, data: bytes | None = None, *, service: str = "s3", digest: str = ""
) -> dict[str, str]:
    """Return the headers of a request that is signed with `keys`."""
    request = AWSRequest(method, url, data=data, headers={"X-Amz-Content-SHA256": digest} if digest else {})
    token = keys.token.reveal() if keys.token else None
    credentials = Credentials(keys.key_id, keys.secret.reveal(), token)
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    signer(credentials, service, REGION).add_auth(request)
    return dict(request.headers.items())


def connection(run: Gateway) -> http.client.HTTPSConnection:
    context = ssl.create_default_context(cadata=run.ca.pem)
    found = http.client.HTTPSConnection("127.0.0.1", run.port, context=context, timeout=30)
    found.set_tunnel(HOST, 443)
    return found


def get(run: Gateway, key: str, client: http.client.HTTPSConnection | None = None) -> tuple[int, bytes]:
    own = client or connection(run)
    try:
        own.request("GET", f"/{key}", headers=signed(run.first.keys, "GET", f"https://{HOST}/{key}"))
        answer = own.getresponse()
        return answer.status, answer.read()
    finally:
        if client is None:
            own.close()


class Pattern(io.RawIOBase):
    """A file of a repeated piece, which is never in memory."""

    def __init__(self, size: int) -> None:
        self._size, self._at = size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + {0: 0, 1: self._at, 2: self._size}[whence]
        return self._at

    def read(self, size: int = -1) -> bytes:
        left = self._size - self._at
        length = min(left if size < 0 else size, left, len(PIECE))
        self._at += length
        return PIECE[:length]


def test_an_upload_with_a_trailing_checksum_streams(run: Gateway, s3: Sink) -> None:
    size = 32 << 20
    run.client("s3").put_object(Bucket="bucket", Key="upload", Body=Pattern(size))
    (received,) = s3.requests
    assert received.headers["x-amz-content-sha256"] == "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    assert received.headers["x-amz-decoded-content-length"] == str(size)
    assert received.size > size
    assert "ASIAREAL" in received.headers["authorization"]


def test_an_upload_with_a_signed_digest_streams_and_keeps_its_digest(run: Gateway, s3: Sink) -> None:
    size = 4 << 20
    client = run.client("s3", request_checksum_calculation="when_required", s3={"payload_signing_enabled": True})
    client.put_object(Bucket="bucket", Key="upload", Body=Pattern(size))
    (received,) = s3.requests
    assert received.size == size
    assert received.headers["x-amz-content-sha256"] == received.digest


def test_a_large_download_streams(run: Gateway) -> None:
    size = 32 << 20
    body = run.client("s3").get_object(Bucket="bucket", Key=f"big-{size}")["Body"]
    assert sum(len(piece) for piece in body.iter_chunks(1 << 20)) == size


def test_a_chunked_answer_an_empty_one_and_a_head_pass_on_one_connection(run: Gateway, s3: Sink) -> None:
    client = connection(run)
    assert get(run, "chunked", client) == (200, b"abcde")
    first = client.sock
    assert get(run, "status-204", client) == (204, b"")
    assert get(run, "status-304", client) == (304, b"")
    client.request("HEAD", "/head", headers=signed(run.first.keys, "HEAD", f"https://{HOST}/head"))
    answer = client.getresponse()
    assert (answer.status, answer.headers["Content-Length"], answer.read()) == (200, "3", b"")
    assert get(run, "key", client) == (200, b"abc")
    assert client.sock is first, "the run's connection stays open"
    client.close()
    assert len({each.connection for each in s3.requests}) == 1, "the connection to AWS is used again"
    assert get(run, "key") == (200, b"abc")
    assert len({each.connection for each in s3.requests}) == 1, "also by the next connection of the run"


def test_a_kept_connection_that_was_closed_is_not_used(run: Gateway) -> None:
    assert get(run, "key") == (200, b"abc")
    for each in run.proxy._upstreams._kept:
        each.connection.shutdown(2)
    assert get(run, "key") == (200, b"abc")


def test_an_upload_that_aws_refuses_early_gets_the_refusal(run: Gateway, s3: Sink) -> None:
    code, _ = refusal(lambda: run.client("s3").put_object(Bucket="bucket", Key="early", Body=Pattern(64 << 20)))
    assert code == "EntityTooLarge"
    assert s3.requests[0].headers["expect"] == "100-continue"


def test_a_client_that_does_not_wait_gets_the_refusal_of_a_started_upload(run: Gateway) -> None:
    url = f"https://{HOST}/early2"
    headers = signed(run.first.keys, "PUT", url, digest="UNSIGNED-PAYLOAD")
    client = connection(run)
    client.request("PUT", "/early2", body=Pattern(4 << 20), headers=headers | {"Content-Length": str(4 << 20)})
    answer = client.getresponse()
    assert (answer.status, b"EntityTooLarge" in answer.read()) == (400, True)
    client.close()


def test_a_server_that_never_says_continue_gets_the_body_all_the_same(run: Gateway, s3: Sink) -> None:
    run.client("s3").put_object(Bucket="bucket", Key="silent", Body=b"content")
    assert s3.requests[0].size > 0


def test_an_upstream_that_dies_within_its_answer_breaks_the_download(run: Gateway) -> None:
    with pytest.raises((http.client.IncompleteRead, ConnectionError, ssl.SSLError)):
        get(run, "dies")
    until(lambda: bool(run.authority.outcomes))
    assert run.authority.outcomes[-1].status is None


def test_an_answer_without_a_length_is_whole_only_if_its_connection_ends_in_order(run: Gateway) -> None:
    assert get(run, "ends") == (200, b"abc")
    with pytest.raises((http.client.IncompleteRead, ConnectionError, ssl.SSLError)):
        get(run, "cut")


def test_an_upstream_that_closes_without_an_answer_is_an_error_that_sdks_try_again(run: Gateway) -> None:
    status, body = get(run, "closes")
    assert status == 503
    assert b"closed the connection without an answer" in body


def test_an_upstream_with_another_certificate_is_refused(run: Gateway, s3: Sink, tmp_path: Path, hosts: Hosts) -> None:
    import trustme

    from leastway.gateway.proxy import Endpoint, Outside

    stranger = trustme.CA().cert_pem.bytes().decode()
    outside = Outside({"*": Endpoint("127.0.0.1", s3.port, stranger)})
    with gateway(tmp_path / "x", issue=issued, outside=outside, hosts=hosts, role=ROLE) as other:
        status, body = get(other, "key")
    assert status == 503
    assert b"cannot be verified" in body


def test_a_kill_cuts_streams_in_both_directions_within_100_ms(run: Gateway, s3: Sink) -> None:
    cut: list[tuple[str, float]] = []

    def download() -> None:
        try:
            get(run, "endless")
        except (http.client.HTTPException, OSError):
            cut.append(("download", time.monotonic()))

    class Endless(Pattern):
        def read(self, size: int = -1) -> bytes:
            time.sleep(0.01)
            return PIECE

    def upload() -> None:
        url = f"https://{HOST}/up"
        headers = signed(run.first.keys, "PUT", url, digest="UNSIGNED-PAYLOAD")
        client = connection(run)
        try:
            client.request("PUT", "/up", body=Endless(1 << 40), headers=headers | {"Content-Length": str(1 << 40)})
            client.getresponse().read()
        except (http.client.HTTPException, OSError):
            cut.append(("upload", time.monotonic()))
        finally:
            client.close()

    threads = [threading.Thread(target=each) for each in (download, upload)]
    for thread in threads:
        thread.start()
    until(lambda: s3.sent > 1 << 20 and len(s3.requests) == 2)
    time.sleep(0.2)
    began = time.monotonic()
    run.switch.killed("an owner stopped it")
    took = time.monotonic() - began
    for thread in threads:
        thread.join(20)
    assert sorted(name for name, _ in cut) == ["download", "upload"]
    assert took < 1.0
    assert max(at for _, at in cut) - began < 5.0  # the clients notice when they are scheduled, on a loaded machine
    status, body = get(run, "key")
    assert status == 403
    assert b"an owner stopped it" in body
    assert len(s3.requests) == 2, "nothing more was sent"


def test_a_lost_server_cuts_streams_after_its_time(run: Gateway, s3: Sink) -> None:
    run.switch._adrift_seconds = 0.2
    ended = threading.Event()

    def download() -> None:
        with pytest.raises((http.client.HTTPException, OSError)):
            get(run, "endless")
        ended.set()

    thread = threading.Thread(target=download)
    thread.start()
    until(lambda: len(s3.requests) == 1)
    run.switch.adrift()
    assert ended.wait(10)
    thread.join()
    run.switch.found()


def test_while_it_sleeps_nothing_is_signed_and_then_it_goes_on(run: Gateway, s3: Sink) -> None:
    run.switch.asleep("the plan waits for approval")
    status, body = get(run, "key")
    assert (status, b"waits for approval" in body) == (403, True)
    assert not s3.requests
    run.switch.awake()
    assert get(run, "key")[0] == 200


def test_a_dead_authority_lets_nothing_be_signed(run: Gateway, s3: Sink) -> None:
    assert get(run, "key")[0] == 200
    run.authority.gone = True
    status, body = get(run, "key")
    assert (status, b"cannot be reached" in body) == (503, True)
    assert len(s3.requests) == 1


def test_an_entry_that_is_refused_refuses_the_call(run: Gateway, s3: Sink) -> None:
    run.authority.refusals.append("a kill switch stops the account")
    status, body = get(run, "key")
    assert (status, b"a kill switch stops the account" in body) == (403, True)
    assert not s3.requests


def test_many_connections_at_a_time_are_answered_and_too_many_are_refused(
    s3: Sink, hosts: Hosts, tmp_path: Path
) -> None:
    limits = Limits(connections=4, head_seconds=30)
    with gateway(tmp_path, issue=issued, outside=s3.outside, hosts=hosts, role=ROLE, limits=limits) as run:
        clients = [connection(run) for _ in range(4)]
        for client in clients:
            assert get(run, "key", client)[0] == 200
        with pytest.raises(OSError, match="too many connections"):
            get(run, "key")
        for client in clients:
            client.close()
        until(lambda: run.proxy._slots._value == 4)
        assert get(run, "key")[0] == 200


# Directory buckets.

EXPRESS = "shop--euc1-az1--x-s3"


def test_a_session_of_a_directory_bucket_is_a_surrogate_and_the_role_s_session_signs(run: Gateway, s3: Sink) -> None:
    run.client("s3").put_object(Bucket=EXPRESS, Key="upload", Body=b"text")
    (received,) = s3.requests  # CreateSession was answered by the gateway
    assert received.line.startswith("PUT /upload")
    assert f"{REGION}/s3express/aws4_request" in received.headers["authorization"]
    assert "ASIAREAL" in received.headers["authorization"]
    assert received.headers["x-amz-security-token"]
    assert "x-amz-s3session-token" not in received.headers
    assert [entry.operation for entry in run.authority.entries] == ["CreateSession", "PutObject"]
    assert [entry.actions for entry in run.authority.entries] == [("s3express:CreateSession",)] * 2


def test_a_session_of_a_directory_bucket_opens_that_bucket_alone_and_keeps_its_mode(run: Gateway, s3: Sink) -> None:
    answer = run.client("s3").create_session(Bucket=EXPRESS, SessionMode="ReadOnly")["Credentials"]
    keys = SessionKeys(answer["AccessKeyId"], Secret(answer["SecretAccessKey"]), Secret(answer["SessionToken"]))
    assert keys.key_id.startswith("ASIALW")
    left = answer["Expiration"] - dt.datetime.now(dt.UTC)
    assert dt.timedelta(minutes=4) < left <= dt.timedelta(minutes=5)
    for call, said in (
        (lambda: run.client("sts", keys).get_caller_identity(), f"for the directory bucket {EXPRESS} alone"),
        (lambda: run.client("s3", keys).list_objects_v2(Bucket="bucket"), f"for the directory bucket {EXPRESS} alone"),
    ):
        code, message = refusal(call)
        assert code == "RefusedByLeastway"
        assert said in message
    nested = run.client("s3", keys)
    code, message = refusal(lambda: nested.put_object(Bucket=EXPRESS, Key="upload", Body=b"text"))
    assert "for reading alone" in message
    assert s3.requests == []
    nested.get_object(Bucket=EXPRESS, Key="upload")["Body"].close()
    nested.head_object(Bucket=EXPRESS, Key="upload")
    assert [each.line.split()[0] for each in s3.requests] == ["GET", "HEAD"]


def test_settings_of_a_session_of_a_directory_bucket_are_refused_by_name(run: Gateway, s3: Sink) -> None:
    client = run.client("s3")
    code, message = refusal(lambda: client.create_session(Bucket=EXPRESS, ServerSideEncryption="aws:kms"))
    assert code == "RefusedByLeastway"
    assert "CreateSession with ServerSideEncryption" in message
    assert s3.requests == []

"""The Authorization header, the time and the digest: what is not the form of a client is refused by its rule."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from leastway.aws.calls import (
    Authorization,
    Call,
    RefusalReason,
    RefusedCall,
    WireRequest,
    name_call,
    read_authorization,
    sign,
    verify,
)
from leastway.aws.calls.authorization import payload_of
from leastway.aws.calls.call import Payload
from leastway.aws.calls.refusal import RefusalError
from tests.unit.aws.calls.clients import HOSTS, KEYS, caught, now

QUEUES = caught("sqs", "ListQueues", {})
LIST = caught("s3", "ListObjectsV2", {"Bucket": "shop"})
GIVEN = QUEUES.header("authorization") or ""
_SCOPE = "20261201/eu-central-1/sqs/aws4_request"
_KEY = "AKIAIOSFODNN7EXAMPLE"
_GOOD = f"AWS4-HMAC-SHA256 Credential={_KEY}/{_SCOPE}, SignedHeaders=host;x-amz-date, Signature={'0' * 64}"


def with_header(request: WireRequest, name: str, value: str | None) -> WireRequest:
    kept = [each for each in request.headers if each[0] != name]
    return replace(request, headers=(*kept, *([] if value is None else [(name, value)])))


def test_the_header_that_the_others_were_made_from_is_read() -> None:
    found = read_authorization(with_header(QUEUES, "authorization", _GOOD))
    assert isinstance(found, Authorization), found
    assert (found.key_id, found.date, found.region, found.service) == (_KEY, "20261201", "eu-central-1", "sqs")


@pytest.mark.parametrize(
    "text",
    [
        _GOOD.replace("/aws4_request", ""),
        _GOOD.replace(_KEY, "short"),
        _GOOD.replace("eu-central-1", "eu central"),
        _GOOD.replace("0" * 64, "0" * 63),
        _GOOD.replace("0" * 64, "A" * 64),
        _GOOD.replace("host;x-amz-date", "host;;x-amz-date"),
        _GOOD.replace("host;x-amz-date", "x-amz-date;host"),
        _GOOD.replace("host;x-amz-date", "host;host;x-amz-date"),
        _GOOD.replace("host;x-amz-date", "host"),
        _GOOD.replace("host;x-amz-date", "x-amz-date"),
        _GOOD.replace(f", Signature={'0' * 64}", ""),
        f"{_GOOD}, Signature={'0' * 64}",
        f"{_GOOD}, Extra=1",
        f"{_GOOD}, Extra",
    ],
)
def test_a_malformed_header_is_refused(text: str) -> None:
    found = read_authorization(with_header(QUEUES, "authorization", text))
    assert isinstance(found, RefusedCall), found
    assert found.reason is RefusalReason.SIGNATURE


@pytest.mark.parametrize(
    "name", ["X-Amz-Signature", "X-Amz-Credential", "X-Amz-Algorithm", "AWSAccessKeyId", "Signature"]
)
def test_one_parameter_of_a_presigned_url_is_enough(name: str) -> None:
    found = read_authorization(replace(LIST, query=f"list-type=2&{name}=x"))
    assert isinstance(found, RefusedCall), found
    assert found.reason is RefusalReason.PRESIGNED


def refused(request: WireRequest, at: dt.datetime) -> RefusalReason | None:
    """Return why a request does not verify."""
    found = read_authorization(request)
    assert isinstance(found, Authorization), found
    wrong = verify(request, found, KEYS, at)
    return None if wrong is None else wrong.reason


@pytest.mark.parametrize(
    ("time", "reason"),
    [
        (None, RefusalReason.SCOPE),
        ("20261201", RefusalReason.SCOPE),
        ("20261202T000000Z", RefusalReason.SCOPE),
        ("20261201T250000Z", RefusalReason.SIGNATURE),
    ],
)
def test_a_time_that_is_none_or_of_another_day_is_refused(time: str | None, reason: RefusalReason) -> None:
    request = with_header(with_header(QUEUES, "authorization", _GOOD), "x-amz-date", time)
    assert refused(request, dt.datetime(2026, 12, 1, 23, 55, tzinfo=dt.UTC)) is reason


def without_token(request: WireRequest) -> WireRequest:
    """Return a request that is rightly signed with the key's secret, and has no session token."""
    call = name_call(request, HOSTS)
    assert isinstance(call, Call)
    return sign(call, replace(KEYS, token=None), now())


def test_a_key_without_its_session_token_is_refused_though_the_signature_is_right() -> None:
    assert refused(without_token(LIST), now()) is RefusalReason.SIGNATURE
    assert (
        refused(with_header(without_token(LIST), "x-amz-security-token", "another"), now()) is RefusalReason.SIGNATURE
    )


def test_a_session_token_may_stand_in_the_header_of_directory_buckets() -> None:
    token = KEYS.token.reveal() if KEYS.token else ""
    assert refused(with_header(without_token(LIST), "x-amz-s3session-token", token), now()) is None


def test_a_signed_header_that_is_missing_is_refused() -> None:
    request = with_header(QUEUES, "authorization", GIVEN.replace("SignedHeaders=", "SignedHeaders=a-header;"))
    assert refused(request, now()) is RefusalReason.SIGNATURE


_DIGEST = "a" * 64


@pytest.mark.parametrize(
    ("given", "payload"),
    [
        (_DIGEST, Payload.GIVEN),
        ("UNSIGNED-PAYLOAD", Payload.UNSIGNED),
        ("STREAMING-UNSIGNED-PAYLOAD-TRAILER", Payload.UNSIGNED_TRAILER),
        (_DIGEST.upper(), None),
        (None, None),
    ],
)
def test_a_body_that_is_streamed_has_its_digest_in_a_header(given: str | None, payload: Payload | None) -> None:
    request = with_header(replace(LIST, body=None), "x-amz-content-sha256", given)
    if payload is not None:
        assert payload_of(request) is payload
        return
    with pytest.raises(RefusalError) as error:
        payload_of(request)
    assert error.value.refused.reason is RefusalReason.SIGNATURE


_HOPS = ("connection", "keep-alive", "proxy-authorization", "proxy-connection", "te", "upgrade")


def test_headers_between_client_and_gateway_and_its_own_token_are_not_sent() -> None:
    call = name_call(LIST, HOSTS)
    assert isinstance(call, Call)
    more = tuple((name, "x") for name in (*_HOPS, "x-amz-s3session-token"))
    sent = sign(replace(call, request=replace(call.request, headers=(*call.request.headers, *more))), KEYS, now())
    assert {name for name, _ in sent.headers} & {name for name, _ in more} == set()


@pytest.mark.parametrize(
    ("method", "body", "length"),
    [("GET", b"", None), ("HEAD", b"", None), ("DELETE", b"", None), ("PUT", b"", "0"), ("DELETE", b"ab", "2")],
)
def test_what_is_sent_has_the_length_of_its_body(method: str, body: bytes, length: str | None) -> None:
    call = name_call(LIST, HOSTS)
    assert isinstance(call, Call)
    sent = sign(replace(call, request=replace(call.request, method=method, body=body)), KEYS, now())
    assert sent.header("content-length") == length


def test_what_is_sent_keeps_the_framing_of_a_streamed_body() -> None:
    call = name_call(LIST, HOSTS)
    assert isinstance(call, Call)
    framing = (("content-length", "7"), ("transfer-encoding", "chunked"))
    for each in framing:
        headers = (("x-amz-content-sha256", _DIGEST), each)
        request = replace(call.request, method="PUT", body=None, headers=headers)
        assert each in sign(replace(call, request=request, payload=Payload.GIVEN), KEYS, now()).headers

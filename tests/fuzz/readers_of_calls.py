"""Readers of requests to AWS as a run's proxy gets them: a whole request, and its form, JSON, XML and CBOR bodies."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from botocore.model import StructureShape

from leastway.aws.calls import (
    Call,
    Hosts,
    RefusedCall,
    WireRequest,
    body_rule,
    name_call,
    read_authorization,
    sign,
)
from leastway.aws.calls.bodies import read_cbor, read_json, read_xml
from leastway.aws.calls.forms import read_fields, read_form
from leastway.aws.calls.models import load_service
from leastway.aws.calls.wire import read_query
from leastway.gateway.proxy.framing import AnswerHead, FramingError, RequestHead
from leastway.ports import SessionKeys
from leastway.primitives import Partition, Secret
from tests.fuzz.reader import reader

_HOSTS = Hosts(Partition.AWS, "123456789012", services=("s3", "sqs", "iam"), regions=("eu-central-1",))
_KEYS = SessionKeys("AKIAIOSFODNN7EXAMPLE", Secret("secret"))
_AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261128/eu-central-1/s3/aws4_request, "
    f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
)
_CBOR = b"\xa2dNameaaeTags\x81\xa2cKeyabeValueac"
_XML = b"<Delete xmlns='http://s3.amazonaws.com/doc/2006-03-01/'><Object><Key>a</Key></Object></Delete>"


def _requests() -> list[bytes]:
    upload = (
        f"PUT /a/b?x-id=PutObject HTTP/1.1\r\nhost: shop.s3.eu-central-1.amazonaws.com\r\nauthorization: "
        f"{_AUTHORIZATION}\r\nx-amz-date: 20261128T000000Z\r\nx-amz-content-sha256: UNSIGNED-PAYLOAD\r\n\r\nx"
    )
    deletion = upload.replace("PUT /a/b?x-id=PutObject", "POST /?delete").rpartition("\r\n\r\n")[0] + "\r\n\r\n"
    copy = upload.replace("\r\n\r\n", "\r\nx-amz-copy-source: shop/k?versionId=1\r\n\r\n").replace(
        "?x-id=PutObject", ""
    )
    return [upload.encode(), deletion.encode() + _XML, copy.encode()]


def _request_in(data: bytes) -> WireRequest:
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    method, _, target = lines[0].removesuffix(" HTTP/1.1").partition(" ")
    path, _, query = target.partition("?")
    headers = tuple((name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines[1:]))
    return WireRequest(method, dict(headers).get("host", ""), 443, path, query, headers, body)


@reader("request to AWS", _requests, "aws.calls.authorization.read_authorization", "aws.calls.wire.read_query")
def _request(data: bytes, folder: Path) -> str | None:
    import datetime as dt

    request = _request_in(data)
    read_authorization(request)
    body_rule(request, _HOSTS)
    found = name_call(request, _HOSTS)
    if isinstance(found, Call):
        sign(found, _KEYS, dt.datetime(2026, 11, 28, tzinfo=dt.UTC))
    assert isinstance(found, Call | RefusedCall)
    read_query(request.query)
    return found.message if isinstance(found, RefusedCall) else None


def _message(read: Callable[[bytes], RequestHead | AnswerHead], data: bytes) -> str | None:
    """Read a message: its head, and its body byte for byte as it comes."""
    head, _, rest = data.partition(b"\r\n\r\n")
    try:
        found = read(head)
        body = found.body("GET") if isinstance(found, AnswerHead) else found.body()
        for at in range(len(rest)):
            body.feed(rest[at : at + 1])
        body.end()
    except FramingError as error:
        return str(error)
    return None


@reader(
    "HTTP request in the gateway",
    lambda: [*_requests(), b"PUT /a HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"],
    "gateway.proxy.framing.RequestHead.read",
)
def _http_request(data: bytes, folder: Path) -> str | None:
    return _message(RequestHead.read, data)


@reader(
    "HTTP answer in the gateway",
    lambda: [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\nx-amz-checksum: a\r\n\r\n",
    ],
    "gateway.proxy.framing.AnswerHead.read",
)
def _http_answer(data: bytes, folder: Path) -> str | None:
    return _message(AnswerHead.read, data)


@reader(
    "form to AWS",
    lambda: [b"Action=CreateRole&Version=2010-05-08&RoleName=a&Tags.member.1.Key=b&Tags.member.1.Value=c"],
    "aws.calls.forms.read_form",
    "aws.calls.forms.read_fields",
)
def _form(data: bytes, folder: Path) -> str | None:
    shape = load_service("iam").operation("CreateRole").input_shape
    assert isinstance(shape, StructureShape)
    read_fields(read_form(data), shape, ec2=False)
    return None


@reader(
    "JSON to AWS", lambda: [json.dumps({"QueueName": "q", "tags": {"a": "b"}}).encode()], "aws.calls.bodies.read_json"
)
def _json(data: bytes, folder: Path) -> str | None:
    read_json(data)
    return None


@reader("XML to AWS", lambda: [_XML], "aws.calls.bodies.read_xml")
def _xml(data: bytes, folder: Path) -> str | None:
    shape = load_service("s3").operation("DeleteObjects").input_shape
    assert isinstance(shape, StructureShape)
    read_xml(data, shape.members["Delete"])
    return None


@reader(
    "CBOR to AWS",
    lambda: [_CBOR, b"\xbfaa\xfb?\xf8\x00\x00\x00\x00\x00\x00ab\x5f\x41a\xffac\xc1\x01\xff"],
    "aws.calls.bodies.read_cbor",
)
def _cbor(data: bytes, folder: Path) -> str | None:
    read_cbor(data)
    return None

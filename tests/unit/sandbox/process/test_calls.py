"""Parsing of AWS requests from signature, form and path."""

import importlib
from typing import Any

import pytest

from leastway.sandbox.process.calls import ApiCall, read_call, read_source

SIGNED = "AWS4-HMAC-SHA256 Credential={}/20261123/{}/{}/aws4_request, SignedHeaders=host, Signature=0"
FORM = b"Version=2010-05-08&Action=GetUser&UserName=Action"


def scope(method: str = "POST", path: str = "/", query: str = "") -> dict[str, Any]:
    return {"method": method, "path": path, "query_string": query.encode(), "client": ("127.0.0.1", 1)}


def signed(service: str, region: str = "eu-central-1") -> dict[bytes, bytes]:
    return {b"authorization": SIGNED.format("AKIA1", region, service).encode()}


@pytest.mark.parametrize(
    ("asked", "headers", "body", "name"),
    [
        (scope(), signed("iam"), FORM, "iam:GetUser"),
        (scope(), signed("sts"), b"Action=AssumeRole&Version=1", "sts:AssumeRole"),
        (scope("GET", "/clusters"), signed("eks"), b"", "eks:ListClusters"),
        (scope("GET", "/clusters/prod"), signed("eks"), b"", "eks:DescribeCluster"),
        (scope("POST", "/clusters/prod/access-entries"), signed("eks"), b"{}", "eks:CreateAccessEntry"),
        (
            scope("POST", "/clusters/prod/access-entries/arn:aws:iam::1:role/a/b/access-policies"),
            signed("eks"),
            b"{}",
            "eks:AssociateAccessPolicy",
        ),
        (scope("DELETE", "/tags/arn:aws:eks:r:1:cluster/c"), signed("eks"), b"", "eks:UntagResource"),
        (scope(), {**signed("sqs"), b"x-amz-target": b"AmazonSQS.CreateQueue"}, b"{}", "sqs:CreateQueue"),
        (scope("PUT", "/bucket"), signed("s3"), b"", "s3:PUT /bucket"),
    ],
)
def test_service_and_action_are_parsed(asked: Any, headers: dict[bytes, bytes], body: bytes, name: str) -> None:
    importlib.import_module("ministack.core.iam_actions")
    call = read_call(asked, headers, body)
    assert call.name == name
    assert (call.access_key, call.region) == ("AKIA1", "eu-central-1")


def test_a_presigned_request_is_parsed_from_its_query() -> None:
    query = "Action=GetCallerIdentity&X-Amz-Credential=ASIA1%2F20261123%2Fus-east-1%2Fsts%2Faws4_request"
    assert read_call(scope("GET", "/", query), {}, b"") == ApiCall("sts", "GetCallerIdentity", "us-east-1", "ASIA1")


def test_a_request_without_credentials_has_no_account() -> None:
    assert read_call(scope(), {}, FORM) == ApiCall("", "GetUser", "", "")


@pytest.mark.parametrize(
    ("header", "source"),
    [
        (None, "127.0.0.1"),
        (b"203.0.113.7", "203.0.113.7"),
        (b" 203.0.113.7 , 10.0.0.1", "203.0.113.7"),
        (b"2001:DB8::1", "2001:db8::1"),
    ],
)
def test_the_source_address_is_read_from_the_header(header: bytes | None, source: str) -> None:
    headers = {} if header is None else {b"x-forwarded-for": header}
    assert read_source(scope(), headers) == source


@pytest.mark.parametrize("header", [b"", b"somewhere", b"203.0.113.0/24", b"1.2.3.4:80"])
def test_an_invalid_source_address_is_an_error(header: bytes) -> None:
    with pytest.raises(ValueError, match="IPv4 or IPv6"):
        read_source(scope(), {b"x-forwarded-for": header})

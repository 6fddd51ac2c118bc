"""Parsing of AWS requests from signature, form and path."""

import pytest

from leastway.sandbox.http1 import HttpRequest
from leastway.sandbox.process.calls import ApiCall, read_call, read_source

SIGNED = "AWS4-HMAC-SHA256 Credential={}/20261123/{}/{}/aws4_request, SignedHeaders=host, Signature=0"
FORM = b"Version=2010-05-08&Action=GetUser&UserName=Action"
FORM_TYPE = (b"content-type", b"application/x-www-form-urlencoded; charset=utf-8")


def signed(service: str, method: str = "POST", target: str = "/", body: bytes = b"", **more: str) -> HttpRequest:
    """A request that is signed for `service`."""
    headers = [(b"authorization", SIGNED.format("AKIA1", "eu-central-1", service).encode())]
    headers += [(name.replace("_", "-").encode(), value.encode()) for name, value in more.items()]
    return HttpRequest(method, target, [*headers, FORM_TYPE] if service in ("iam", "sts") else headers, body)


@pytest.mark.parametrize(
    ("request_", "name"),
    [
        (signed("iam", body=FORM), "iam:GetUser"),
        (signed("sts", body=b"Action=AssumeRole&Version=1"), "sts:AssumeRole"),
        (signed("eks", "GET", "/clusters"), "eks:ListClusters"),
        (signed("eks", "GET", "/clusters/prod"), "eks:DescribeCluster"),
        (signed("eks", "POST", "/clusters/prod/access-entries", b"{}"), "eks:CreateAccessEntry"),
        (
            signed("eks", "POST", "/clusters/prod/access-entries/arn:aws:iam::1:role%2Fa%2Fb/access-policies", b"{}"),
            "eks:AssociateAccessPolicy",
        ),
        (signed("eks", "DELETE", "/tags/arn:aws:eks:r:1:cluster%2Fc?tagKeys=a"), "eks:UntagResource"),
        (signed("sqs", body=b"{}", x_amz_target="AmazonSQS.CreateQueue"), "sqs:CreateQueue"),
        (signed("s3", "PUT", "/bucket"), "s3:CreateBucket"),
        (signed("eks", "PUT", "/nonsense"), "eks:PUT /nonsense"),
    ],
)
def test_service_and_action_are_parsed(request_: HttpRequest, name: str) -> None:
    call = read_call(request_)
    assert call.name == name
    assert (call.access_key, call.region) == ("AKIA1", "eu-central-1")


def test_a_presigned_request_is_parsed_from_its_query() -> None:
    query = "Action=GetCallerIdentity&X-Amz-Credential=ASIA1%2F20261123%2Fus-east-1%2Fsts%2Faws4_request"
    call = read_call(HttpRequest("GET", f"/?{query}", []))
    assert call == ApiCall("sts", "GetCallerIdentity", "us-east-1", "ASIA1")


def test_a_request_without_credentials_has_no_key() -> None:
    body = b"Action=AssumeRoleWithWebIdentity&Version=2011-06-15"
    assert read_call(HttpRequest("POST", "/", [FORM_TYPE], body)) == ApiCall("sts", "AssumeRoleWithWebIdentity", "", "")


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
    headers = [] if header is None else [(b"x-forwarded-for", header)]
    assert read_source(HttpRequest("GET", "/", headers)) == source


@pytest.mark.parametrize("header", [b"", b"somewhere", b"203.0.113.0/24", b"1.2.3.4:80"])
def test_an_invalid_source_address_is_an_error(header: bytes) -> None:
    with pytest.raises(ValueError, match="IPv4 or IPv6"):
        read_source(HttpRequest("GET", "/", [(b"x-forwarded-for", header)]))

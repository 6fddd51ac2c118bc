"""Requests of botocore are verified, named, rebuilt and signed again; those with two readings are refused by name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from leastway.aws.calls import (
    Authorization,
    Call,
    RefusalReason,
    RefusedCall,
    WireProtocol,
    WireRequest,
    name_call,
    read_authorization,
    sign,
    verify,
)
from tests.unit.aws.calls.clients import HOSTS, KEYS, caught, now

_CALLS: list[tuple[str, str, dict[str, Any], WireProtocol]] = [
    ("iam", "CreateRole", {"RoleName": "r", "AssumeRolePolicyDocument": "{}"}, WireProtocol.QUERY),
    ("ec2", "RunInstances", {"ImageId": "ami-1", "MinCount": 1, "MaxCount": 1}, WireProtocol.EC2),
    ("sqs", "CreateQueue", {"QueueName": "q"}, WireProtocol.JSON),
    ("eks", "DescribeCluster", {"name": "c"}, WireProtocol.REST_JSON),
    ("s3", "PutObject", {"Bucket": "b-c", "Key": "a b/c+d/é", "Body": b"x"}, WireProtocol.REST_XML),
    ("eventbridgev2", "CreateEventBus", {"Name": "a"}, WireProtocol.CBOR),
]


def named(request: WireRequest) -> Call:
    found = name_call(request, HOSTS)
    assert isinstance(found, Call), found
    return found


def refused(request: WireRequest) -> RefusalReason:
    found = name_call(request, HOSTS)
    assert isinstance(found, RefusedCall), found
    return found.reason


@pytest.mark.parametrize(("service", "operation", "parameters", "protocol"), _CALLS)
def test_a_request_of_each_protocol_is_verified_named_and_signed_again(
    service: str, operation: str, parameters: dict[str, Any], protocol: WireProtocol
) -> None:
    request = caught(service, operation, parameters)
    authorization = read_authorization(request)
    assert isinstance(authorization, Authorization)
    assert verify(request, authorization, KEYS, now()) is None
    call = named(request)
    assert (call.service, call.operation, call.protocol) == (service, operation, protocol)
    sent = sign(call, KEYS, now())
    again = read_authorization(sent)
    assert isinstance(again, Authorization)
    assert verify(sent, again, KEYS, now()) is None
    assert (sent.method, sent.host, sent.query) == (request.method, request.host, request.query)


def test_a_duplicate_header_is_refused() -> None:
    request = caught("sqs", "ListQueues", {})
    assert refused(replace(request, headers=(*request.headers, ("host", request.host)))) is RefusalReason.HEADERS

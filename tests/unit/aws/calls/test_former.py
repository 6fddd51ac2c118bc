"""Forms that SDKs of before November 2023 send to SQS, as the examples of its API Reference have them."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.model import ListShape, MapShape

from leastway.aws.calls import (
    Authorization,
    Call,
    RefusalReason,
    RefusedCall,
    WireProtocol,
    WireRequest,
    name_call,
    what_is_asked,
)
from leastway.aws.calls.former import with_former_names
from leastway.aws.calls.models import load_service
from tests.unit.aws.calls.clients import ACCOUNT, HOSTS, REGION

_URL = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/q"
_QUEUE = f"QueueUrl=https%3A%2F%2Fsqs.{REGION}.amazonaws.com%2F{ACCOUNT}%2Fq"
_SEND = f"Action=SendMessage&{_QUEUE}&MessageBody=m&MessageAttribute.1.Name=a&MessageAttribute.1.Value.DataType=String"
_ENTRY = "SendMessageBatchRequestEntry.1"
_ARN = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"


def form(body: str, path: str = "/") -> WireRequest:
    host = f"sqs.{REGION}.amazonaws.com"
    headers = (("host", host), ("content-type", "application/x-www-form-urlencoded; charset=utf-8"))
    return WireRequest("POST", host, 443, path, "", headers, f"{body}&Version=2012-11-05".encode())


def named(body: str, path: str = "/") -> Call | RefusedCall:
    return name_call(form(body, path), HOSTS, Authorization("", "", REGION, "sqs", (), ""))


@pytest.mark.parametrize(
    ("body", "parameters", "actions"),
    [
        (
            "Action=CreateQueue&QueueName=q&Attribute.1.Name=DelaySeconds&Attribute.1.Value=4&Tag.1.Key=a&Tag.1.Value=b",
            {"QueueName": "q", "Attributes": {"DelaySeconds": "4"}, "tags": {"a": "b"}},
            ["sqs:CreateQueue", "sqs:TagQueue"],
        ),
        (
            f"Action=TagQueue&{_QUEUE}&Tag.1.Key=team&Tag.1.Value=shop",
            {"QueueUrl": _URL, "Tags": {"team": "shop"}},
            ["sqs:TagQueue"],
        ),
        (
            f"Action=UntagQueue&{_QUEUE}&TagKey.1=team",
            {"QueueUrl": _URL, "TagKeys": ["team"]},
            ["sqs:UntagQueue"],
        ),
        (
            f"Action=GetQueueAttributes&{_QUEUE}&AttributeName.1=All",
            {"QueueUrl": _URL, "AttributeNames": ["All"]},
            ["sqs:GetQueueAttributes"],
        ),
        (
            f"Action=GetQueueAttributes&{_QUEUE}&AttributeNames=",  # SDKs write a list without items so
            {"QueueUrl": _URL, "AttributeNames": []},
            ["sqs:GetQueueAttributes"],
        ),
        ("Action=CreateQueue&QueueName=q&Tag=", {"QueueName": "q", "tags": {}}, ["sqs:CreateQueue"]),
        (
            f"Action=AddPermission&{_QUEUE}&Label=l&AWSAccountId.1={ACCOUNT}&ActionName.1=SendMessage",
            {"QueueUrl": _URL, "Label": "l", "AWSAccountIds": [ACCOUNT], "Actions": ["SendMessage"]},
            ["sqs:AddPermission"],
        ),
        (
            f"{_SEND}&MessageAttribute.1.Value.StringValue=v",
            {
                "QueueUrl": _URL,
                "MessageBody": "m",
                "MessageAttributes": {"a": {"DataType": "String", "StringValue": "v"}},
            },
            ["sqs:SendMessage"],
        ),
        (
            f"{_SEND}&MessageAttribute.1.Value.StringListValue.1=v",
            {
                "QueueUrl": _URL,
                "MessageBody": "m",
                "MessageAttributes": {"a": {"DataType": "String", "StringListValues": ["v"]}},
            },
            ["sqs:SendMessage"],
        ),
        (
            f"Action=SendMessageBatch&{_QUEUE}&{_ENTRY}.Id=1&{_ENTRY}.MessageBody=m",
            {"QueueUrl": _URL, "Entries": [{"Id": "1", "MessageBody": "m"}]},
            ["sqs:SendMessage"],
        ),
        (
            f"Action=ReceiveMessage&{_QUEUE}&MaxNumberOfMessages=5&AttributeName.1=All&MessageAttributeName.1=a",
            {
                "QueueUrl": _URL,
                "MaxNumberOfMessages": "5",
                "AttributeNames": ["All"],
                "MessageAttributeNames": ["a"],
            },
            ["sqs:ReceiveMessage"],
        ),
    ],
)
def test_a_form_is_named_as_the_call_in_json_is(body: str, parameters: dict[str, Any], actions: list[str]) -> None:
    call = named(body)

    assert isinstance(call, Call), call
    assert (call.protocol, call.parameters) == (WireProtocol.QUERY, parameters)
    assert [each.action for each in call.accesses] == actions
    assert {each.resource for each in call.accesses} == {_ARN}


@pytest.mark.parametrize(
    "body",
    [
        "Action=CreateQueue&QueueName=q&Tag.01.Key=team&Tag.01.Value=shop",
        "Action=CreateQueue&QueueName=q&Attribute.Name=VisibilityTimeout&Attribute.Value=40",
        f"Action=TagQueue&{_QUEUE}&tag.1.Key=team&tag.1.Value=shop",
        f"Action=TagQueue&{_QUEUE}&Tags.entry.1.key=team&Tags.entry.1.value=shop",
        "Action=CreateQueue&QueueName=q&Attributes.1.Name=Policy&Attributes.1.Value=p",
        f"Action=UntagQueue&{_QUEUE}&TagKeys.member.1=team",
    ],
)
def test_a_field_that_cannot_be_placed_is_refused(body: str) -> None:
    call = named(body)

    assert isinstance(call, RefusedCall)
    assert call.reason is RefusalReason.BODY


def test_a_refusal_of_a_form_is_written_in_xml() -> None:
    assert what_is_asked(form("Action=Explode"), HOSTS) == ("sqs", WireProtocol.QUERY)


def test_every_list_and_map_of_the_inputs_has_a_former_name() -> None:
    service = load_service("sqs")
    assert service.former is not None
    for operation in service.operations:
        shape = service.operation_of_form(operation).input_shape
        for name, member in (shape.members if shape is not None else {}).items():
            if isinstance(member, ListShape):
                assert member.member.serialization.get("name"), (operation, name)
            elif isinstance(member, MapShape):
                assert member.serialization.get("name"), (operation, name)
    assert with_former_names("sns", {}) is None


@pytest.mark.parametrize("path", [f"/{ACCOUNT}/q", f"/{ACCOUNT}/q/"])
@pytest.mark.parametrize("url", ["", f"&{_QUEUE}"], ids=["in the path", "in both"])
def test_a_form_that_goes_to_a_queues_own_path_names_the_queue(path: str, url: str) -> None:
    call = named(f"Action=SendMessage&MessageBody=m{url}", path)

    assert isinstance(call, Call), call
    assert call.parameters == {"QueueUrl": _URL, "MessageBody": "m"}
    assert [(each.action, each.resource) for each in call.accesses] == [("sqs:SendMessage", _ARN)]
    assert call.request.path == "/"
    assert _QUEUE.encode() in (call.request.body or b"")  # what is sent says what was judged


@pytest.mark.parametrize(
    ("body", "path", "reason"),
    [
        (f"Action=SendMessage&MessageBody=m&{_QUEUE}", f"/{ACCOUNT}/another", RefusalReason.PATH),
        (f"Action=SendMessage&MessageBody=m&{_QUEUE}", "/444455556666/q", RefusalReason.PATH),
        ("Action=SendMessage&MessageBody=m", "/444455556666/q", RefusalReason.ACCOUNT),
        ("Action=ListQueues", f"/{ACCOUNT}/q", RefusalReason.PATH),
        ("Action=CreateQueue&QueueName=q", f"/{ACCOUNT}/q", RefusalReason.PATH),
        ("Action=SendMessage&MessageBody=m", f"/{ACCOUNT}/q/more", RefusalReason.PATH),
        ("Action=SendMessage&MessageBody=m", "/q", RefusalReason.PATH),
        ("Action=SendMessage&MessageBody=m", f"/{ACCOUNT}/q%2E", RefusalReason.PATH),
    ],
)
def test_a_path_that_is_not_that_of_the_calls_queue_is_refused(body: str, path: str, reason: RefusalReason) -> None:
    call = named(body, path)

    assert isinstance(call, RefusedCall), call
    assert call.reason is reason

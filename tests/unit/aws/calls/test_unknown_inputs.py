"""Inputs that an operation does not have, and inputs of another type: AWS looks for no resource in them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from leastway.aws.calls import Call, WireProtocol, WireRequest, name_call
from leastway.aws.calls.models import load_service
from leastway.aws.calls.needs import accesses_of
from tests.unit.aws.calls.clients import ACCOUNT, HOSTS, REGION, caught

_A = f"{REGION}:{ACCOUNT}"
_SERVICES = [
    "acm",
    "codebuild",
    "cognito-idp",
    "dynamodb",
    "ecr",
    "ecs",
    "efs",
    "eks",
    "events",
    "firehose",
    "kinesis",
    "kms",
    "lambda",
    "logs",
    "secretsmanager",
    "sqs",
    "ssm",
    "stepfunctions",
]
"""Services with bodies in JSON whose resources are named by their inputs."""
_OWNERS = {"QueueOwnerAWSAccountId", "S3BucketOwner", "registryId"}
"""Inputs that refuse a call, wherever they stand."""


def named(service: str, operation: str, parameters: dict[str, Any], **more: Any) -> Call:
    request = caught(service, operation, parameters)
    body = json.dumps({**json.loads(request.body or b"{}"), **more}).encode()
    headers = [(name, str(len(body)) if name == "content-length" else value) for name, value in request.headers]
    found = name_call(replace(request, body=body, headers=tuple(headers)), HOSTS)
    assert isinstance(found, Call), found
    return found


def needs(service: str, operation: str, parameters: dict[str, Any]) -> set[tuple[str, str | None, bool]]:
    """Return what a call of AWS's JSON needs but for roles, which are passed under any name."""
    model = load_service(service).operation(operation)
    request = WireRequest("POST", "h", 443, "/", "", (), b"")
    call = Call(service, operation, service, REGION, WireProtocol.JSON, (), request, parameters)
    found = accesses_of(call, model, HOSTS)
    return {(each.action, each.resource, each.is_pattern) for each in found if each.action != "iam:PassRole"}


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "unknown"),
    [
        ("sqs", "CreateQueue", {"QueueName": "q"}, {"QueueUrl": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/r"}),
        ("secretsmanager", "CreateSecret", {"Name": "s"}, {"SecretId": "r"}),
        ("logs", "TagResource", {"resourceArn": f"arn:aws:logs:{_A}:log-group:g", "tags": {}}, {"logGroupName": "h"}),
        ("ssm", "GetParametersByPath", {"Path": "/a"}, {"Name": "b"}),
        ("events", "PutTargets", {"Rule": "r", "Targets": []}, {"Name": "s"}),
        ("codebuild", "StartBuild", {"projectName": "p"}, {"name": "q"}),
        ("ecs", "DeleteCluster", {"cluster": "c"}, {"clusterName": "d"}),
        ("eks", "CreateCluster", {"name": "c", "roleArn": "r", "resourcesVpcConfig": {}}, {"clusterName": "d"}),
    ],
)
def test_an_input_that_the_operation_does_not_have_names_no_resource(
    service: str, operation: str, parameters: dict[str, Any], unknown: dict[str, Any]
) -> None:
    assert named(service, operation, parameters, **unknown).accesses == named(service, operation, parameters).accesses


@pytest.mark.parametrize("service", _SERVICES)
def test_the_inputs_of_other_operations_name_no_resource(service: str) -> None:
    models = [load_service(service).operation(name) for name in sorted(load_service(service).operations)]
    inputs = {each.name: each.input_shape.members if each.input_shape is not None else {} for each in models}
    every = {name for members in inputs.values() for name, each in members.items() if each.type_name == "string"}
    every -= _OWNERS
    arn = f"arn:aws:{service}:{_A}:x/y"
    for operation, members in inputs.items():
        own = {name: f"own-{name}" for name, each in members.items() if each.type_name == "string"}
        own |= dict.fromkeys(own.keys() & _OWNERS, ACCOUNT)
        own |= {"QueueUrl": f"https://sqs/{ACCOUNT}/own"} if "QueueUrl" in own else {}
        for decoy in ("decoy", arn):
            decoys = dict.fromkeys(every - members.keys(), decoy)
            assert needs(service, operation, {**decoys, **own}) == needs(service, operation, own), operation


def test_tags_in_an_input_that_the_operation_does_not_have_are_unknown() -> None:
    key = {"KeyId": "12345678-1234-1234-1234-123456789012"}
    call = named("kms", "EnableKey", key, Tags=[{"TagKey": "team", "TagValue": "shop"}])
    assert not [name for name in call.accesses[0].context if "tag" in name]


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("UpdateEventSourceMapping", {"UUID": "u", "FunctionName": "f"}),
        ("ListEventSourceMappings", {"FunctionName": "f"}),
    ],
)
def test_a_mapping_of_lambda_is_not_its_function(operation: str, parameters: dict[str, Any]) -> None:
    request = caught("lambda", operation, parameters)
    call = name_call(request, HOSTS)
    assert isinstance(call, Call)
    assert not [each for each in call.accesses if each.resource is not None and ":function:" in each.resource]


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("ssm", "AddTagsToResource", {"ResourceType": ["Parameter"], "ResourceId": "p"}),
        ("ssm", "GetParameter", {"Name": [{}]}),
        ("logs", "StartQuery", {"logGroupNames": 5}),
    ],
)
def test_an_input_of_another_type_names_no_resource(service: str, operation: str, parameters: dict[str, Any]) -> None:
    assert {is_pattern for _, resource, is_pattern in needs(service, operation, parameters) if resource} <= {True}

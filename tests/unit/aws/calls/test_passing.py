"""The roles that calls pass: by samples, and over the inputs of botocore that are documented as roles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from leastway.aws.calls import Access, Call, CallAnswer, Payload, WireProtocol, WireRequest
from leastway.aws.calls.passing import passed_roles
from tests.unit.aws.calls.clients import ACCOUNT, HOSTS, REGION, SESSION, named, shown

_ROLE = f"arn:aws:iam::{ACCOUNT}:role/app/worker"
_PASSES = f"iam:PassRole {_ROLE}"
_BY_NAME = f"iam:PassRole ~arn:aws:iam::{ACCOUNT}:role/*worker"
_PROFILE = "iam:PassRole ?"
_SPOT = {"LaunchSpecification": {"ImageId": "ami-1", "IamInstanceProfile": {"Name": "p"}}}
_COMPUTE: dict[str, Any] = {"type": "EC2", "maxvCpus": 1, "subnets": [], "instanceRole": "p"}
_FLEET: dict[str, Any] = {"IamFleetRole": _ROLE, "TargetCapacity": 1, "LaunchSpecifications": []}
_ACCOUNT_OPTIONS = [{"op": "replace", "path": "/cloudwatchRoleArn", "value": _ROLE}]
_FLOW_LOGS = {"ResourceIds": ["vpc-1"], "ResourceType": "VPC", "DeliverLogsPermissionArn": _ROLE}
_TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:t"


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "passes"),
    [
        (
            "cognito-identity",
            "SetIdentityPoolRoles",
            {"IdentityPoolId": "p", "Roles": {"a": _ROLE}},
            _PASSES,
        ),
        ("cognito-idp", "CreateUserPool", {"PoolName": "p", "SmsConfiguration": {"SnsCallerArn": _ROLE}}, _PASSES),
        ("apigateway", "UpdateAccount", {"patchOperations": _ACCOUNT_OPTIONS}, _PASSES),
        (
            "apigateway",
            "PutIntegration",
            {"restApiId": "a", "resourceId": "r", "httpMethod": "GET", "type": "AWS", "credentials": _ROLE},
            _PASSES,
        ),
        (
            "apigatewayv2",
            "CreateIntegration",
            {"ApiId": "a", "IntegrationType": "x", "CredentialsArn": _ROLE},
            _PASSES,
        ),
        ("ec2", "CreateFlowLogs", _FLOW_LOGS, _PASSES),
        ("ec2", "RequestSpotFleet", {"SpotFleetRequestConfig": _FLEET}, _PASSES),
        ("ec2", "RequestSpotInstances", _SPOT, _PROFILE),
        ("batch", "CreateComputeEnvironment", {"type": "MANAGED", "computeResources": _COMPUTE}, _PROFILE),
        ("rds", "CreateDBInstance", {"DBInstanceIdentifier": "d", "CustomIamInstanceProfile": "p"}, _PROFILE),
        ("rds", "CreateDBInstance", {"DBInstanceIdentifier": "d", "DomainIAMRoleName": "worker"}, _BY_NAME),
        ("glue", "CreateJob", {"Name": "j", "Role": "worker", "Command": {}}, _BY_NAME),
        ("codebuild", "StartBuild", {"projectName": "p", "serviceRoleOverride": "worker"}, _BY_NAME),
        ("codebuild", "StartBuild", {"projectName": "p", "serviceRoleOverride": _ROLE}, _PASSES),
        ("ssm", "CreateActivation", {"IamRole": "worker"}, _BY_NAME),
        ("iam", "AddRoleToInstanceProfile", {"InstanceProfileName": "p", "RoleName": "worker"}, _BY_NAME),
        (
            "sns",
            "SetTopicAttributes",
            {"TopicArn": _TOPIC, "AttributeName": "LambdaSuccessFeedbackRoleArn", "AttributeValue": _ROLE},
            _PASSES,
        ),
        ("ecs", "RunTask", {"taskDefinition": "f", "overrides": {"taskRoleArn": "worker"}}, _BY_NAME),
        ("kinesisanalytics", "DiscoverInputSchema", {"RoleARN": _ROLE}, _PASSES),
        (
            "stepfunctions",
            "CreateStateMachine",
            {"name": "m", "definition": "{}", "roleArn": _ROLE},
            _PASSES,
        ),
    ],
)
def test_a_role_is_passed(service: str, operation: str, parameters: dict[str, Any], passes: str) -> None:
    assert passes in [shown(each) for each in named(service, operation, parameters).accesses]


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("dynamodb", "PutItem", {"TableName": "t", "Item": {"role": {"S": _ROLE}}}),
        (
            "lambda",
            "UpdateFunctionConfiguration",
            {"FunctionName": "f", "Environment": {"Variables": {"TASK_ROLE": _ROLE}}},
        ),
        ("eks", "CreateAccessEntry", {"clusterName": "c", "principalArn": _ROLE}),
        ("ssm", "PutParameter", {"Name": "p", "Value": _ROLE, "Type": "String"}),
        (
            "ec2",
            "RunInstances",  # what Amazon's provider for Terraform sends for an instance without a profile
            {"ImageId": "ami-1", "MinCount": 1, "MaxCount": 1, "IamInstanceProfile": {"Name": ""}},
        ),
        (
            "ec2",
            "CreateLaunchTemplate",
            {"LaunchTemplateName": "t", "LaunchTemplateData": {"IamInstanceProfile": {"Name": "p"}}},
        ),
    ],
)
def test_a_role_in_data_is_not_passed(service: str, operation: str, parameters: dict[str, Any]) -> None:
    assert not [each for each in named(service, operation, parameters).accesses if each.action == "iam:PassRole"]


_SERVICES = (
    "apigateway apigatewayv2 athena autoscaling batch cloudformation codebuild codepipeline cognito-identity "
    "cognito-idp config dms dynamodb ec2 ecr ecs eks elasticache elasticbeanstalk emr events firehose glue iot "
    "kinesisanalytics kinesisanalyticsv2 lambda logs opensearch pipes rds redshift s3 s3control sagemaker "
    "scheduler ses sns sqs ssm stepfunctions transfer"
)
_DOCUMENTED = re.compile(
    r"(?:\bARN\b\)?|Amazon Resource Name|credentials required)[^.]{0,30}\b(?:of|for|as)\b"
    r"[^.]{0,30}\b(?:IAM|execution|service)\b[^.]{0,20}\brole\b(?! alias)"
)
_NOT_PASSED = {
    ("logs", "policyDocument"): "a document",
    ("sns", "AttributeName"): "the name beside it",
    ("ec2", "PrincipalArn"): "whose settings are changed",
    ("eks", "principalArn"): "who gets access",
}
_TAGS = re.compile("<[^>]+>")
_Path = tuple[str, ...]


def _inputs(shape: Shape, path: _Path = (), seen: tuple[str, ...] = ()) -> Iterator[tuple[_Path, Shape]]:
    """Yield the texts among the inputs of an operation, each with its path; [] and {} are a list and a map."""
    if shape.name in seen:
        return
    seen = (*seen, shape.name)
    if isinstance(shape, StructureShape):
        for name, each in shape.members.items():
            yield from _inputs(each, (*path, name), seen)
    elif isinstance(shape, ListShape):
        yield from _inputs(shape.member, (*path, "[]"), seen)
    elif isinstance(shape, MapShape):
        yield from _inputs(shape.value, (*path, "{}"), seen)
    elif shape.type_name == "string":
        yield path, shape


def _built(path: _Path) -> Any:
    value: Any = _ROLE
    for part in reversed(path):
        value = [value] if part == "[]" else {"key" if part == "{}" else part: value}
    return value


def _call(service: str, model: OperationModel, parameters: Any) -> Call:
    request = WireRequest("POST", "host", 443, "/", "", (), b"")
    return Call(
        service=service,
        operation=model.name,
        signing_name=service,
        region=REGION,
        protocol=WireProtocol.JSON,
        accesses=(),
        request=request,
        parameters=parameters,
        payload=Payload.DIGEST,
        answer=CallAnswer.PLAIN,
        json_version="1.0",
    )


@pytest.mark.parametrize("service", _SERVICES.split())
def test_each_input_that_is_documented_as_a_role_is_found(service: str) -> None:
    services = SESSION.get_service_model(service)
    missed: set[str] = set()
    for operation in services.operation_names:
        model = services.operation_model(operation)
        if model.input_shape is None:
            continue
        for path, shape in _inputs(model.input_shape):
            name = next(part for part in reversed(path) if part not in ("[]", "{}"))
            text = _TAGS.sub("", shape.documentation)
            is_role = "role" in name.lower() and name.lower().endswith(("arn", "arns", "role", "roles"))
            if not (is_role or _DOCUMENTED.search(text)) or (service, name) in _NOT_PASSED:
                continue
            access = Access("iam:CreateRole", None)
            found = passed_roles(_call(service, model, _built(path)), model, [access], "aws", HOSTS.account)
            if _ROLE not in [each.resource for each in found]:
                missed.add(f"{operation} {'.'.join(path)}: {text[:100]}")
    assert missed == set()

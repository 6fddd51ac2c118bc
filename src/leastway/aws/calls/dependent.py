"""The actions of other services that AWS demands of the caller, as far as the request shows that it does.

The tables are written by hand. What is not in the request, such as the roles of a task definition, is not here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from leastway.aws.calls.call import Access, Call
from leastway.aws.calls.hosts import Hosts
from leastway.aws.calls.s3 import is_bucket

__all__ = ["dependent_accesses"]

_SECRET: Final = re.compile(
    r"(?:arn:[^:]+:ssm:[^:]*:[^:]*:parameter)?/?aws/reference/secretsmanager/([^:*?]+)(?::.*)?"
).fullmatch
_OBJECTS: Final[Mapping[tuple[str, str], tuple[tuple[str, ...], str, str, bool, tuple[str, ...]]]] = {
    ("dynamodb", "ExportTableToPointInTime"): ((), "S3Bucket", "S3Prefix", True, ("s3:PutObject",)),
    ("dynamodb", "ImportTable"): (("S3BucketSource",), "S3Bucket", "S3KeyPrefix", True, ("s3:GetObject",)),
    ("lambda", "CreateFunction"): (("Code",), "S3Bucket", "S3Key", False, ("s3:GetObject", "s3:GetObjectVersion")),
    ("lambda", "PublishLayerVersion"): (
        ("Content",),
        "S3Bucket",
        "S3Key",
        False,
        ("s3:GetObject", "s3:GetObjectVersion"),
    ),
    ("lambda", "UpdateFunctionCode"): ((), "S3Bucket", "S3Key", False, ("s3:GetObject", "s3:GetObjectVersion")),
}
"""Where an operation names objects that it reads or writes as its caller: the structure, its bucket, the key, whether
that is a prefix, and the action, for Lambda also that with a version.

Sources: Amazon DynamoDB Developer Guide, "Requesting a table export" and "Requesting a table import"; AWS Lambda API
Reference, errors of CreateFunction for code that its caller may not read.
"""
_ALWAYS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("codeartifact", "GetAuthorizationToken"): ("sts:GetServiceBearerToken",),
    ("ecr-public", "GetAuthorizationToken"): ("sts:GetServiceBearerToken",),
    ("efs", "CreateMountTarget"): (
        "ec2:CreateNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
    ),
    ("efs", "DeleteMountTarget"): ("ec2:DeleteNetworkInterface",),
    ("efs", "DescribeMountTargetSecurityGroups"): ("ec2:DescribeNetworkInterfaceAttribute",),
    ("efs", "ModifyMountTargetSecurityGroups"): ("ec2:ModifyNetworkInterfaceAttribute",),
}
"""What AWS demands for an operation whatever its inputs are: on network interfaces that it makes or has made, and on
tokens. Sources: the API references of these operations."""


def dependent_accesses(call: Call, hosts: Hosts) -> Iterator[Access]:
    """Yield the accesses to what the call reaches in other services."""
    key = (call.service, call.operation)
    if key in _OBJECTS:
        yield from _objects(call, hosts)
    elif key in _ALWAYS:
        yield from (Access(action, None) for action in _ALWAYS[key])
    elif key == ("route53", "CreateHostedZone"):
        # Amazon Route 53 API Reference, CreateHostedZone: for a private zone the caller must be allowed it.
        if call.parameters.get("VPC"):
            yield Access("ec2:DescribeVpcs", None)
    elif key in (("ssm", "GetParameter"), ("ssm", "GetParameters")):
        yield from _secrets(call, hosts)
    elif key in (("autoscaling", "CreateAutoScalingGroup"), ("autoscaling", "UpdateAutoScalingGroup")):
        # Amazon EC2 Auto Scaling User Guide, "Control Amazon EC2 launch template usage": the caller must be allowed it.
        if call.parameters.get("LaunchTemplate") or call.parameters.get("MixedInstancesPolicy"):
            yield Access("ec2:RunInstances", None)
    elif key == ("secretsmanager", "RotateSecret"):
        # AWS Secrets Manager API Reference, RotateSecret, "Required permissions".
        function = call.parameters.get("RotationLambdaARN")
        if isinstance(function, str) and function:
            is_arn = function.startswith("arn:") and not {"*", "?"} & set(function)
            yield Access("lambda:InvokeFunction", f"{function}*" if is_arn else None, is_pattern=is_arn)


def _objects(call: Call, hosts: Hosts) -> Iterator[Access]:
    within, bucket_name, key_name, is_prefix, actions = _OBJECTS[call.service, call.operation]
    found: Any = call.parameters
    for name in within:
        found = found.get(name) if isinstance(found, Mapping) else None
    bucket = found.get(bucket_name) if isinstance(found, Mapping) else None
    if not isinstance(bucket, str) or not isinstance(found, Mapping):
        return
    key = found.get(key_name) or ""
    resource = None
    if is_bucket(bucket) and isinstance(key, str) and not {"*", "?"} & set(key):
        resource = f"arn:{hosts.partition.value}:s3:::{bucket}/{key}{'*' if is_prefix else ''}"
    action = actions[-1] if found.get("S3ObjectVersion") else actions[0]
    yield Access(action, resource, is_pattern=is_prefix and resource is not None)


def _secrets(call: Call, hosts: Hosts) -> Iterator[Access]:
    """Yield the access to each secret that a parameter of Systems Manager stands for.

    Source: Systems Manager User Guide, "Referencing AWS Secrets Manager secrets from Parameter Store parameters".
    """
    names = call.parameters.get("Names") or ()
    given = [call.parameters.get("Name"), *(names if isinstance(names, list) else ())]
    for text in dict.fromkeys(each for each in given if isinstance(each, str)):
        if "aws/reference/secretsmanager" in text:
            name = _SECRET(text)
            arn = f"arn:{hosts.partition.value}:secretsmanager:{call.region}:{hosts.account}:secret:"
            resource = f"{arn}{name[1]}-??????" if name else None
            yield Access("secretsmanager:GetSecretValue", resource, is_pattern=name is not None)

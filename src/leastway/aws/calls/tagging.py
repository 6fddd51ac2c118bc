"""Tags that a call gives to what it creates: most services demand the right to tag for them as well.

The table says for which operations, by the input that has the tags and the action that they need. It is written by hand
from the pages of the services as of 2026-12-01; an operation that it lacks needs no further action, as far as is known.
Sources: Service Authorization Reference, "Dependent actions" and the notes of each service; IAM User Guide, "Tags for
IAM resources"; Amazon EC2 User Guide, "Grant permission to tag resources during creation"; Amazon RDS User Guide,
"Grant permission to tag Amazon RDS resources during creation"; Amazon EFS User Guide, "Using tags with Amazon EFS";
Amazon Data Firehose Developer Guide, "Understand tag basics"; Amazon ECS Developer Guide, "Tagging authorization" in
"Access Amazon ECS features with account settings"; Amazon EKS User Guide, "Organize Amazon EKS resources with tags";
Amazon Athena User Guide, "Use tag-based IAM access control policies"; AWS API references of the operations, "Tags" and
"Required permissions"; the announcement of Elastic Load Balancing for 1 June 2023.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from leastway.aws.calls.call import Access, Call

__all__ = ["TAGGED_ON_CREATION", "tagging_accesses"]

TAGGED_ON_CREATION: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "athena": {"CreateWorkGroup": ("Tags", "athena:TagResource")},
    "cloudwatch": {
        "PutCompositeAlarm": ("Tags", "cloudwatch:TagResource"),
        "PutInsightRule": ("Tags", "cloudwatch:TagResource"),
        "PutMetricAlarm": ("Tags", "cloudwatch:TagResource"),
    },
    "dsql": {"CreateCluster": ("tags", "dsql:TagResource")},
    "dynamodb": {"CreateTable": ("Tags", "dynamodb:TagResource")},
    "ecr": {"CreateRepository": ("tags", "ecr:TagResource")},
    "ecs": {
        "CreateCapacityProvider": ("tags", "ecs:TagResource"),
        "CreateCluster": ("tags", "ecs:TagResource"),
        "CreateService": ("tags", "ecs:TagResource"),
        "CreateTaskSet": ("tags", "ecs:TagResource"),
        "RegisterTaskDefinition": ("tags", "ecs:TagResource"),
    },
    "eks": {"CreateCluster": ("tags", "eks:TagResource")},
    "events": {
        "CreateEventBus": ("Tags", "events:TagResource"),
        "PutRule": ("Tags", "events:TagResource"),
    },
    "firehose": {"CreateDeliveryStream": ("Tags", "firehose:TagDeliveryStream")},
    "iam": {
        "CreateInstanceProfile": ("Tags", "iam:TagInstanceProfile"),
        "CreateOpenIDConnectProvider": ("Tags", "iam:TagOpenIDConnectProvider"),
        "CreatePolicy": ("Tags", "iam:TagPolicy"),
        "CreateRole": ("Tags", "iam:TagRole"),
        "CreateSAMLProvider": ("Tags", "iam:TagSAMLProvider"),
        "CreateUser": ("Tags", "iam:TagUser"),
    },
    "kinesis": {"CreateStream": ("Tags", "kinesis:AddTagsToStream")},
    "kms": {"CreateKey": ("Tags", "kms:TagResource")},
    "lambda": {"CreateFunction": ("Tags", "lambda:TagResource")},
    "logs": {"CreateLogGroup": ("tags", "logs:TagResource")},
    "rekognition": {"CreateCollection": ("Tags", "rekognition:TagResource")},
    "s3control": {"CreateStorageLensGroup": ("Tags", "s3:TagResource")},
    "s3tables": {"CreateTableBucket": ("tags", "s3tables:TagResource")},
    "s3vectors": {
        "CreateIndex": ("tags", "s3vectors:TagResource"),
        "CreateVectorBucket": ("tags", "s3vectors:TagResource"),
    },
    "secretsmanager": {"CreateSecret": ("Tags", "secretsmanager:TagResource")},
    "sns": {"CreateTopic": ("Tags", "sns:TagResource")},
    "sqs": {"CreateQueue": ("tags", "sqs:TagQueue")},
    "ssm": {
        "CreateOpsItem": ("Tags", "ssm:AddTagsToResource"),
        "PutParameter": ("Tags", "ssm:AddTagsToResource"),
    },
    "stepfunctions": {"CreateStateMachine": ("tags", "states:TagResource")},
}
"""By botocore's service and operation: the input with the tags, and the action. EC2 has its own form of inputs."""


_OF_WHAT_IS_NEW: Final[Mapping[str, str]] = {
    "efs": "elasticfilesystem:TagResource",
    "elb": "elasticloadbalancing:AddTags",
    "elbv2": "elasticloadbalancing:AddTags",
    "rds": "rds:AddTagsToResource",
}
"""By botocore's service: the action for the tags of whatever an operation makes. The call is on other resources as
well, such as the load balancer of a new listener, so which one gets the tags is not known."""
_MAKES: Final = ("Copy", "Create", "Restore")


def tagging_accesses(call: Call, accesses: tuple[Access, ...], partition: str, account: str) -> Iterator[Access]:
    """Yield the accesses that the tags of a call need, on the resources that it creates; none without tags."""
    if call.service == "ec2":
        yield from _of_ec2(call, accesses, partition, account)
        return
    if call.service in _OF_WHAT_IS_NEW and call.operation.startswith(_MAKES) and not call.operation.endswith("Tags"):
        if call.parameters.get("Tags") or call.parameters.get("TagSpecifications"):
            context = next((each.context for each in accesses if each.context), {})
            yield Access(_OF_WHAT_IS_NEW[call.service], None, context=context)
        return
    member, action = TAGGED_ON_CREATION.get(call.service, {}).get(call.operation, ("", ""))
    if not member or not call.parameters.get(member):
        return
    own = [each for each in accesses if each.action.partition(":")[0] == action.partition(":")[0]]
    yield from (replace(each, action=action) for each in own)


def _of_ec2(call: Call, accesses: tuple[Access, ...], partition: str, account: str) -> Iterator[Access]:
    """Yield ec2:CreateTags on each type of resource that `TagSpecifications` names; the ids are not known yet."""
    specifications: Any = call.parameters.get("TagSpecifications") or ()
    context = next((each.context for each in accesses), {})
    for each in specifications:
        kind = each.get("ResourceType") if isinstance(each, Mapping) else None
        if isinstance(kind, str) and each.get("Tags"):
            arn = f"arn:{partition}:ec2:{call.region}:{account}:{kind}/*"
            yield Access(
                "ec2:CreateTags", arn, is_pattern=True, context={**context, "ec2:createaction": call.operation}
            )

"""The measure of full privileges: powerful actions of many services, each on a resource that no policy names.

A policy that allows all of `POWERS` gives full privileges. `MOST` adds a few; a policy that allows "everything except
some things" counts if it allows more than half of them. Each of `GIVING_RIGHTS` can give its holder every other
permission. Sources: the API Reference of each service, under the name of the action; for all: IAM User Guide, "Security
best practices in IAM", "Apply least-privilege permissions".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FULL_BY_NAME", "GIVING_RIGHTS", "MOST", "NOBODY", "POWERS", "Power"]

NOBODY = "leastway-nobody"
"""A name that no policy uses: a policy that reaches it reaches every resource of the type."""


@dataclass(frozen=True, slots=True)
class Power:
    """A powerful action on a resource that no policy names."""

    action: str
    resource: str
    """An ARN with the region and the account `any`."""
    reason: str
    page: str
    """Where AWS documents the action."""


POWERS = (
    Power(
        "cloudtrail:StopLogging",
        f"arn:aws:cloudtrail:any:any:trail/{NOBODY}",
        "to act without a record",
        "AWS CloudTrail API Reference, StopLogging",
    ),
    Power(
        "dynamodb:DeleteTable",
        f"arn:aws:dynamodb:any:any:table/{NOBODY}",
        "to destroy data",
        "Amazon DynamoDB API Reference, DeleteTable",
    ),
    Power(
        "ec2:TerminateInstances",
        f"arn:aws:ec2:any:any:instance/{NOBODY}",
        "to stop what runs on machines",
        "Amazon EC2 API Reference, TerminateInstances",
    ),
    Power(
        "eks:DeleteCluster",
        f"arn:aws:eks:any:any:cluster/{NOBODY}",
        "to stop what runs in clusters",
        "Amazon EKS API Reference, DeleteCluster",
    ),
    Power(
        "iam:CreateUser",
        f"arn:aws:iam::any:user/{NOBODY}",
        "to create permanent principals",
        "IAM API Reference, CreateUser",
    ),
    Power(
        "kms:ScheduleKeyDeletion",
        f"arn:aws:kms:any:any:key/{NOBODY}",
        "to make encrypted data unreadable forever",
        "AWS KMS API Reference, ScheduleKeyDeletion",
    ),
    Power(
        "lambda:UpdateFunctionCode",
        f"arn:aws:lambda:any:any:function:{NOBODY}",
        "to run code with the rights of a function",
        "AWS Lambda API Reference, UpdateFunctionCode",
    ),
    Power(
        "rds:DeleteDBInstance",
        f"arn:aws:rds:any:any:db:{NOBODY}",
        "to destroy databases",
        "Amazon RDS API Reference, DeleteDBInstance",
    ),
    Power(
        "s3:DeleteBucket",
        f"arn:aws:s3:::{NOBODY}",
        "to destroy storage",
        "Amazon S3 API Reference, DeleteBucket",
    ),
    Power(
        "secretsmanager:GetSecretValue",
        f"arn:aws:secretsmanager:any:any:secret:{NOBODY}",
        "to read secrets",
        "AWS Secrets Manager API Reference, GetSecretValue",
    ),
    Power(
        "sts:AssumeRole",
        f"arn:aws:iam::any:role/{NOBODY}",
        "to act with the rights of any role that trusts the account",
        "AWS STS API Reference, AssumeRole",
    ),
)
"""A policy that allows all of these gives full privileges, even if it excludes another service."""

MOST = (
    *POWERS,
    Power(
        "cloudformation:CreateStack",
        f"arn:aws:cloudformation:any:any:stack/{NOBODY}/{NOBODY}",
        "to create resources with the rights of a service role",
        "AWS CloudFormation API Reference, CreateStack",
    ),
    Power(
        "organizations:LeaveOrganization",
        f"arn:aws:organizations::any:{NOBODY}",
        "to escape the organization's restrictions",
        "AWS Organizations API Reference, LeaveOrganization",
    ),
    Power(
        "route53:ChangeResourceRecordSets",
        f"arn:aws:route53:::hostedzone/{NOBODY}",
        "to redirect DNS names",
        "Amazon Route 53 API Reference, ChangeResourceRecordSets",
    ),
    Power(
        "ssm:SendCommand",
        f"arn:aws:ssm:any:any:document/{NOBODY}",
        "to run commands on machines",
        "AWS Systems Manager API Reference, SendCommand",
    ),
)
"""`POWERS`, and others that a policy of nearly everything allows."""

GIVING_RIGHTS = (
    Power(
        "iam:AttachRolePolicy",
        f"arn:aws:iam::any:role/{NOBODY}",
        "to attach any managed policy to a role",
        "IAM API Reference, AttachRolePolicy",
    ),
    Power(
        "iam:AttachUserPolicy",
        f"arn:aws:iam::any:user/{NOBODY}",
        "to attach any managed policy to a user",
        "IAM API Reference, AttachUserPolicy",
    ),
    Power(
        "iam:CreatePolicyVersion",
        f"arn:aws:iam::any:policy/{NOBODY}",
        "to rewrite a policy that its holder has",
        "IAM API Reference, CreatePolicyVersion",
    ),
    Power(
        "iam:PutRolePolicy",
        f"arn:aws:iam::any:role/{NOBODY}",
        "to write any policy into a role",
        "IAM API Reference, PutRolePolicy",
    ),
    Power(
        "iam:PutUserPolicy",
        f"arn:aws:iam::any:user/{NOBODY}",
        "to write any policy into a user",
        "IAM API Reference, PutUserPolicy",
    ),
)
"""Each of these suffices to give every permission, also to its holder."""

FULL_BY_NAME: Mapping[str, str] = {
    "administratoraccess": "is full control of the account",
    "iamfullaccess": "can give itself every permission",
    "poweruseraccess": "is full control of everything except users, groups and the organization",
}
"""AWS managed policies that give full privileges: the name in lower case, and why, as a phrase that follows the name.

Source: AWS Managed Policy Reference, under each name.
"""

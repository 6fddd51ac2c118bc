"""The measure of full privileges: powers of many services, each on a resource that no policy names.

Whoever has all of `POWERS` has everything. `MOST` has some more, over which a policy must have the majority to allow
"all but some things". By one of `GIVING_RIGHTS`, a policy can be given every other right. Source of each: the API
Reference of its service, under the name of the action; for all: IAM User Guide, "Security best practices in IAM",
"Apply least-privilege permissions".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FULL_BY_NAME", "GIVING_RIGHTS", "MOST", "NOBODY", "POWERS", "Power"]

NOBODY = "leastway-nobody"
"""A name that no policy has: what reaches it reaches everything of its kind."""


@dataclass(frozen=True, slots=True)
class Power:
    """An action on a resource of nobody's, and what it is the power to do."""

    action: str
    resource: str
    """In the region and the account `any`."""
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
        "to end what runs on machines",
        "Amazon EC2 API Reference, TerminateInstances",
    ),
    Power(
        "eks:DeleteCluster",
        f"arn:aws:eks:any:any:cluster/{NOBODY}",
        "to end what runs in clusters",
        "Amazon EKS API Reference, DeleteCluster",
    ),
    Power(
        "iam:CreateUser",
        f"arn:aws:iam::any:user/{NOBODY}",
        "to make principals that stay",
        "IAM API Reference, CreateUser",
    ),
    Power(
        "kms:ScheduleKeyDeletion",
        f"arn:aws:kms:any:any:key/{NOBODY}",
        "to make encrypted data unreadable for ever",
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
"""Whoever has all of these has everything: leaving out another service does not make it less."""

MOST = (
    *POWERS,
    Power(
        "cloudformation:CreateStack",
        f"arn:aws:cloudformation:any:any:stack/{NOBODY}/{NOBODY}",
        "to have things made with the rights of a service role",
        "AWS CloudFormation API Reference, CreateStack",
    ),
    Power(
        "organizations:LeaveOrganization",
        f"arn:aws:organizations::any:{NOBODY}",
        "to shed what the organization forbids",
        "AWS Organizations API Reference, LeaveOrganization",
    ),
    Power(
        "route53:ChangeResourceRecordSets",
        f"arn:aws:route53:::hostedzone/{NOBODY}",
        "to direct names elsewhere",
        "Amazon Route 53 API Reference, ChangeResourceRecordSets",
    ),
    Power(
        "ssm:SendCommand",
        f"arn:aws:ssm:any:any:document/{NOBODY}",
        "to run commands on machines",
        "AWS Systems Manager API Reference, SendCommand",
    ),
)
"""`POWERS` and others that a policy of nearly everything has."""

GIVING_RIGHTS = (
    Power(
        "iam:AttachRolePolicy",
        f"arn:aws:iam::any:role/{NOBODY}",
        "to give a role any managed policy",
        "IAM API Reference, AttachRolePolicy",
    ),
    Power(
        "iam:AttachUserPolicy",
        f"arn:aws:iam::any:user/{NOBODY}",
        "to give a user any managed policy",
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
"""Each of these is enough: it gives every right, to its holder too."""

FULL_BY_NAME: Mapping[str, str] = {
    "administratoraccess": "is full control of the account",
    "iamfullaccess": "can give itself every right",
    "poweruseraccess": "is full control of all but users, groups and the organization",
}
"""AWS managed policies that come to full privileges, by name in lower case, and why: it reads on after the name.

Source: AWS Managed Policy Reference, under each name.
"""

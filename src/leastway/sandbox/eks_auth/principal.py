"""Principals as the EKS authenticator compares them.

Source: sigs.k8s.io/aws-iam-authenticator, package arn. A role's session becomes its role, without the path that STS
does not tell; users keep their path. Letters compare without case. A partition that nobody knows has no principals.
"""

from __future__ import annotations

from leastway.errors import InvalidInputError
from leastway.primitives import Arn, Partition

__all__ = ["canonical", "without_role_path"]


def canonical(caller_arn: str) -> str | None:
    """Return the IAM ARN of a caller, `role/name` for a session of it; None for what is no IAM principal."""
    try:
        arn = Arn.parse(caller_arn)
    except InvalidInputError:
        return None
    if arn.partition not in set(Partition):
        return None
    parts = arn.resource.split("/")
    match arn.service, parts[0]:
        case "sts", "assumed-role" if len(parts) >= 3:
            role = "/".join(parts[1:-1])
            return str(Arn(arn.partition, "iam", "", arn.account, f"role/{role}"))
        case ("sts", "federated-user") | ("iam", "role" | "user" | "root"):
            return caller_arn
        case _:
            return None


def without_role_path(principal_arn: str) -> str:
    """Return a role's ARN without its path, and any other as it is."""
    try:
        arn = Arn.parse(principal_arn)
    except InvalidInputError:
        return principal_arn
    return str(arn.without_path()) if arn.resource_type == "role" else principal_arn

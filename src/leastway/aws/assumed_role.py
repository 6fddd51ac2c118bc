"""Credentials of an assumed role, renewed before they expire, and the expiry of any credentials."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from botocore.credentials import Credentials, DeferredRefreshableCredentials

from leastway.aws.doors import KeyPair
from leastway.aws.errors import aws_errors, unknown_key_is_new

if TYPE_CHECKING:
    from mypy_boto3_sts import STSClient

    from leastway.aws.doors import AssumedRole

__all__ = ["SESSION_NAME", "assumed_role", "expiry_of"]

SESSION_NAME = "leastway"
"""The session name, which CloudTrail shows after the role's name."""


def assumed_role(role: AssumedRole, sts: STSClient, *, where: str) -> Credentials:
    """Return credentials that assume `role` on first use, and again 15 minutes before they expire.

    A session lasts one hour, the maximum for role chaining (IAM User Guide, "Methods to assume a role").
    """

    def assume() -> dict[str, Any]:
        with aws_errors(where), unknown_key_is_new(isinstance(role.source, KeyPair), where=where):
            if role.external_id is None:
                answer = sts.assume_role(RoleArn=role.arn, RoleSessionName=SESSION_NAME)
            else:
                answer = sts.assume_role(RoleArn=role.arn, RoleSessionName=SESSION_NAME, ExternalId=role.external_id)
        made = answer["Credentials"]
        return {
            "access_key": made["AccessKeyId"],
            "secret_key": made["SecretAccessKey"],
            "token": made["SessionToken"],
            "expiry_time": made["Expiration"].isoformat(),
        }

    return DeferredRefreshableCredentials(refresh_using=assume, method="sts-assume-role")


def expiry_of(credentials: Credentials) -> dt.datetime | None:
    """Return when `credentials` expire, or None if they do not. botocore has no public API for it."""
    credentials.get_frozen_credentials()  # refreshes them if needed
    expiry: dt.datetime | None = getattr(credentials, "_expiry_time", None)
    return expiry

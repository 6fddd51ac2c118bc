"""Cloud accounts: the credentials with which the platform accesses a cloud.

Source: Humanitec's API, `resources/accounts`; its documentation, "Cloud accounts".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["CloudAccount", "PlatformSecret"]


@dataclass(frozen=True, slots=True)
class PlatformSecret:
    """A secret that is not in any file: `name` identifies it and `what` describes it when its value is asked for."""

    name: str
    what: str


@dataclass(frozen=True, slots=True)
class CloudAccount:
    """One cloud account: `aws-role` assumes a role, `aws` holds a user's key."""

    id: str
    name: str
    type: str
    credentials: Mapping[str, str | PlatformSecret]

    @classmethod
    def of_role(cls, identifier: str, name: str, *, arn: str, external_id: str) -> CloudAccount:
        """Return an account with which the platform assumes the role `arn`."""
        return cls(identifier, name, "aws-role", {"aws_role": arn, "external_id": external_id})

    @classmethod
    def of_user(cls, identifier: str, name: str, *, key_id: PlatformSecret, secret: PlatformSecret) -> CloudAccount:
        """Return an account with which the platform uses the long-term key of an IAM user."""
        return cls(identifier, name, "aws", {"aws_access_key_id": key_id, "aws_secret_access_key": secret})

"""Doors: the ways to get access to an account. One class for each way in.

A door only says how to get access. `accounts` asks AWS whether it leads to the account that it names.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from leastway.primitives import Secret

__all__ = ["AmbientCredentials", "AssumedRole", "CredentialSource", "Door", "KeyPair", "NamedProfile"]


@dataclass(frozen=True, slots=True)
class AmbientCredentials:
    """The credentials that botocore finds by itself: environment, default profile, container, instance."""


@dataclass(frozen=True, slots=True)
class NamedProfile:
    """A named profile of the AWS configuration files."""

    name: str


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An access key pair, e.g. a user's first one, which AWS may not know everywhere yet."""

    key_id: str
    secret: Secret = field(compare=False)


@dataclass(frozen=True, slots=True)
class AssumedRole:
    """A role that `source` assumes, under the session name `leastway`."""

    arn: str
    external_id: str | None = None
    source: AmbientCredentials | NamedProfile | KeyPair = AmbientCredentials()


CredentialSource = AmbientCredentials | NamedProfile | KeyPair | AssumedRole


@dataclass(frozen=True, slots=True)
class Door:
    """How leastway gets access to `account`; `region` is the region of its STS and IAM calls."""

    account: str
    region: str
    way: CredentialSource = AmbientCredentials()

"""What the authenticator of one cluster asks the embedded AWS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from leastway.sandbox.kube.identity import AccessPolicyGrant
from leastway.sandbox.scenario import Mode

__all__ = ["CallerIdentity", "EksAccessEntry", "EksDirectory", "PresignedCall"]


@dataclass(frozen=True, slots=True)
class EksAccessEntry:
    """An access entry with the policies associated with it."""

    principal_arn: str
    """The user's or role's ARN, with its path."""
    unique_id: str
    """The principal's `AIDA...` or `AROA...` of the day the entry was made: a recreated role has another."""
    username: str
    """As DescribeAccessEntry shows it; `{{SessionName}}` and the like are still to be filled in."""
    groups: tuple[str, ...] = ()
    access_policies: tuple[AccessPolicyGrant, ...] = ()


@dataclass(frozen=True, slots=True)
class PresignedCall:
    """The GET that a token holds: `target` is path and query, `headers` what must be sent with it beside Host."""

    host: str
    """The STS host that was signed, such as `sts.eu-central-1.amazonaws.com`: to be sent as the Host header."""
    target: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CallerIdentity:
    """What GetCallerIdentity answers."""

    account: str
    arn: str
    user_id: str
    """`AIDA...` for a user, `AROA...:session` for a role's session, the account id for its root."""


class EksDirectory(Protocol):
    """The embedded AWS, seen from one cluster."""

    async def authentication_mode(self) -> Mode:
        """Return the cluster's authentication mode as it is now."""
        ...

    async def access_entries(self) -> Sequence[EksAccessEntry]:
        """Return the cluster's access entries as they are now."""
        ...

    async def caller_identity(self, call: PresignedCall) -> CallerIdentity | None:
        """Send the presigned GetCallerIdentity to STS; None when STS refuses it."""
        ...

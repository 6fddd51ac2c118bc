"""The interface through which a cluster's authenticator queries the embedded AWS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from leastway.ports import CallerIdentity
from leastway.sandbox.kube.identity import AccessPolicyGrant
from leastway.sandbox.scenario import Mode

__all__ = ["CallerIdentity", "EksAccessEntry", "EksDirectory", "PresignedCall"]


@dataclass(frozen=True, slots=True)
class EksAccessEntry:
    """An access entry with its associated policies."""

    principal_arn: str
    """The user's or role's ARN, with its path."""
    unique_id: str
    """The principal's `AIDA...` or `AROA...` id when the entry was created: a recreated role has another id."""
    username: str
    """As in DescribeAccessEntry; templates such as `{{SessionName}}` are not filled in yet."""
    groups: tuple[str, ...] = ()
    access_policies: tuple[AccessPolicyGrant, ...] = ()


@dataclass(frozen=True, slots=True)
class PresignedCall:
    """The GET request in a token: `target` is path and query, `headers` are the headers to send besides Host."""

    host: str
    """The signed STS host, e.g. `sts.eu-central-1.amazonaws.com`, for the Host header."""
    target: str
    headers: Mapping[str, str]


class EksDirectory(Protocol):
    """The embedded AWS as one cluster sees it."""

    async def authentication_mode(self) -> Mode:
        """Return the cluster's current authentication mode."""
        ...

    async def access_entries(self) -> Sequence[EksAccessEntry]:
        """Return the cluster's current access entries."""
        ...

    async def caller_identity(self, call: PresignedCall) -> CallerIdentity | None:
        """Send the presigned GetCallerIdentity to STS; None if STS refuses it."""
        ...

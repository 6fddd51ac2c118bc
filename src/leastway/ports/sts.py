"""STS as the broker uses it: sessions, the server's own identity, and tokens for clusters.

The broker needs to know why a call failed. STS refuses: nothing is handed out. STS does not answer, or throttles: what
is left of an earlier session may still be handed out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from leastway.errors import LeastwayError
from leastway.ports.guests import CallerIdentity, SessionKeys
from leastway.primitives import Secret
from leastway.sessions import SessionRequest

__all__ = ["EksToken", "IssuedSession", "Sts", "StsRefusedError", "StsUnavailableError"]


class StsRefusedError(LeastwayError):
    """STS refused the call. The error has the role, and the request id for AWS Support."""


class StsUnavailableError(LeastwayError):
    """STS throttled the call or could not be reached."""


@dataclass(frozen=True, slots=True)
class IssuedSession:
    """The credentials of a session, and when they expire."""

    keys: SessionKeys
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class EksToken:
    """A bearer token for one cluster, and when to stop using it."""

    token: Secret
    expires: datetime


class Sts(Protocol):
    """STS. Thread-safe. `keys` sign a call; None is the server's own identity."""

    def assume(self, request: SessionRequest, keys: SessionKeys | None, /) -> IssuedSession:
        """Call AssumeRole, field for field. Errors: StsRefusedError, StsUnavailableError."""
        ...

    def identity(self, region: str, keys: SessionKeys | None = None, /) -> CallerIdentity:
        """Call GetCallerIdentity. Errors: StsRefusedError, StsUnavailableError."""
        ...

    def eks_token(self, keys: SessionKeys, *, cluster: str, region: str, expiry: datetime | None) -> EksToken:
        """Sign a token for a cluster; `expiry` is that of the keys. Calls nobody."""
        ...

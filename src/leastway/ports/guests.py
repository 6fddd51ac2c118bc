"""Tests of someone else's credentials: the answers that AWS gives to their holder.

A guest never raises for a refusal: the refusal is what verification looks for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from leastway.primitives import Secret

__all__ = ["CallerIdentity", "FailedCall", "Guest", "Guests", "SessionKeys", "TokenExchange", "TokenIssuer"]


@dataclass(frozen=True, slots=True)
class SessionKeys:
    """An access key, with the session token if it belongs to a session."""

    key_id: str
    secret: Secret
    token: Secret | None = None


@dataclass(frozen=True, slots=True)
class FailedCall:
    """A request that failed: `denied` if AWS denied it, otherwise something else went wrong.

    `rejected` if AWS does not accept the key itself: it is inactive or deleted, or the region does not know it.
    """

    denied: bool
    detail: str
    request_id: str | None = None
    rejected: bool = False


@dataclass(frozen=True, slots=True)
class CallerIdentity:
    """The identity that AWS reports for some keys."""

    account: str
    arn: str
    user_id: str
    """`AIDA...` for a user, `AROA...:session` for a role's session, the account id for its root."""


class Guest(Protocol):
    """The holder of some keys, in one region."""

    def identity(self) -> CallerIdentity | FailedCall:
        """Return the identity that AWS reports for the keys."""
        ...

    def assume(self, role_arn: str, external_id: str | None, session_name: str, /) -> SessionKeys | FailedCall:
        """Assume a role, with or without an external id."""
        ...

    def describe_cluster(self, name: str, /) -> tuple[str, str] | FailedCall:
        """Return the cluster's endpoint and the base64 of its CA."""
        ...

    def describe_nodegroups(self, cluster: str, /) -> FailedCall | None:
        """List the cluster's node groups and describe each; None if all of that was allowed."""
        ...

    def list_clusters(self) -> FailedCall | None:
        """List the region's clusters; None if that was allowed."""
        ...

    def delete_cluster(self, name: str, /) -> FailedCall | None:
        """Try to delete a cluster that does not exist; None if that was allowed and nothing was deleted."""
        ...


class Guests(Protocol):
    """Creates guests."""

    def guest(self, keys: SessionKeys, region: str, address: str | None = None) -> Guest:
        """Return the holder of `keys`; an `address` can be claimed only on a loopback endpoint."""
        ...


class TokenExchange(Protocol):
    """Exchanges tokens for sessions."""

    def exchange(
        self, role_arn: str, token: Secret, session_name: str, region: str, address: str | None = None
    ) -> SessionKeys | FailedCall:
        """Assume a role with a token of an issuer; no keys are needed."""
        ...


class TokenIssuer(Protocol):
    """Makes tokens of the platform's issuer."""

    def token(self, subject: str, audience: str, *, forged: bool = False) -> Secret:
        """Return a token; a `forged` one is not signed by the issuer."""
        ...

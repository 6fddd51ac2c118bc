"""Who calls: a user of an organization, by a token; and the refusals that every use case shares.

A refused request tells the caller nothing about other organizations: what belongs to another one does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from leastway.audit import Actor, AuditedRequest, Detail, Entry, Outcome
from leastway.errors import LeastwayError
from leastway.primitives import Secret
from leastway.store import Transaction
from leastway.tenants import Permission, Role, Token, User

__all__ = ["Called", "Caller", "ForbiddenError", "NotFoundError", "UnauthenticatedError", "authenticate"]


class UnauthenticatedError(LeastwayError):
    """The token is missing, unknown, expired or revoked; which of them is not said."""


class ForbiddenError(LeastwayError):
    """The caller is known, and its role does not allow this."""


class NotFoundError(LeastwayError):
    """The object does not exist, or belongs to another organization."""


@dataclass(frozen=True, slots=True)
class Called:
    """The HTTP request, for the audit log."""

    method: str
    path: str


@dataclass(frozen=True, slots=True)
class Caller:
    """A user with a valid token, and what was requested."""

    user: User
    token: Token
    called: Called

    @property
    def organization(self) -> str:
        """The organization of the user."""
        return self.user.organization

    def need(self, permission: Permission, organization: str | None = None, *, account: str | None = None) -> None:
        """Refuse what the role or the token does not allow. The request names `organization`, and the `account`.

        Errors: NotFoundError for another organization; ForbiddenError if the role or the token lacks the permission.
        """
        if organization is not None and organization != self.organization:
            raise NotFoundError(
                f"organization {organization!r} does not exist", fix="use the organization of the token"
            )
        if not self.user.role.allows(permission):
            least = next(role for role in (Role.VIEWER, Role.OPERATOR, Role.OWNER) if role.allows(permission))
            raise ForbiddenError(
                f"a user with the role {self.user.role.value} cannot do this",
                fix=f"ask an owner of the organization to do it, or for the role {least.value}",
            )
        if not self.token.allows(permission, account):
            raise ForbiddenError(
                "this token can only take temporary credentials of the accounts that it names",
                fix="use another token, or create one that names this account",
            )

    def entry(
        self, at: datetime, action: str, target: str, *, status: int, outcome: Outcome = Outcome.DONE, **details: Detail
    ) -> Entry:
        """Return the audit entry for what this request did. `status` is the HTTP status of its answer."""
        request = AuditedRequest(self.called.method, self.called.path, status)
        actor = Actor(self.user.id, self.token.id)
        return Entry(self.organization, at, actor, action, target, outcome, details, request)


def authenticate(transaction: Transaction, token: Secret, called: Called) -> Caller:
    """Return who holds the token. Errors: UnauthenticatedError if it is not valid."""
    held = transaction.tenants.holder_of(token)
    if held is None or not held[1].is_valid(transaction.now) or held[0].disabled_at is not None:
        raise UnauthenticatedError(
            "the token is not valid", fix="use a token that has neither expired nor been revoked"
        )
    return Caller(*held, called)

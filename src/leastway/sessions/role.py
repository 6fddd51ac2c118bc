"""The roles that one cloud account may assume, and the judgement whether a role is one of them.

A request for a role outside this list is refused before STS is called.
"""

from __future__ import annotations

from dataclasses import dataclass

from leastway.errors import LeastwayError
from leastway.sessions.request import DEFAULT_SESSION_NAME, LONGEST_CHAINED

__all__ = ["AccountRoles", "AllowedRole", "RoleNotAllowedError"]


class RoleNotAllowedError(LeastwayError):
    """The account may not assume this role."""


@dataclass(frozen=True, slots=True)
class AllowedRole:
    """A role that an account may assume, with what a definition says about it."""

    arn: str
    external_id: str | None = None
    session_name: str = DEFAULT_SESSION_NAME
    duration: int = LONGEST_CHAINED
    definition: str | None = None


@dataclass(frozen=True, slots=True)
class AccountRoles:
    """What an account of an organization may assume.

    `own` is the role of an `aws-role` account, which the server's identity assumes; others are chained from it.
    `key_version` is the version of the stored access key of an `aws` account, which assumes the others itself. `listed`
    are the other roles that the account may assume. Sessions of another `series` are not handed out.
    """

    organization: str
    account: str
    own: AllowedRole | None = None
    key_version: int | None = None
    listed: tuple[AllowedRole, ...] = ()
    series: int = 0

    def choose(self, role: str | None, definition: str | None) -> AllowedRole:
        """Return the role to assume: the named one, that of the definition, or the account's own.

        Errors: RoleNotAllowedError for a role that is not in the list.
        """
        where = f"account {self.account}"
        found = self._find(role, definition)
        if found is None:
            what, fix = self._missing(role, definition)
            raise RoleNotAllowedError(what, where=where, fix=fix)
        return found

    def _find(self, role: str | None, definition: str | None) -> AllowedRole | None:
        if role is None and definition is None:
            return self.own
        every = (self.own, *self.listed) if self.own is not None else self.listed
        return next(
            (
                one
                for one in every
                if (role is None or one.arn == role) and (definition is None or one.definition == definition)
            ),
            None,
        )

    def _missing(self, role: str | None, definition: str | None) -> tuple[str, str]:
        if role is not None:
            return (
                f"role {role} is not in the account's list",
                "an owner or operator adds it to the account's roles, if the account is meant to assume it",
            )
        if definition is not None:
            return (
                f"the account has no role for definition {definition}",
                "add the definition's role to the account's roles",
            )
        return (
            "the account keeps a user's access key, which is never handed out",
            "name a role that the account may assume",
        )

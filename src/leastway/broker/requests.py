"""What is asked for, and the session that it needs: which role is assumed, by whose credentials, and for how long.

The answer depends on the account's roles and on the fields of the call alone. Whether a kill switch stops it, whether
there is such a session already, and the audit entry are for `hand_outs`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from leastway.broker.own_identity import OwnIdentity
from leastway.errors import LeastwayError
from leastway.ports import SessionKeys
from leastway.primitives import Arn
from leastway.registry import is_role_within
from leastway.sessions import (
    LONGEST_CHAINED,
    AccountRoles,
    AllowedRole,
    RoleNotAllowedError,
    SessionRequest,
    check_duration,
)

__all__ = ["Asked", "AssumeFields", "CloudAccounts", "SessionRequests", "UnknownAccountError"]


class CloudAccounts(Protocol):
    """The cloud accounts of all organizations. Thread-safe; each call reads the store."""

    def roles(self, organization: str, account: str) -> AccountRoles | None:
        """Return what an account may assume, or None if the organization has no such account."""
        ...

    def is_available(self, organization: str, role: Arn) -> bool:
        """Return whether the role's AWS account belongs to no other organization."""
        ...

    def key(self, organization: str, account: str, version: int) -> SessionKeys:
        """Return the access key of an `aws` account. Errors: LeastwayError if custody does not open it."""
        ...


class UnknownAccountError(LeastwayError):
    """The organization has no such account; another organization may."""


@dataclass(frozen=True, slots=True)
class AssumeFields:
    """The fields of one AssumeRole, as a run asks for them: nothing is added to them and nothing is left out.

    `via` is what was asked for the session that signs it; None is the account's own role or key. `is_named` says that
    the run's definition names the role, which need not be in the account's list then. `replaces_own` says that the role
    is assumed in place of the account's own, and not from its session.
    """

    is_named: bool
    replaces_own: bool = False
    region: str | None = None
    external_id: str | None = None
    policy: str | None = None
    policy_arns: tuple[str, ...] = ()
    source_identity: str | None = None
    tags: tuple[tuple[str, str], ...] = ()
    transitive_tag_keys: tuple[str, ...] = ()
    via: Asked | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: the credentials of an account. What is None is taken from the account's roles.

    With `fields`, the role is assumed with exactly these; a run asks in this way, for its `definition`.
    """

    organization: str
    account: str
    role: str | None = None
    definition: str | None = None
    duration: int | None = None
    session_name: str | None = None
    fields: AssumeFields | None = None

    @property
    def target(self) -> str:
        """What the audit entry is about."""
        return self.role or self.account


class SessionRequests:
    """Decides which session is needed for what is asked.

    `role_prefix` returns that of the names of all roles that the platform may assume.
    """

    def __init__(self, accounts: CloudAccounts, own: OwnIdentity, role_prefix: Callable[[], str]) -> None:
        self._accounts = accounts
        self._own = own
        self._role_prefix = role_prefix

    def choose(self, asked: Asked) -> SessionRequest:
        """Decide which role is assumed, and how.

        Errors: UnknownAccountError, RoleNotAllowedError, InvalidInputError.
        """
        account = self.account(asked)
        if asked.fields is not None:
            return self._of_run(account, asked, asked.fields)
        role = self._permitted(account, account.choose(asked.role, asked.definition))
        is_own = account.own is not None and role.arn == account.own.arn
        via = None
        if account.own is not None and not is_own:
            via = self._of_role(account, self._permitted(account, account.own), None, None, None)
        return self._of_role(account, role, via, asked.duration, asked.session_name)

    def _of_role(
        self,
        account: AccountRoles,
        role: AllowedRole,
        via: SessionRequest | None,
        duration: int | None,
        session_name: str | None,
    ) -> SessionRequest:
        seconds = duration if duration is not None else role.duration
        chained = via is not None
        if not chained and account.key_version is None and seconds > LONGEST_CHAINED:
            chained = self._own.is_session
        if duration is None and chained:
            seconds = min(seconds, LONGEST_CHAINED)
        check_duration(seconds, chained=chained, where=f"role {role.arn}")
        return SessionRequest(
            account.organization,
            account.account,
            role.arn,
            self._own.region,
            session_name if session_name is not None else role.session_name,
            role.external_id,
            seconds,
            role.definition,
            key_version=account.key_version,
            via=via,
            series=account.series,
        )

    def _of_run(self, account: AccountRoles, asked: Asked, fields: AssumeFields) -> SessionRequest:
        """Decide whether a run may assume the role, and return the call field for field."""
        if asked.role is not None and fields.is_named:
            role = AllowedRole(asked.role, fields.external_id)
        else:
            role = account.choose(asked.role, None)
        role = self._permitted(account, role)
        via, is_own = None, account.own is not None and role.arn == account.own.arn
        if fields.via is not None and fields.via.fields is not None:
            via = self._of_run(account, fields.via, fields.via.fields)
        elif account.own is not None and not is_own and not fields.replaces_own:
            via = self._of_role(account, self._permitted(account, account.own), None, None, None)
        external_id = role.external_id if asked.role is None else fields.external_id
        chosen = replace(role, external_id=external_id, definition=asked.definition)
        request = self._of_role(account, chosen, via, asked.duration, asked.session_name)
        return replace(
            request,
            region=fields.region or request.region,
            policy=fields.policy,
            policy_arns=fields.policy_arns,
            source_identity=fields.source_identity,
            tags=fields.tags,
            transitive_tag_keys=fields.transitive_tag_keys,
        )

    def _permitted(self, account: AccountRoles, role: AllowedRole) -> AllowedRole:
        """Return the role.

        Errors: RoleNotAllowedError if it is outside the prefix, or in an AWS account of another organization, which may
        have come after the account or the definition that names the role.
        """
        prefix, arn = self._role_prefix(), Arn.parse(role.arn)
        if not is_role_within(arn, prefix):
            raise RoleNotAllowedError(
                f"the platform does not assume role {role.arn}, whose name does not begin with {prefix}",
                fix=f"use a role whose name, and path if it has one, begin with {prefix}",
            )
        if not self._accounts.is_available(account.organization, arn):
            raise RoleNotAllowedError(
                f"the role {role.arn} is not available",
                fix="use a role of your own AWS accounts, and check the account",
            )
        return role

    def account(self, asked: Asked) -> AccountRoles:
        """Return the account with its roles. Errors: UnknownAccountError."""
        found = self._accounts.roles(asked.organization, asked.account)
        if found is None:
            raise UnknownAccountError(
                f"account {asked.account!r} does not exist", fix="list the accounts of the organization"
            )
        return found

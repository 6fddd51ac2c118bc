"""The roles that an account may assume in addition to its own."""

from __future__ import annotations

from leastway.errors import InvalidInputError
from leastway.primitives import Arn
from leastway.registry import is_role_within
from leastway.service.caller import Caller, NotFoundError
from leastway.service.server import Server
from leastway.sessions import AllowedRole, SessionRequest
from leastway.store import AccountClaim, Transaction
from leastway.tenants import Permission

__all__ = ["add_role", "read_roles", "remove_role"]


def read_roles(server: Server, caller: Caller, organization: str, account: str) -> tuple[AllowedRole, ...]:
    """Return the roles that an account may assume in addition to its own. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        _check_account(transaction, organization, account)
        return transaction.account_roles.of(organization, account)


def add_role(server: Server, caller: Caller, organization: str, account: str, role: AllowedRole) -> None:
    """Let an account assume a role, from the next hand-out on; a role that is in the list is replaced.

    Errors: NotFoundError; InvalidInputError for what STS would refuse, a role outside the platform's prefix, or one in
    an AWS account that belongs to another organization.
    """
    caller.need(Permission.OPERATE, organization)
    SessionRequest(  # checks its parts
        organization,
        account,
        role.arn,
        "",
        role.session_name,
        role.external_id,
        role.duration,
        role.definition,
    )
    arn, prefix = Arn.parse(role.arn), server.platform.role_prefix
    if not is_role_within(arn, prefix):
        raise InvalidInputError(
            f"its name does not begin with {prefix}",
            where="role",
            fix=f"use a role whose name, and path if it has one, begin with {prefix}",
        )
    with server.store.writing() as transaction:
        _check_account(transaction, organization, account)
        if not transaction.claims.are_free(organization, [AccountClaim.of_account(arn.account)]):
            raise InvalidInputError("it is not available", where="role", fix="use a role of your own AWS accounts")
        transaction.account_roles.add(organization, account, role, at=transaction.now, by=caller.user.id)
        entry = caller.entry(
            transaction.now,
            "account.role-added",
            account,
            status=200,
            role=role.arn,
            definition=role.definition or "",
            session_name=role.session_name,
            duration=role.duration,
        )
        transaction.audit.append(entry)


def remove_role(
    server: Server, caller: Caller, organization: str, account: str, role: str, definition: str | None
) -> None:
    """Take a role from an account's list, from the next hand-out on. Errors: NotFoundError."""
    caller.need(Permission.OPERATE, organization)
    with server.store.writing() as transaction:
        _check_account(transaction, organization, account)
        if not transaction.account_roles.remove(organization, account, role, definition):
            raise NotFoundError(f"role {role} is not in the account's list", fix="list the roles of the account")
        entry = caller.entry(
            transaction.now, "account.role-removed", account, status=204, role=role, definition=definition or ""
        )
        transaction.audit.append(entry)


def _check_account(transaction: Transaction, organization: str, account: str) -> None:
    if transaction.accounts.find(organization, account) is None:
        raise NotFoundError(f"account {account!r} does not exist", fix="list the accounts of the organization")

"""Users of an organization and their tokens.

A token is shown once, when it is made; the store keeps its digest. Changes of a user's role and tokens take effect at
once: every request reads them.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime

from leastway.errors import InvalidInputError
from leastway.primitives import Secret
from leastway.service.caller import Caller, NotFoundError
from leastway.service.server import Server
from leastway.store import ConflictError, Transaction
from leastway.tenants import NewToken, Permission, Role, Token, User, UserKind

__all__ = [
    "add_service_user",
    "add_token",
    "change_role",
    "check_email",
    "need_tokens",
    "read_token",
    "read_tokens",
    "read_user",
    "read_users",
    "remove_user",
    "require_user",
    "revoke_token",
]


_LONGEST_EMAIL = 254
_MOST_ACCOUNTS = 32
"""Accounts of one token; an audit entry shows as many."""


def read_users(server: Server, caller: Caller, organization: str) -> tuple[User, ...]:
    """Return the users of the organization that are not removed."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        return tuple(user for user in transaction.tenants.users(organization) if user.disabled_at is None)


def read_user(server: Server, caller: Caller, organization: str, user: str) -> User:
    """Return a user. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        return require_user(transaction, organization, user)


def add_service_user(
    server: Server, caller: Caller, organization: str, *, name: str, email: str | None, role: Role
) -> User:
    """Create a service user, which acts by tokens."""
    caller.need(Permission.OWN, organization)
    with server.store.writing() as transaction:
        user = User(str(uuid.uuid4()), organization, UserKind.SERVICE, name, email, role, transaction.now)
        transaction.tenants.add_user(user)
        transaction.audit.append(caller.entry(transaction.now, "user.created", user.id, status=200, role=role.value))
    return user


def change_role(server: Server, caller: Caller, organization: str, user: str, role: Role) -> User:
    """Change a user's role, from the next request on. Errors: NotFoundError; InvalidInputError for the last owner."""
    caller.need(Permission.OWN, organization)
    with server.store.writing() as transaction:
        found = require_user(transaction, organization, user)
        if role is not Role.OWNER:
            _keep_an_owner(transaction, found)
        transaction.tenants.change_role(user, role)
        entry = caller.entry(
            transaction.now, "user.role-changed", user, status=200, role=role.value, before=found.role.value
        )
        transaction.audit.append(entry)
    return replace(found, role=role)


def remove_user(server: Server, caller: Caller, organization: str, user: str) -> None:
    """Remove a user: its tokens stop at once. Its id stays, for the audit log. Errors as `change_role`."""
    caller.need(Permission.OWN, organization)
    with server.store.writing() as transaction:
        _keep_an_owner(transaction, require_user(transaction, organization, user))
        transaction.tenants.disable_user(user, transaction.now)
        transaction.object_roles.remove_user(organization, user)
        transaction.audit.append(caller.entry(transaction.now, "user.removed", user, status=204))


def read_tokens(server: Server, caller: Caller, user: str) -> tuple[Token, ...]:
    """Return the tokens of a user that are not revoked. Users see their own, owners those of everyone."""
    with server.store.reading() as transaction:
        _need_tokens(transaction, caller, user)
        return tuple(token for token in transaction.tenants.tokens(user) if token.revoked_at is None)


def read_token(server: Server, caller: Caller, user: str, token: str) -> Token:
    """Return one token of a user, which is not the secret. Errors: NotFoundError."""
    for found in read_tokens(server, caller, user):
        if found.id == token:
            return found
    raise _no_token(token)


def add_token(
    server: Server,
    caller: Caller,
    user: str,
    *,
    identifier: str,
    description: str,
    expires_at: datetime | None,
    accounts: tuple[str, ...] | None = None,
) -> Secret:
    """Create a token and return it, this one time. `accounts` narrows it to hand-outs of these cloud accounts.

    Errors: ConflictError if the user has, or had, a token with this id; InvalidInputError for an expiry in the past, or
    an account that does not exist.
    """
    with server.store.writing() as transaction:
        holder = _need_tokens(transaction, caller, user)
        if holder.kind is UserKind.GROUP:
            raise InvalidInputError("a group has no tokens", fix="create a service user")
        if expires_at is not None and expires_at <= transaction.now:
            raise InvalidInputError("the token would have expired already", fix="give a time in the future")
        if any(token.id == identifier for token in transaction.tenants.tokens(user)):
            raise ConflictError(f"the user has or had a token {identifier!r}", fix="choose another id")
        if accounts is not None:
            _check_accounts(transaction, caller.organization, accounts)
        made = NewToken.generate()
        token = Token(
            identifier,
            holder.organization,
            user,
            description,
            transaction.now,
            caller.user.id,
            expires_at,
            accounts=accounts,
        )
        transaction.tenants.add_token(token, made.digest)
        transaction.audit.append(
            caller.entry(
                transaction.now,
                "token.created",
                identifier,
                status=200,
                user=user,
                expires_at="never" if expires_at is None else expires_at.isoformat(),
                accounts="all" if accounts is None else accounts,
            )
        )
    return made.secret


def revoke_token(server: Server, caller: Caller, user: str, token: str) -> None:
    """Revoke a token, from the next request on. Errors: NotFoundError."""
    with server.store.writing() as transaction:
        _need_tokens(transaction, caller, user)
        if not transaction.tenants.revoke_token(user, token, transaction.now):
            raise _no_token(token)
        transaction.audit.append(caller.entry(transaction.now, "token.revoked", token, status=204, user=user))


def check_email(email: str) -> None:
    """Errors: InvalidInputError if the text cannot be an e-mail address. Only a message to it would show that it is."""
    name, at, domain = email.rpartition("@")
    if (
        not (name and at and domain)
        or len(email) > _LONGEST_EMAIL
        or any(c.isspace() or not c.isprintable() for c in email)
    ):
        raise InvalidInputError("it is not an e-mail address", where="email", fix="write it as name@example.com")


def require_user(transaction: Transaction, organization: str, user: str) -> User:
    """Return a user or group that is not removed. Errors: NotFoundError."""
    found = transaction.tenants.user(organization, user)
    if found is None or found.disabled_at is not None:
        raise NotFoundError(f"user {user!r} does not exist", fix="list the users of the organization")
    return found


def need_tokens(caller: Caller, user: str) -> None:
    """Refuse everybody the tokens of others, but owners those of their organization. Errors: ForbiddenError."""
    if user != caller.user.id:
        caller.need(Permission.OWN)


def _need_tokens(transaction: Transaction, caller: Caller, user: str) -> User:
    """Return the user whose tokens are asked for. Errors: ForbiddenError, NotFoundError."""
    need_tokens(caller, user)
    return require_user(transaction, caller.organization, user)


def _check_accounts(transaction: Transaction, organization: str, accounts: tuple[str, ...]) -> None:
    """Errors: InvalidInputError for accounts that a token cannot be narrowed to."""
    if not 0 < len(accounts) <= _MOST_ACCOUNTS:
        raise InvalidInputError(
            f"a token names 1 to {_MOST_ACCOUNTS} accounts",
            where="accounts",
            fix="leave it out for a token without limits",
        )
    for account in accounts:
        if transaction.accounts.find(organization, account) is None:
            raise InvalidInputError(
                "one of the accounts does not exist", where="accounts", fix="name accounts of the organization by id"
            )


def _no_token(token: str) -> NotFoundError:
    return NotFoundError(f"token {token!r} does not exist", fix="list the tokens of the user")


def _keep_an_owner(transaction: Transaction, leaving: User) -> None:
    """Refuse to lose the last owner, also when two owners remove each other at the same moment."""
    transaction.tenants.lock(leaving.organization)
    owners = [
        user.id
        for user in transaction.tenants.users(leaving.organization)
        if user.role is Role.OWNER and user.disabled_at is None and user.kind is not UserKind.GROUP
    ]
    if owners == [leaving.id]:
        raise InvalidInputError("this is the organization's only owner", fix="make another user an owner first")

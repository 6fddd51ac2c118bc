"""People sign in with an e-mail address and a password, and get a token that expires.

1. Too many failures for one address: refused for a while, whoever asks, also what is being verified at that time.
2. The password is verified, in the same time for an unknown address.
3. A hash with outdated parameters is replaced.
4. A token of 12 hours is made, in a transaction in which the password is still the person's.

A wrong organization, address or password gets the same answer.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from leastway.audit import Actor, AuditedRequest, Entry
from leastway.primitives import Secret
from leastway.service.caller import Called, Caller, UnauthenticatedError
from leastway.service.people import check_email
from leastway.service.server import Server
from leastway.store import ConflictError, Transaction
from leastway.tenants import NewToken, Permission, Role, Token, User, UserKind

__all__ = ["SignedIn", "add_person", "change_password", "sign_in"]

_LIFETIME = timedelta(hours=12)
_PREFIX = "sign-in-"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The token of a person who signed in."""

    token: Secret
    expires_at: datetime


def sign_in(server: Server, called: Called, organization: str, email: str, password: Secret) -> SignedIn:
    """Return a token for the person with this address.

    Errors: UnauthenticatedError; ThrottledError after ten failures; LeastwayError if too many people sign in now.
    """
    address = (organization, email.lower())
    server.failures.check(address, server.clock.now())
    with server.store.reading() as transaction:
        found = transaction.tenants.person(organization, email)
    user, kept = found or (None, None)
    is_right = server.passwords.verify(kept, password)
    server.failures.check(address, server.clock.now())  # of those that were verified at the same time, too
    if not is_right or user is None or kept is None or user.disabled_at is not None:
        server.failures.add(address, server.clock.now())
        raise _wrong()
    server.failures.clear(address)
    newer = server.passwords.hash(password) if server.passwords.is_outdated(kept) else None
    with server.store.writing() as transaction:
        if not _is_still(transaction, organization, email, kept):
            raise _wrong()
        now = transaction.now
        made, expires_at = NewToken.generate(), now + _LIFETIME
        identifier = f"{_PREFIX}{uuid.uuid4()}"
        transaction.tenants.add_token(
            Token(identifier, organization, user.id, "Signed in with a password", now, user.id, expires_at), made.digest
        )
        if newer is not None:
            transaction.tenants.change_password(user.id, newer)
        request = AuditedRequest(called.method, called.path, 200)
        actor = Actor(user.id, identifier)
        transaction.audit.append(Entry(organization, now, actor, "user.signed-in", user.id, request=request))
    return SignedIn(made.secret, expires_at)


def add_person(
    server: Server, caller: Caller, organization: str, *, name: str, email: str, role: Role, password: Secret
) -> User:
    """Create a person who signs in with a password.

    Errors: InvalidInputError for an address or a password that is not valid; ConflictError if the address is taken.
    """
    caller.need(Permission.OWN, organization)
    check_email(email)
    kept = server.passwords.hash(password)
    with server.store.writing() as transaction:
        transaction.tenants.lock(organization)
        if transaction.tenants.person(organization, email) is not None:
            raise ConflictError("a person with this address exists already", fix="use another address")
        user = User(str(uuid.uuid4()), organization, UserKind.PERSON, name, email, role, transaction.now)
        transaction.tenants.add_user(user, kept)
        transaction.audit.append(caller.entry(transaction.now, "user.created", user.id, status=200, role=role.value))
    return user


def change_password(server: Server, caller: Caller, old: Secret, new: Secret) -> None:
    """Change the caller's own password, and revoke the tokens of all other sign-ins.

    Errors: UnauthenticatedError if `old` is wrong; InvalidInputError for a new one that is too short or long.
    """
    address = (caller.organization, (caller.user.email or "").lower())
    server.failures.check(address, server.clock.now())
    with server.store.reading() as transaction:
        found = transaction.tenants.person(caller.organization, caller.user.email or "")
    is_right = server.passwords.verify(found[1] if found else None, old)
    server.failures.check(address, server.clock.now())
    if not is_right:
        server.failures.add(address, server.clock.now())
        raise _wrong_old()
    kept = server.passwords.hash(new)
    with server.store.writing() as transaction:
        if found is None or not _is_still(transaction, caller.organization, caller.user.email or "", found[1]):
            raise _wrong_old()
        transaction.tenants.change_password(caller.user.id, kept)
        for token in transaction.tenants.tokens(caller.user.id):
            if token.id.startswith(_PREFIX) and token.id != caller.token.id:
                transaction.tenants.revoke_token(caller.user.id, token.id, transaction.now)
        transaction.audit.append(caller.entry(transaction.now, "user.password-changed", caller.user.id, status=204))


def _is_still(transaction: Transaction, organization: str, email: str, kept: str) -> bool:
    """Return whether the password that was verified is still the person's, until the transaction ends.

    Verifying takes a tenth of a second, in which the password may be changed or the person removed.
    """
    transaction.tenants.lock(organization)
    found = transaction.tenants.person(organization, email)
    return found is not None and found[1] == kept


def _wrong() -> UnauthenticatedError:
    return UnauthenticatedError("the address or the password is not correct", fix="check both, and the organization")


def _wrong_old() -> UnauthenticatedError:
    return UnauthenticatedError("the old password is not correct", fix="check it, or ask an owner")

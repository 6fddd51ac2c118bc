"""Runs the check of an account for a caller, and enters a failure in the audit log.

A new access key must work several times in a row before it replaces the one in use: AWS does not know a new key
everywhere at once, so one success proves little, and one failure, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from leastway.audit import Outcome
from leastway.errors import LeastwayError
from leastway.primitives import Clock
from leastway.reconcile import Convergence, NotConvergedError
from leastway.registry import AccountCredentials, RoleCredentials
from leastway.service.account_check import AccountCheck, AccountChecker, CheckFailedError, not_available
from leastway.service.caller import Caller
from leastway.service.outgoing import find_outgoing
from leastway.service.server import Server
from leastway.store import AccountClaim, Transaction

if TYPE_CHECKING:
    from leastway.verify import OutgoingAddress

__all__ = ["access_of", "checked_account", "take_checked"]

PROOF = Convergence(successes=3, interval=0.2, deadline=20)
"""How often a new key must work in a row, and for how many seconds AWS may not know it."""
_NOT_KNOWN = "InvalidClientTokenId"
"""AWS's error for a key that does not exist, or that it does not know yet (IAM User Guide, "Eventual consistency")."""


def checked_account(
    server: Server, caller: Caller, organization: str, account: str, credentials: AccountCredentials, is_new: bool
) -> AccountCheck:
    """Check credentials, a new key several times in a row, and enter a failure in the audit log.

    Errors: CheckFailedError; LeastwayError if no region is configured.
    """

    def is_free(claims: Iterable[AccountClaim]) -> bool:
        with server.store.reading() as transaction:
            return transaction.claims.are_free(organization, claims)

    checker = _checker(server)
    try:
        check = partial(checker.check, credentials, is_free)
        return proved(check, server.clock) if is_new else check()
    except CheckFailedError as error:
        with server.store.writing() as transaction:
            entry = caller.entry(
                transaction.now,
                "account.checked",
                account,
                status=400,
                outcome=Outcome.FAILED,
                reason=error.what,
                access=access_of(credentials),
            )
            transaction.audit.append(entry)
        raise


def _checker(server: Server) -> AccountChecker:
    settings = server.settings
    return AccountChecker(
        server.platform,
        settings.region or server.aws.configured_region(),
        server.aws.guests,
        server.aws.own_keys,
        _outgoing(server),
        settings.pretended_address,
    )


def _outgoing(server: Server) -> OutgoingAddress | None:
    """Return the outgoing address, or None where an echo service does not say it: that is a warning of the check."""
    try:
        return find_outgoing(server.settings, server.platform)
    except LeastwayError:
        return None


def take_checked(transaction: Transaction, organization: str, account: str, checked: AccountCheck | None) -> None:
    """Take what a passed check proves, and have new sessions made from now on.

    A customer may have revoked and restored the access since the sessions in memory were made: AWS then denies those,
    and nothing but their use shows it. Errors: CheckFailedError if another organization was faster.
    """
    if checked is None:
        return
    if not transaction.claims.take(organization, checked.claims):
        raise not_available(checked.role)
    transaction.accounts.renew_sessions(organization, account)


def access_of(credentials: AccountCredentials) -> str:
    """Return what the audit log shows of credentials: the role's ARN, or the id of the access key."""
    return credentials.role if isinstance(credentials, RoleCredentials) else credentials.key_id


def proved(check: Callable[[], AccountCheck], clock: Clock) -> AccountCheck:
    """Repeat the check of a new key until it passed several times in a row, and return the last one.

    Errors: CheckFailedError, at once for anything but a key that AWS does not know.
    """
    passed: list[AccountCheck] = []
    failed: list[CheckFailedError] = []

    def attempt() -> str | None:
        try:
            passed.append(check())
        except CheckFailedError as error:
            if _NOT_KNOWN not in error.what:
                raise
            failed.append(error)
            return error.what
        return None

    try:
        PROOF.wait(clock, attempt)
    except NotConvergedError:
        if failed:
            raise failed[-1] from None
        raise
    return passed[-1]

"""The proof of a new access key, before it replaces the one in use: several successes in a row.

AWS does not know a new key everywhere at once, so one success proves little, and one failure, too.
"""

from __future__ import annotations

from collections.abc import Callable

from leastway.primitives import Clock
from leastway.reconcile import Convergence, NotConvergedError
from leastway.service.account_check import AccountCheck, CheckFailedError

__all__ = ["PROOF", "proved"]

PROOF = Convergence(successes=3, interval=0.2, deadline=20)
"""How often a new key must work in a row, and for how many seconds AWS may not know it."""
_NOT_KNOWN = "InvalidClientTokenId"
"""AWS's error for a key that does not exist, or that it does not know yet (IAM User Guide, "Eventual consistency")."""


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

"""Replacing the wrapping key: the data key of every stored credential is wrapped again, by today's key.

The credentials themselves are not sealed again. Both keys open meanwhile, so the server can run; what it seals with an
old key meanwhile is found too. Which credentials are done is known from the rows, so it can be killed anywhere, and run
again to the same end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from leastway.audit import SERVER, Actor, Detail, Entry
from leastway.custody import Custody
from leastway.ports import DamagedError, SealedSecret, SecretPlace
from leastway.service.server import open_used_store
from leastway.service.settings import ServerSettings
from leastway.store import PlatformStore

__all__ = ["Rewrapped", "rewrap", "rewrap_database"]

_AT_ONCE = 16
"""Each can be a state of 64 MiB."""


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """How many credentials were wrapped again, by which key, and those that do not open and were left as they are."""

    count: int
    wrapping_key: str
    damaged: tuple[DamagedError, ...]


def rewrap_database(settings: ServerSettings, progress: Callable[[int], None] = lambda _: None) -> Rewrapped:
    """Wrap every credential of a server's database again. Errors as `rewrap`; InvalidInputError if there is none."""
    with open_used_store(settings) as (store, custody):
        return rewrap(store, custody, progress)


def rewrap(store: PlatformStore, custody: Custody, progress: Callable[[int], None] = lambda _: None) -> Rewrapped:
    """Wrap every credential by the key of `custody`; `progress` is called with the number so far.

    Errors: LeastwayError if a key is missing or out of reach: what was done stays, run it again.
    """
    count = 0
    while True:
        done, damaged = _one_pass(store, custody, count, progress)
        count += done
        if not done:
            return Rewrapped(count, custody.wrapping_key, tuple(damaged.values()))


def _one_pass(
    store: PlatformStore, custody: Custody, before: int, progress: Callable[[int], None]
) -> tuple[int, dict[SecretPlace, DamagedError]]:
    """Go through all credentials once; another pass finds those that were sealed by an old key meanwhile."""
    count, damaged, after = 0, dict[SecretPlace, DamagedError](), None
    while True:
        with store.reading() as transaction:
            found = transaction.secrets.not_wrapped_by(custody.wrapping_key, _AT_ONCE, after)
        if not found:
            return count, damaged
        again: list[tuple[SealedSecret, SealedSecret]] = []
        for sealed in found:
            try:
                again.append((sealed, custody.rewrap(sealed)))
            except DamagedError as error:
                damaged[sealed.place] = error
        count += _store(store, custody, again)
        progress(before + count)
        after = found[-1].place


def _store(store: PlatformStore, custody: Custody, again: list[tuple[SealedSecret, SealedSecret]]) -> int:
    if not again:
        return 0
    with store.writing() as transaction:
        count = sum(transaction.secrets.replace_wrapping(old, new) for old, new in again)
        before = tuple(sorted({old.wrapping_key for old, _ in again}))
        details: dict[str, Detail] = {
            "count": count,
            "wrapping_key": custody.wrapping_key,
            "wrapping_keys_before": before,
        }
        entry = Entry(SERVER, transaction.now, Actor(), "credentials.rewrapped", custody.wrapping_key, details=details)
        transaction.audit.append(entry)
    return count

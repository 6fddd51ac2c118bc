"""Opens the audit logs of a server: their key, the records of what was published, and the ledger.

The signing key is in custody, so that processes that share a database have the same one. Who has it can sign any tree,
but cannot change what others have kept: see `docs/audit.md`.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from leastway.audit import SERVER, Entry
from leastway.broker.ledger import Ledger
from leastway.broker.logs import (
    SERVER_NAME,
    LogCopies,
    LogKeeper,
    LogPlace,
    LogWitnesses,
    Record,
    Records,
    Sequencer,
    ended_logs,
)
from leastway.custody import Custody
from leastway.ports import Holder, HolderKind, SecretPlace
from leastway.primitives import Secret
from leastway.published import Witness
from leastway.store import ConflictError, PlatformStore, Transaction
from leastway.tlog import Signer

__all__ = ["LOG_KEY", "Logs", "add_log_key", "open_logs"]

_log = logging.getLogger("leastway.audit")

_FOLDER = "audit"
LOG_KEY = Holder(SERVER, HolderKind.SERVER, "audit-logs")
"""Whose versions are the keys that sign the logs; the newest one does."""
_KEY_SIZE = 32


@dataclass(frozen=True, slots=True)
class Logs:
    """The ledger, which commits entries, the keeper of their logs, and the copies and witnesses that are wanted."""

    ledger: Ledger
    keeper: LogKeeper
    copies: LogCopies | None = None
    witnesses: LogWitnesses | None = None

    def published(self, organization: str) -> Record | None:
        """Return the checkpoint that is shown: the newest that the witnesses were asked for, or the newest."""
        newest = self.keeper.published(organization)
        signed = None if self.witnesses is None else self.witnesses.signed(organization)
        return signed if signed is not None and newest is not None and signed.number == newest.number else newest


@contextmanager
def open_logs(
    data: Path,
    store: PlatformStore,
    custody: Custody,
    before_batch: Callable[[Transaction], None],
    place: Callable[[str], LogPlace] | None = None,
    witnesses: Sequence[Witness] = (),
    *,
    signs: bool = True,
) -> Iterator[Logs]:
    """Open the logs of a store whose server has this data folder. `before_batch` is the ledger's.

    `place` returns where the log of a path is copied to; `witnesses` are asked to sign. Without `signs` no key is
    opened, and another process gives entries their positions. Errors: LeastwayError if the keys or the records cannot
    be read.
    """
    records = Records(data / _FOLDER)
    keys = _keys(store, custody) if signs else ()
    sequencer = _sequencer(keys, records) if keys else None
    with ExitStack() as opened:
        copies = None if place is None else opened.enter_context(LogCopies(store, place))
        follow = None if copies is None else copies.offer
        asked = opened.enter_context(LogWitnesses(store, witnesses, follow)) if witnesses else None
        if asked is not None:
            follow = asked.offer
        keeper = opened.enter_context(LogKeeper(store, sequencer, records, on_published=follow))
        if len(keys) > 1:
            _forget_earlier(store, *keys[0])
        if follow is not None:
            _offer_all(store, keeper, follow)
        yield Logs(opened.enter_context(Ledger(store, before_batch, logs=keeper)), keeper, copies, asked)


def _offer_all(store: PlatformStore, keeper: LogKeeper, offer: Callable[[Record], None]) -> None:
    """Take further what was published before this start."""
    with store.reading() as transaction:
        organizations = tuple(transaction.audit.heads())
        ended = ended_logs(transaction)
    for record in ended:
        offer(record)
    for organization in organizations:
        if (published := keeper.published(organization)) is not None:
            offer(published)


def _sequencer(keys: Sequence[tuple[SecretPlace, Secret]], records: Records) -> Sequencer:
    """Return what sequences with the newest of the keys, which come first."""
    (place, key), *earlier = keys
    name = f"leastway-{hashlib.sha256(_signer('key', key).key.public_key).hexdigest()[:8]}"
    _log.info("the audit logs are signed by %s", _signer(f"{name}/{SERVER_NAME}", key).key)
    return Sequencer(
        name,
        partial(_signer, key=key),
        records,
        earlier=[partial(_signer, key=old) for _, old in earlier],
        is_current=lambda transaction: transaction.secrets.versions(LOG_KEY)[-1].place == place,
    )


def _signer(origin: str, key: Secret) -> Signer:
    return Signer(origin, base64.b64decode(key.reveal()))


def _forget_earlier(store: PlatformStore, place: SecretPlace, key: Secret) -> None:
    """Delete the keys from before, once no log grows by one of them."""
    with store.writing() as transaction:
        heads = transaction.audit.heads().values()
        if all(head.key == str(_signer(head.origin, key).key) for head in heads):
            transaction.secrets.delete_before(place)


def _keys(store: PlatformStore, custody: Custody) -> tuple[tuple[SecretPlace, Secret], ...]:
    """Return the signing keys, the newest first; the first start makes one."""
    with store.reading() as transaction:
        places = [one.place for one in reversed(transaction.secrets.versions(LOG_KEY))]
        sealed = [transaction.secrets.sealed(place) for place in places]
    if sealed:
        return tuple((one.place, custody.open(one)) for one in sealed if one is not None)
    try:
        return (add_log_key(store, custody),)
    except ConflictError:  # another process made one at the same moment
        return _keys(store, custody)


def add_log_key(store: PlatformStore, custody: Custody, *entries: Entry) -> tuple[SecretPlace, Secret]:
    """Store a new signing key, which the logs have from their next start on, with audit entries. ConflictError."""
    with store.reading() as transaction:
        place = SecretPlace(LOG_KEY, transaction.secrets.next_version(LOG_KEY))
    made = Secret(base64.b64encode(secrets.token_bytes(_KEY_SIZE)).decode())
    sealed = custody.seal(place, made)
    with store.writing() as transaction:
        transaction.secrets.add(sealed, "")
        transaction.audit.append(*entries)
    return place, made

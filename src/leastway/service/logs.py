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
from pathlib import Path

from leastway.audit import SERVER
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
)
from leastway.custody import Custody
from leastway.ports import Holder, HolderKind, SecretPlace
from leastway.primitives import Secret
from leastway.published import Witness
from leastway.store import ConflictError, PlatformStore, Transaction
from leastway.tlog import Signer

__all__ = ["Logs", "open_logs"]

_log = logging.getLogger("leastway.audit")

_FOLDER = "audit"
_KEY = SecretPlace(Holder(SERVER, HolderKind.SERVER, "audit-logs"), 1)
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
) -> Iterator[Logs]:
    """Open the logs of a store whose server has this data folder. `before_batch` is the ledger's.

    `place` returns where the log of a path is copied to; `witnesses` are asked to sign. Errors: LeastwayError if the
    key or the records cannot be read.
    """
    key = _key(store, custody)
    name = f"leastway-{hashlib.sha256(_signer('key', key).key.public_key).hexdigest()[:8]}"
    records = Records(data / _FOLDER)
    sequencer = Sequencer(name, lambda origin: _signer(origin, key), records)
    _log.info("the audit logs are signed by %s", _signer(f"{name}/{SERVER_NAME}", key).key)
    with ExitStack() as opened:
        copies = None if place is None else opened.enter_context(LogCopies(store, place))
        follow = None if copies is None else copies.offer
        asked = opened.enter_context(LogWitnesses(store, witnesses, follow)) if witnesses else None
        if asked is not None:
            follow = asked.offer
        keeper = opened.enter_context(LogKeeper(store, sequencer, records, on_published=follow))
        if follow is not None:
            _offer_all(store, keeper, follow)
        yield Logs(opened.enter_context(Ledger(store, before_batch, logs=keeper)), keeper, copies, asked)


def _offer_all(store: PlatformStore, keeper: LogKeeper, offer: Callable[[Record], None]) -> None:
    """Take further what was published before this start."""
    with store.reading() as transaction:
        organizations = tuple(transaction.audit.heads())
    for organization in organizations:
        record = keeper.published(organization)
        if record is not None:
            offer(record)


def _signer(origin: str, key: Secret) -> Signer:
    return Signer(origin, base64.b64decode(key.reveal()))


def _key(store: PlatformStore, custody: Custody) -> Secret:
    """Return the signing key, which the first start makes."""
    with store.reading() as transaction:
        sealed = transaction.secrets.sealed(_KEY)
    if sealed is not None:
        return custody.open(sealed)
    made = Secret(base64.b64encode(secrets.token_bytes(_KEY_SIZE)).decode())
    try:
        with store.writing() as transaction:
            transaction.secrets.add(custody.seal(_KEY, made), "")
    except ConflictError:  # another process made one at the same moment
        return _key(store, custody)
    return made

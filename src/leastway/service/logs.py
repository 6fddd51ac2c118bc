"""Opens the audit logs of a server: their key, the records of what was published, and the ledger.

The signing key is a file in the data folder, mode 0600; processes that share a database need the same one. Who has it
can sign any tree, but cannot change what others have kept: see `docs/audit.md`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from leastway.broker.ledger import Ledger
from leastway.broker.logs import LogKeeper, Record, Records, Sequencer
from leastway.errors import LeastwayError
from leastway.primitives import Secret, read_file, write_private
from leastway.store import PlatformStore, Transaction
from leastway.tlog import Signer

__all__ = ["Logs", "open_logs"]

_FOLDER = "audit"
_KEY_FILE = "log-key"
_KEY_SIZE = 32


@dataclass(frozen=True, slots=True)
class Logs:
    """The ledger, which commits entries, and the keeper of the logs that they are in."""

    ledger: Ledger
    keeper: LogKeeper


@contextmanager
def open_logs(
    data: Path,
    store: PlatformStore,
    before_batch: Callable[[Transaction], None],
    on_published: Callable[[Record], None] | None = None,
) -> Iterator[Logs]:
    """Open the logs of a store whose server has this data folder. `before_batch` is the ledger's.

    Errors: LeastwayError if the key or the records cannot be read, or the key is not the one of other processes.
    """
    key = _key(data / _FOLDER / _KEY_FILE)
    name = f"leastway-{hashlib.sha256(_signer('key', key).key.public_key).hexdigest()[:8]}"
    records = Records(data / _FOLDER)
    sequencer = Sequencer(name, lambda origin: _signer(origin, key), records)
    with (
        LogKeeper(store, sequencer, records, on_published=on_published) as keeper,
        Ledger(store, before_batch, logs=keeper) as ledger,
    ):
        yield Logs(ledger, keeper)


def _signer(origin: str, key: Secret) -> Signer:
    return Signer(origin, base64.b64decode(key.reveal()))


def _key(path: Path) -> Secret:
    """Return the signing key, which the first start makes."""
    if not path.exists():
        try:
            write_private(path, base64.b64encode(secrets.token_bytes(_KEY_SIZE)).decode() + "\n")
        except OSError as error:
            raise LeastwayError(
                f"the signing key of the audit logs cannot be written: {error.strerror}",
                where=str(path),
                fix="check the folder's permissions and the disk's space",
            ) from error
    text = read_file(path, limit=1000).decode("utf-8", "replace").strip()
    try:
        is_key = len(base64.b64decode(text, validate=True)) == _KEY_SIZE
    except (binascii.Error, ValueError):
        is_key = False
    if not is_key:
        raise LeastwayError(
            "the file is not a signing key of audit logs",
            where=str(path),
            fix="restore it; if it is lost, move the file away, and each log goes on as a new one with a new key",
        )
    return Secret(text)

"""Opens a published log by its folder or URL, and its keys by their text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from leastway.errors import InvalidInputError, LeastwayError
from leastway.primitives import Secret, read_file
from leastway.published import FolderLog, UrlLog
from leastway.tlog import CHECKPOINT, Checkpoint, VerifierKey, read_checkpoint

if TYPE_CHECKING:
    from leastway.aws.log_bucket import BucketLog

__all__ = ["Log", "earlier_checkpoint", "key_of", "keys_in", "open_log", "open_log_of", "published_checkpoint"]

Log: TypeAlias = "FolderLog | UrlLog | BucketLog"

_LIMIT = 1 << 20
_NUMBERED = re.compile(r"/.+/([1-9][0-9]*)$")
_BELOW = re.compile(r"/logs/[1-9][0-9]*$")


@contextmanager
def open_log(where: str, token: Secret | None = None) -> Iterator[Log]:
    """Open the log in a folder, in a bucket or at a URL. Errors: InvalidInputError if it is none of them."""
    if where.startswith("s3://"):
        from leastway.aws import configured_region
        from leastway.aws.log_bucket import LogBucket

        yield LogBucket(where, configured_region()).log()
        return
    if "://" in where:
        log = UrlLog(where, token)
        try:
            yield log
        finally:
            log.close()
        return
    folder = Path(where)
    if not folder.is_dir():
        raise InvalidInputError("it is not the folder of a log", where=where, fix="give a folder, or a URL")
    yield FolderLog(folder)


@contextmanager
def open_log_of(where: str, key: VerifierKey, token: Secret | None = None) -> Iterator[Log]:
    """Open the log that a key names: in `where`, or in `logs/NUMBER` next to or below it. Errors: LeastwayError.

    The key's name ends with the number, except that of an organization's first log.
    """
    with open_log(where, token) as log:
        data = log.read(CHECKPOINT)
        if data is None or data.startswith(f"{key.name}\n".encode()):
            yield log
            return
    with open_log(_elsewhere(where, key, token), token) as log:
        yield log


def _elsewhere(where: str, key: VerifierKey, token: Secret | None) -> str:
    """Return where the log of the key is, if it is not in `where`."""
    found = _NUMBERED.search(key.name)
    base = _BELOW.sub("", where.rstrip("/"))
    numbered = f"{base}/logs/{found[1] if found else 1}"
    if "://" not in numbered and not Path(numbered).is_dir():
        return base if Path(base, CHECKPOINT).is_file() else where
    with open_log(numbered, token) as log:
        return numbered if log.read(CHECKPOINT) is not None else base


def keys_in(texts: Iterable[str]) -> tuple[VerifierKey, ...]:
    """Return the verifier keys in these lines. Errors: InvalidInputError."""
    return tuple(map(VerifierKey.read, texts))


def key_of(where: str, token: Secret | None = None) -> str:
    """Return the key that a log's server or folder names. Errors: LeastwayError if it names none."""
    with open_log(where, token) as log:
        found = log.read("key")
    if found is None:
        raise LeastwayError("the log names no key", where=where, fix="ask its owner for the verifier key")
    return str(VerifierKey.read(found.decode("utf-8", "replace")))


def earlier_checkpoint(path: Path, key: VerifierKey) -> Checkpoint:
    """Return a checkpoint of the same log that somebody kept. Errors: LeastwayError if it is not signed by the log."""
    return read_checkpoint(read_file(path, limit=_LIMIT, pipes=True), key, where=str(path)).checkpoint


def published_checkpoint(log: Log, key: VerifierKey) -> tuple[Checkpoint, str]:
    """Return the log's checkpoint, and its text as it is signed. Errors: LeastwayError if it has none, or another's."""
    data = log.read(CHECKPOINT)
    if data is None:
        raise LeastwayError("the log has no checkpoint", where=log.where, fix="check the folder or the URL")
    return read_checkpoint(data, key, where=f"{log.where}/{CHECKPOINT}").checkpoint, data.decode()

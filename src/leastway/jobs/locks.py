"""The lock of an engine's SQLite file: a second engine on the same file would run a running step again."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leastway.errors import LeastwayError

__all__ = ["only_process"]


@contextmanager
def only_process(path: Path) -> Iterator[None]:
    """Hold the lock file next to `path`; the system releases it however this process ends.

    Errors: LeastwayError if another process holds it, or if it cannot be written.
    """
    lock = path.with_name(f"{path.name}.lock")
    try:
        opened = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _unwritable(lock, error) from error
    try:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise _unwritable(lock, error) from error
            raise LeastwayError(
                "another process is working on it",
                where=str(path),
                fix="wait until it has ended, then run the same command again",
            ) from error
        yield
    finally:
        os.close(opened)


def _unwritable(lock: Path, error: OSError) -> LeastwayError:
    return LeastwayError(
        f"the lock file cannot be used: {error.strerror}", where=str(lock), fix="check that its folder is writable"
    )

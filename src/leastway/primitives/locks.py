"""Locks that end with their holder, however it ends: on a file, and by number in PostgreSQL.

Source: flock(2); PostgreSQL, "Advisory Locks".
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

from leastway.errors import LeastwayError

__all__ = ["FileLock", "advisory_key", "held_alone"]


class FileLock:
    """A lock file, for the owner only, which is created if it does not exist and stays. Use it in `with`."""

    def __init__(self, path: Path) -> None:
        """Open the file, without locking it. Raises OSError."""
        self._opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def take(self) -> bool:
        """Lock the file, or return False if another process holds it. Raises OSError."""
        try:
            fcntl.flock(self._opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
            return False
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        os.close(self._opened)


@contextmanager
def held_alone(path: Path, taken: LeastwayError) -> Iterator[None]:
    """Hold a lock file until the block ends.

    Errors: `taken` if another process holds it; LeastwayError if it cannot be opened or locked.
    """
    with ExitStack() as held:
        try:
            is_taken = held.enter_context(FileLock(path)).take()
        except OSError as error:
            raise LeastwayError(
                f"the lock file cannot be used: {error.strerror}",
                where=str(path),
                fix="check the permissions of its folder",
            ) from error
        if not is_taken:
            raise taken
        yield


def advisory_key(about: str) -> int:
    """Return the number of PostgreSQL's advisory lock for `about`: 64 bits, signed."""
    return int.from_bytes(hashlib.sha256(f"leastway {about}".encode()).digest()[:8], signed=True)

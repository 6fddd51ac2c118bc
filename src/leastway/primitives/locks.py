"""Locks that end with their holder, however it ends: on a file, and by number in PostgreSQL.

Source: flock(2); PostgreSQL, "Advisory Locks".
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
from pathlib import Path
from typing import Self

__all__ = ["FileLock", "advisory_key"]


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


def advisory_key(about: str) -> int:
    """Return the number of PostgreSQL's advisory lock for `about`: 64 bits, signed."""
    return int.from_bytes(hashlib.sha256(f"leastway {about}".encode()).digest()[:8], signed=True)

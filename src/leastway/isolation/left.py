"""Files that a sandbox left, read without trusting them: it may have put links, pipes or endless files there."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from leastway.errors import LeastwayError

__all__ = ["read_left"]


def read_left(folder: Path, name: str, *, limit: int) -> bytes:
    """Return the content of the file `name`, a relative path, in `folder`, which was writable in a sandbox.

    Raises LeastwayError if it is missing, is not a regular file, lies behind a link, or has more than `limit` bytes.
    """
    where = os.fspath(folder / name)
    parts = Path(name).parts
    if not parts or Path(name).is_absolute() or ".." in parts:
        raise LeastwayError("a file that a sandbox left must have a relative path", where=where)
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for index, part in enumerate(parts):
            kind = os.O_DIRECTORY if index < len(parts) - 1 else os.O_NONBLOCK  # a pipe must not block
            inner = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | kind, dir_fd=opened)
            os.close(opened)
            opened = inner
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise LeastwayError("what a sandbox left is not a regular file", where=where)
        with os.fdopen(os.dup(opened), "rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise LeastwayError(f"what a sandbox left cannot be read: {error.strerror}", where=where) from error
    finally:
        os.close(opened)
    if len(content) > limit:
        raise LeastwayError(f"what a sandbox left has more than {limit} bytes", where=where)
    return content

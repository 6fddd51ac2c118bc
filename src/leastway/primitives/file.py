"""Reading a file given by the user, with limits on time and size, and only if it is a regular file or a pipe.

A pipe is accepted if the caller asks for it, for the shell's `<(...)`; it must have a writer that soon writes.
"""

from __future__ import annotations

import os
import select
import stat
import time
from pathlib import Path

from leastway.errors import InvalidInputError

__all__ = ["FOR_A_WRITER", "PATIENCE", "read_file"]

PATIENCE = 60.0
"""Seconds that a pipe may be silent before reading fails: its writer may be waiting for AWS."""
FOR_A_WRITER = 2.0
"""Seconds that a pipe may be without a writer."""
_PIECE = 1 << 20


def read_file(path: Path, *, limit: int, pipes: bool = False) -> bytes:
    """Return the content of the file at `path`, or with `pipes` of the pipe.

    Raises InvalidInputError if it cannot be read, is of another kind, or has more than `limit` bytes.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            mode = os.fstat(descriptor).st_mode
            if stat.S_ISREG(mode):
                content = _all(descriptor, limit)
            elif pipes and stat.S_ISFIFO(mode):
                content = _from_pipe(descriptor, limit, path)
            else:
                raise InvalidInputError("is not a regular file", where=str(path), fix="give a file")
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:  # ValueError: the path has a null byte
        why = (error.strerror if isinstance(error, OSError) else None) or "unknown error"
        raise InvalidInputError(
            f"cannot be read: {why.lower()}", where=str(path), fix="check the path and its permissions"
        ) from error
    if len(content) > limit:
        what = f"is larger than {limit:,} bytes, the limit for this kind of file"
        raise InvalidInputError(what, where=str(path), fix="check that this is the right file")
    return content


def _all(descriptor: int, limit: int) -> bytes:
    pieces: list[bytes] = []
    left = limit + 1
    while left > 0 and (piece := os.read(descriptor, min(left, _PIECE))):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def _from_pipe(descriptor: int, limit: int, path: Path) -> bytes:
    pieces: list[bytes] = []
    left = limit + 1
    began = time.monotonic()
    while left > 0:
        try:
            piece = os.read(descriptor, min(left, _PIECE))
        except BlockingIOError:  # a writer has it open, but wrote nothing yet
            if not select.select([descriptor], [], [], PATIENCE)[0]:
                raise _silent(path) from None
            continue
        if piece:
            pieces.append(piece)
            left -= len(piece)
        elif pieces:
            break
        elif time.monotonic() - began > FOR_A_WRITER:
            raise _silent(path)
        else:
            time.sleep(0.02)
    return b"".join(pieces)


def _silent(path: Path) -> InvalidInputError:
    return InvalidInputError("is a pipe without a writer", where=str(path), fix="give a file")

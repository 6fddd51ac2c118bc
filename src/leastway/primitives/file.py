"""Reading a file that somebody named: never for ever, never without an end, and never what is no file.

A pipe is taken where the caller says so, for the shell's `<(...)`; it must have a writer who says something soon.
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
"""Seconds that a pipe may be silent before it is given up: a program at its other end may ask AWS meanwhile."""
FOR_A_WRITER = 2.0
"""Seconds that a pipe may be without anybody at its other end."""
_PIECE = 1 << 20


def read_file(path: Path, *, limit: int, pipes: bool = False) -> bytes:
    """Return what is in the file at `path`, or with `pipes` what comes out of the pipe.

    InvalidInputError for what cannot be read, what is neither, and what holds over `limit` bytes.
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
                raise InvalidInputError("is no regular file", where=str(path), fix="name a file")
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:  # a ValueError for a path with a zero byte in it
        why = (error.strerror if isinstance(error, OSError) else None) or "unknown error"
        raise InvalidInputError(
            f"cannot be read: {why.lower()}", where=str(path), fix="check the path and who may read it"
        ) from error
    if len(content) > limit:
        what = f"is over {limit:,} bytes, which no such file needs"
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
        except BlockingIOError:  # somebody has it open, and says nothing yet
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
    return InvalidInputError("is a pipe into which nobody writes", where=str(path), fix="name a file")

"""A log's files in a folder."""

from __future__ import annotations

import os
from pathlib import Path

from leastway.errors import LeastwayError
from leastway.primitives import read_file

__all__ = ["FolderLog"]

_LIMIT = 32 << 20
"""Bytes: a bundle of 256 of the longest entries has 16.8 million."""


class FolderLog:
    """The files of a log below a folder, by the paths of tlog-tiles."""

    def __init__(self, folder: Path) -> None:
        self.where = str(folder)
        self._folder = folder

    def read(self, path: str) -> bytes | None:
        """Return a file, or None where there is none. Errors: LeastwayError if it cannot be read."""
        file = self._folder / path
        if not os.path.lexists(file):
            return None
        return read_file(file, limit=_LIMIT)

    def write(self, path: str, data: bytes) -> None:
        """Write a file durably, completely or not at all. Errors: LeastwayError."""
        file = self._folder / path
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            partial = file.with_name(f".{file.name}.partial")
            with partial.open("wb") as opened:
                opened.write(data)
                opened.flush()
                os.fsync(opened.fileno())
            partial.replace(file)
        except OSError as error:
            raise LeastwayError(
                f"the file cannot be written: {error.strerror}",
                where=str(file),
                fix="check the folder's permissions and the disk's space",
            ) from error

    def delete(self, path: str) -> None:
        """Delete a file, if there is one. Errors: LeastwayError."""
        file = self._folder / path
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            raise LeastwayError(
                f"the file cannot be deleted: {error.strerror}", where=str(file), fix="check the folder's permissions"
            ) from error

"""The file of a SQLite database stays the one that was opened.

SQLite goes on with a file that was removed or replaced: what it commits is lost with the process, and what others write
to the new file, such as a kill switch, is never seen.
Source: SQLite, "How To Corrupt An SQLite Database File", 4.1 "Unlinking or renaming a database file while in use".
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from leastway.errors import OutOfReachError

__all__ = ["SameFile"]


class SameFile:
    """Remembers which file a SQLite database has; of another database it knows nothing."""

    def __init__(self, engine: Engine) -> None:
        path = engine.url.database if engine.dialect.name == "sqlite" else None
        self._path = path if path and path != ":memory:" else None
        self._opened = None if self._path is None else _identity(self._path)

    def check(self) -> None:
        """Errors: OutOfReachError if the file was removed or replaced."""
        if self._path is not None and _identity(self._path) != self._opened:
            raise OutOfReachError(
                "the file of the database was removed or replaced while it is in use",
                where=self._path,
                fix="put the file back, or stop the server, restore a backup and start it again",
            )


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino

"""Folders of runs: nobody but this server lists them, and the user of the sandboxes can pass through them.

A server that is root has sandboxes of another user, who must reach the folder of a run. So these folders are not in the
server's own data folder, which nobody else may enter.
"""

from __future__ import annotations

import hashlib
import os
import stat
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from leastway.errors import LeastwayError
from leastway.primitives import held_alone

__all__ = ["RECORD", "OwnFolder", "folder_of_runs", "is_left_in", "make_passable_folder"]

RECORD: Final = "attempt.json"
"""The file of a run's folder with the record of its attempt."""
_PASSABLE: Final = 0o711
_SHARED: Final = Path("/var/tmp")  # noqa: S108 - the owner and the mode of what is made there are checked


def folder_of_runs(data: Path) -> Path:
    """Return where the runs of a server with this data folder are."""
    if os.geteuid() != 0:
        return data.absolute() / "runs"
    return _SHARED / f"leastway-runs-{hashlib.sha256(os.fsencode(data.absolute())).hexdigest()[:16]}"


def make_passable_folder(path: Path) -> None:
    """Make a folder that others can pass through and not list. Errors: LeastwayError if it is somebody else's."""
    try:
        path.mkdir(mode=_PASSABLE, parents=True, exist_ok=True)
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise LeastwayError(
                "the folder of runs belongs to somebody else",
                where=str(path),
                fix="find out who made it, and remove it",
            )
        path.chmod(_PASSABLE)
    except OSError as error:
        raise LeastwayError(
            f"the folder of runs cannot be made: {error.strerror}", where=str(path), fix="give another one"
        ) from error


def is_left_in(folder: Path) -> bool:
    """Return whether the folder of a run has the record of an attempt."""
    return (folder / RECORD).is_file()


class OwnFolder:
    """The folder of runs, which one process uses at a time. Thread-safe.

    Another one would answer the supervisors of the runs here, and with another store it would remove their folders.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: ExitStack | None = None
        self._taking = threading.Lock()

    def take(self) -> None:
        """Make the folder and hold it until it is released. Errors: LeastwayError if another server uses it."""
        with self._taking:
            if self._held is not None:
                return
            make_passable_folder(self._path)
            taken = LeastwayError(
                "another server uses the folder of runs",
                where=str(self._path),
                fix="give each server a folder of its own with --run-folder",
            )
            held = ExitStack()
            held.enter_context(held_alone(self._path / "lock", taken))
            self._held = held

    def release(self) -> None:
        """Let another process use the folder."""
        with self._taking:
            if self._held is not None:
                self._held.close()
                self._held = None

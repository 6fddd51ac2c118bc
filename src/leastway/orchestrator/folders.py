"""Folders of runs: nobody but this server lists them, and the user of the sandboxes can pass through them.

A server that is root has sandboxes of another user, who must reach the folder of a run. So these folders are not in the
server's own data folder, which nobody else may enter.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import Final

from leastway.errors import LeastwayError

__all__ = ["RECORD", "folder_of_runs", "is_left_in", "make_passable_folder"]

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

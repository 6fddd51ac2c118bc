"""Files that hold what must be neither lost nor seen."""

from __future__ import annotations

import errno
import os
from pathlib import Path

__all__ = ["make_private_folder", "write_private"]


def make_private_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for the owner alone (mode 0700). Raises OSError.

    One that is there stays as it is: it may be somebody else's, or the whole of /tmp.
    """
    for each in reversed([folder, *folder.parents]):
        if not each.is_dir():
            each.mkdir(mode=0o700, exist_ok=True)


def write_private(path: Path, text: str) -> None:
    """Write `text` for the owner alone (mode 0600), durably, whole or not at all; missing folders are made (0700).

    Raises OSError, also where something is in the way that is no file: a device is not replaced. What a kill leaves
    half written beside `path` is gone with the next write of it.
    """
    make_private_folder(path.parent)
    if path.exists() and not path.is_file():
        raise OSError(errno.EEXIST, "it is there, and is no file", str(path))
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        partial.unlink(missing_ok=True)
        raise
    partial.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

"""Private files for data that must neither be lost nor be visible to others."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

__all__ = ["make_private_folder", "new_private_file", "rename_private", "write_private"]


def make_private_folder(folder: Path) -> None:
    """Create a folder and its missing parents, for the owner only (mode 0700). Raises OSError.

    An existing folder is not changed: it may belong to someone else, or be /tmp itself.
    """
    for each in reversed([folder, *folder.parents]):
        if not each.is_dir():
            each.mkdir(mode=0o700, exist_ok=True)


def write_private(path: Path, text: str) -> None:
    """Write `text` for the owner only, durably, completely or not at all; missing folders are created (0700).

    Raises OSError, also if `path` exists and is not a file: a device is not replaced. A partial file that an
    interrupted write left in the folder is deleted by the next write of `path`.
    """
    make_private_folder(path.parent)
    if path.exists() and not path.is_file():
        raise OSError(errno.EEXIST, "it exists and is not a file", str(path))
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
    rename_private(partial, path)


def rename_private(path: Path, target: Path) -> None:
    """Rename a file within its folder, durably; an existing `target` is replaced. Raises OSError."""
    path.replace(target)
    _sync_folder(target.parent)


@contextmanager
def new_private_file(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write, which becomes `path` at the end, for the owner only, durably, completely or not at all.

    Missing folders are created (0700). Raises OSError; FileExistsError if `path` exists, which is never replaced.
    """
    make_private_folder(path.parent)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(partial)  # unlike a rename, a link never replaces a file
        _sync_folder(path.parent)
    finally:
        partial.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)

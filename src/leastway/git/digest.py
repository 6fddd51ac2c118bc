"""The digest of a tree: which files it has, and what is in them."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

__all__ = ["tree_digest"]


def tree_digest(tree: Path) -> str:
    """Return the SHA-256 of a tree: of every path in order, with its kind, whether it runs, and its content."""
    digest = hashlib.sha256()
    for part in _parts(tree):
        digest.update(len(part).to_bytes(8))
        digest.update(part)
    return f"sha256:{digest.hexdigest()}"


def _parts(tree: Path) -> Iterator[bytes]:
    for path in sorted(tree.rglob("*"), key=os.fspath):
        mode = path.lstat().st_mode
        yield os.fsencode(path.relative_to(tree))
        if stat.S_ISLNK(mode):
            yield from (b"link", os.fsencode(path.readlink()))
        elif stat.S_ISREG(mode):
            yield from (b"program" if mode & stat.S_IXUSR else b"file", path.read_bytes())
        else:
            yield b"folder"

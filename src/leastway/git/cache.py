"""Trees of commits that were fetched, so that each is fetched once.

One folder for each organization: a tree is for those who could fetch it. A tree appears complete or not at all, and is
copied for its use, so that what uses it cannot change it and removing it disturbs nobody. Each copy is compared with
the digest of what was put there.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from leastway.git.digest import tree_digest
from leastway.primitives import make_private_folder

__all__ = ["SourceCache"]

_PARTIAL = ".partial-"
_TREE, _DIGEST = "tree", "digest"
_PARTIAL_FOR = 6 * 3600.0


class SourceCache:
    """The trees in one folder. `keep` is how many stay; those unused for the longest time go first."""

    def __init__(self, folder: Path, *, keep: int = 64) -> None:
        """Use `folder`, which is made if it does not exist. Raises OSError."""
        self._folder = folder
        self._keep = keep
        make_private_folder(folder)
        folder.chmod(0o711)  # the user of the sandboxes passes through, to the folder of its fetch

    def copy(self, url: str, commit: str, to: Path) -> str | None:
        """Copy the tree of a commit to `to`, which must not exist, and return its digest, or None if it is not there.

        A tree that is not what was put there, as after a power failure, is removed and counts as not there. Raises
        OSError.
        """
        entry = self._folder / _name(url, commit)
        try:
            wanted = (entry / _DIGEST).read_text()
            os.utime(entry)
            shutil.copytree(entry / _TREE, to, symlinks=True)
        except (FileNotFoundError, shutil.Error) as error:
            shutil.rmtree(to, ignore_errors=True)
            if os.strerror(errno.ENOENT) not in str(error):
                raise
            return None  # it is not there, or was removed while it was copied
        if tree_digest(to) == wanted:
            return wanted
        shutil.rmtree(to)
        self._discard(entry)
        return None

    @contextmanager
    def new_folder(self) -> Iterator[Path]:
        """Give an empty folder within the cache, which is removed at the end. Raises OSError."""
        self._remove_old()
        made = self._folder / f"{_PARTIAL}{secrets.token_hex(8)}"
        made.mkdir(mode=0o700)
        try:
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)

    def put(self, tree: Path, url: str, commit: str) -> None:
        """Move a complete tree, of a `new_folder`, into the cache. One that is there stays. Raises OSError."""
        target = self._folder / _name(url, commit)
        entry = tree.parent / f"{tree.name}-entry"
        entry.mkdir(mode=0o700)
        (entry / _DIGEST).write_text(tree_digest(tree))
        tree.chmod(0o700)
        tree.rename(entry / _TREE)
        try:
            entry.rename(target)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):  # else another fetch was first
                raise

    def _remove_old(self) -> None:
        """Remove the trees beyond those to keep, and what killed fetches left."""
        trees: list[tuple[float, Path]] = []
        for each in self._folder.iterdir():
            with suppress(FileNotFoundError):
                used = each.stat().st_mtime
                if not each.name.startswith(_PARTIAL):
                    trees.append((used, each))
                elif used < time.time() - _PARTIAL_FOR:
                    shutil.rmtree(each, ignore_errors=True)
        for _, tree in sorted(trees)[: max(0, len(trees) - self._keep)]:
            self._discard(tree)

    def _discard(self, entry: Path) -> None:
        """Remove an entry: for others at once, so that nobody finds half of it."""
        gone = self._folder / f"{_PARTIAL}{secrets.token_hex(8)}"
        with suppress(FileNotFoundError):
            entry.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)


def _name(url: str, commit: str) -> str:
    return f"{hashlib.sha256(url.encode()).hexdigest()[:32]}-{commit}"

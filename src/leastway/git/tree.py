"""What a checked-out tree must not have: submodules, LFS, links that leave it, and anything but files and folders.

The listing is Git's own, before the checkout; the walk looks at what is on the disk. Neither follows a link.
Source: git-ls-tree(1); the Git LFS specification, "Pointer".
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from leastway.errors import LeastwayError

__all__ = ["check_listing", "check_tree", "folder_within"]

_SUBMODULE = b"160000"
_POINTER = b"version https://git-lfs.github.com/spec/"
_SHOWN = 3


def check_listing(listing: bytes, *, where: str) -> None:
    """Refuse a tree with submodules; `listing` is the output of `git ls-tree -r -z`. Raises LeastwayError."""
    found = [
        entry.partition(b"\t")[2].decode(errors="replace")
        for entry in listing.split(b"\0")
        if entry.startswith(_SUBMODULE + b" ")
    ]
    if found:
        raise LeastwayError(
            f"the source has submodules, which are not fetched: {_some(found)}",
            where=where,
            fix="put their files into the repository, or make each a source of its own",
        )


def check_tree(root: Path, *, where: str) -> None:
    """Refuse what a tree must not have. Raises LeastwayError."""
    pointers: list[str] = []
    for folder, _, names, opened in os.fwalk(root):
        for name in sorted({*names, *os.listdir(opened)}):  # noqa: PTH208 - of a descriptor
            path = Path(folder, name)
            shown = os.fspath(path.relative_to(root))
            mode = os.lstat(name, dir_fd=opened).st_mode
            if stat.S_ISLNK(mode):
                _check_link(root, path, shown, where)
            elif stat.S_ISREG(mode):
                if _is_pointer(name, opened):
                    pointers.append(shown)
            elif not stat.S_ISDIR(mode):
                raise LeastwayError(f"{shown} is neither a file nor a folder", where=where)
            if name.lower() == ".git":
                raise LeastwayError(f"the source contains {shown}, a repository's own folder", where=where)
    if pointers:
        raise LeastwayError(
            f"the source has files of Git LFS, which are not fetched: {_some(pointers)}",
            where=where,
            fix="put the files themselves into the repository",
        )


def folder_within(root: Path, path: str, *, where: str) -> Path:
    """Return the folder `path` of a checked tree. Raises LeastwayError if there is none, or a link leads to it."""
    folder = root
    for part in Path(path).parts:
        folder /= part
        if part == ".." or folder.is_symlink() or not folder.is_dir():
            raise LeastwayError(f"the source has no folder {path}", where=where, fix="check the path of the source")
    return folder


def _check_link(root: Path, path: Path, shown: str, where: str) -> None:
    """Refuse a link that leads out of the tree, or to one that does: each link on the way is checked by itself."""
    target = os.readlink(path)  # noqa: PTH115 - the text itself, as it is
    within = os.path.normpath(os.path.join(os.path.dirname(shown), target))  # noqa: PTH118, PTH120
    if target.startswith("/") or within == ".." or within.startswith("../") or root.resolve() not in _reached(path):
        raise LeastwayError(f"the link {shown} leads out of the source", where=where, fix="remove the link")


def _reached(path: Path) -> list[Path]:
    """Return where a link leads in the end, and the folders above; a loop leads nowhere."""
    try:
        end = path.resolve()
    except (OSError, RuntimeError):
        return []
    return [end, *end.parents]


def _is_pointer(name: str, folder: int) -> bool:
    opened = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    try:
        return os.read(opened, len(_POINTER)) == _POINTER
    finally:
        os.close(opened)


def _some(names: list[str]) -> str:
    rest = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")

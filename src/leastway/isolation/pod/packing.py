"""Folders as one stream of entries, and such a stream as folders again, without trusting it.

Whoever unpacks may get the stream from a sandbox. Only folders, regular files and links are made, below the folders
that are given for it, and each for the first time: a path leads through no link and never up. The text of a link is
kept as it is, and nothing here follows one: a sandbox of this machine would have left it on the disk as well. Bytes and
entries are counted. What is none of the three kinds is left out when folders are packed.

An entry is its kind, mode, folder (a number), the lengths of its path and content, and both. The standard library is
enough for this file, because it is also sent to the pod of a sandbox.
"""

from __future__ import annotations

import os
import stat
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import BinaryIO

__all__ = ["CutError", "UnpackError", "pack_end", "pack_file", "pack_folder", "unpack"]

_ENTRY = struct.Struct("!BHBHQ")
_OVER, _FOLDER, _FILE, _LINK = range(4)
_CHUNK = 64 * 1024
_LONGEST = 4096
_DEEPEST = 64
_MOST = 500_000
_COSTS = 4096
"""Bytes that an entry counts beside its content, as on a disk."""


class UnpackError(Exception):
    """What must not be unpacked: it names the entry, and never its content."""


class CutError(UnpackError):
    """The stream ended before its end was told."""


def pack_folder(out: BinaryIO, number: int, folder: str) -> None:
    """Write everything in a folder. Raises OSError, also for a file that becomes shorter meanwhile."""
    for at, folders, files, opened in os.fwalk(folder, onerror=_raise):
        folders.sort()
        for name in sorted((*folders, *files)):
            found = os.stat(name, dir_fd=opened, follow_symlinks=False)
            path = os.fsencode(os.path.relpath(os.path.join(at, name), folder))  # noqa: PTH118
            mode = stat.S_IMODE(found.st_mode)
            if stat.S_ISDIR(found.st_mode):
                _write(out, _FOLDER, mode, number, path, 0)
            elif stat.S_ISLNK(found.st_mode):
                target = os.fsencode(os.readlink(name, dir_fd=opened))
                _write(out, _LINK, 0, number, path, len(target))
                out.write(target)
            elif stat.S_ISREG(found.st_mode):
                _pack_opened(out, mode, number, path, opened, name)


def _raise(error: OSError) -> None:
    raise error


def pack_file(out: BinaryIO, number: int, path: str, mode: int, content: bytes) -> None:
    """Write one file, and first the folders above it, which are its user's alone."""
    parts = path.split("/")
    for end in range(1, len(parts)):
        _write(out, _FOLDER, 0o700, number, os.fsencode("/".join(parts[:end])), 0)
    _write(out, _FILE, mode, number, os.fsencode(path), len(content))
    out.write(content)


def pack_end(out: BinaryIO) -> None:
    """Write that there is no more."""
    _write(out, _OVER, 0, 0, b"", 0)
    out.flush()


def unpack(source: BinaryIO, folders: Mapping[int, str], *, largest: int) -> None:
    """Make what a stream contains in the folders, which exist, until its end. Raises UnpackError, OSError.

    `largest` bounds the bytes of all of it. Folders may be named again.
    """
    left, entries = largest, 0
    while True:
        kind, mode, number, length, size = _ENTRY.unpack(_read(source, _ENTRY.size))
        if kind == _OVER:
            return
        path = _read(source, length)
        name = os.fsdecode(path)
        entries += 1
        left -= size + _COSTS
        if left < 0 or entries > _MOST:
            raise UnpackError(f"it is larger than {largest} bytes")
        parts = name.split("/")
        if number not in folders or length > _LONGEST or len(parts) > _DEEPEST:
            raise UnpackError(f"it has an entry that cannot be: {name[:200]!r}")
        if any(part in ("", ".", "..") or "\0" in part or len(os.fsencode(part)) > 255 for part in parts):
            raise UnpackError(f"it has a path that leads elsewhere: {name[:200]!r}")
        _make(source, folders[number], parts, kind, mode & 0o777, size)


def _make(source: BinaryIO, folder: str, parts: list[str], kind: int, mode: int, size: int) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        for part in parts[:-1]:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW, dir_fd=opened)
            os.close(opened)
            opened = inner
        name = parts[-1]
        if kind == _FOLDER:
            _make_folder(opened, name, mode | 0o700)
        elif kind == _LINK:
            if not 0 < size < _LONGEST:
                raise UnpackError("it has a link without a target, or with one that is too long")
            os.symlink(os.fsdecode(_read(source, size)), name, dir_fd=opened)
        elif kind == _FILE:
            _make_file(source, opened, name, mode | 0o400, size)
        else:
            raise UnpackError(f"it has an entry of kind {kind}")
    except ValueError as error:  # a NUL byte in the target of a link
        raise UnpackError("it has a link with an impossible target") from error
    finally:
        os.close(opened)


def _make_folder(opened: int, name: str, mode: int) -> None:
    try:
        os.mkdir(name, mode, dir_fd=opened)
    except FileExistsError:
        if not stat.S_ISDIR(os.stat(name, dir_fd=opened, follow_symlinks=False).st_mode):
            raise


def _make_file(source: BinaryIO, opened: int, name: str, mode: int, size: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(name, flags, 0o600, dir_fd=opened), "wb") as file:
        while size:
            content = source.read(min(size, _CHUNK))
            if not content:
                raise CutError("it ends in the middle")
            file.write(content)
            size -= len(content)
        os.fchmod(file.fileno(), mode)


def _pack_opened(out: BinaryIO, mode: int, number: int, path: bytes, folder: int, name: str) -> None:
    with os.fdopen(os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder), "rb") as file:
        size = os.fstat(file.fileno()).st_size
        _write(out, _FILE, mode, number, path, size)
        while size:
            content = file.read(min(size, _CHUNK))
            if not content:
                raise OSError("a file became shorter while it was read")
            out.write(content)
            size -= len(content)


def _write(out: BinaryIO, kind: int, mode: int, number: int, path: bytes, size: int) -> None:
    out.write(_ENTRY.pack(kind, mode, number, len(path), size) + path)


def _read(source: BinaryIO, size: int) -> bytes:
    content = source.read(size)
    if len(content) != size:
        raise CutError("it ends in the middle")
    return content

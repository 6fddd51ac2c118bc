"""An archive of a module, unpacked: files, folders and links, within bounds, and nothing outside of its folder.

Memory is bounded too: headers of a .tar.gz say themselves how long they are, so long ones are refused, and a .zip is
deflated or stored, because other decoders take as much as the archive says. Links are made after all files, so that no
file is written through one; `check_tree` judges where they lead.
"""

from __future__ import annotations

import gzip
import os
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Final

from leastway.errors import LeastwayError

__all__ = ["KINDS", "unpack"]

KINDS: Final = ("tar.gz", "tgz", "zip")
_MOST_ENTRIES: Final = 50_000
_LONGEST_LINK: Final = 4096
_LARGEST_PIECE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    kind: str
    """file, folder, or link."""
    size: int
    content: IO[bytes] | None = None
    target: str = ""
    runs: bool = False


def unpack(file: Path, kind: str, to: Path, *, limit: int, where: str) -> None:
    """Unpack an archive of one of `KINDS` into `to`, which is made; its files have at most `limit` bytes together.

    Errors: LeastwayError for what is not such an archive, or has what a module must not have.
    """
    to.mkdir()
    links: list[tuple[Path, str]] = []
    left = limit
    try:
        for number, entry in enumerate(_zipped(file) if kind == "zip" else _tarred(file)):
            left -= entry.size
            if left < 0 or number >= _MOST_ENTRIES:
                raise LeastwayError(
                    f"the archive has more than {limit} bytes, or than {_MOST_ENTRIES} files", where=where
                )
            path = _path_in(to, entry.name, where)
            if path == to:
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            if entry.kind == "folder":
                path.mkdir(exist_ok=True)
            elif entry.kind == "link":
                links.append((path, entry.target))
            elif entry.content is not None:
                _write(entry, path)
        for path, target in links:
            path.symlink_to(target)
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        raise LeastwayError(f"the archive cannot be unpacked: {error}", where=where) from error


def _path_in(to: Path, name: str, where: str) -> Path:
    parts = [part for part in PurePosixPath(name).parts if part != "."]
    if name.startswith("/") or ".." in parts or "\\" in name or "\0" in name:
        raise LeastwayError(f"the archive has an entry outside of it: {name}", where=where)
    return to.joinpath(*parts)


def _write(entry: _Entry, path: Path) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o755 if entry.runs else 0o644)
    with os.fdopen(descriptor, "wb") as out:
        assert entry.content is not None  # noqa: S101 - a file has content
        shutil.copyfileobj(entry.content, out)


class _Pieces(gzip.GzipFile):
    """A file that gives no large piece: contents are copied in small ones, and a header is read as a whole."""

    def read(self, size: int | None = -1) -> bytes:
        """Return the next bytes. Errors: ValueError if they are too many."""
        if size is None or not 0 <= size <= _LARGEST_PIECE:
            raise ValueError("a header in it is too long")
        return super().read(size)


def _tarred(file: Path) -> Iterator[_Entry]:
    with _Pieces(file) as opened, tarfile.open(fileobj=opened, mode="r:") as archive:
        for member in archive:
            if member.isdir():
                yield _Entry(member.name, "folder", 0)
            elif member.issym():
                yield _Entry(member.name, "link", 0, target=member.linkname)
            elif member.type in (tarfile.REGTYPE, tarfile.AREGTYPE):
                runs = bool(member.mode & stat.S_IXUSR)
                yield _Entry(member.name, "file", member.size, archive.extractfile(member), runs=runs)
            else:
                raise ValueError(f"{member.name} is neither a file, a folder nor a symbolic link")


def _zipped(file: Path) -> Iterator[_Entry]:
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            mode = info.external_attr >> 16
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise ValueError(f"{info.filename} is compressed in another way than deflate")
            if info.is_dir():
                yield _Entry(info.filename, "folder", 0)
                continue
            with archive.open(info) as content:
                if stat.S_ISLNK(mode):
                    yield _Entry(info.filename, "link", 0, target=content.read(_LONGEST_LINK).decode())
                else:
                    yield _Entry(info.filename, "file", info.file_size, content, runs=bool(mode & stat.S_IXUSR))

"""The folder of an export: what is in it, and writing into it.

Nothing is written through a link, and nothing over a file that leastway did not export for the same grant and format.
A file is written beside its place and then moved there: a run that is killed leaves no half of one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from leastway.errors import LeastwayError
from leastway.export.checking import FileState, check
from leastway.export.header import LENGTH_OF_HEADER, read_header

__all__ = ["check_folder", "write_files"]

_HEAD = 4 * LENGTH_OF_HEADER
"""Bytes that hold a header, in any characters."""
_LARGEST = 256 << 20
"""Bytes of a file that could be an export; of a larger one only the header is read."""


def check_folder(
    folder: Path, files: Mapping[str, str], *, nothing_of: tuple[str, str] | None = None
) -> tuple[FileState, ...]:
    """Compare the files of `folder` with what would be exported now; a folder that is not there has none.

    Where no file would be, `nothing_of` are the format and the grant whose files are extra.
    Links to files are read like files; links to folders are not followed.
    """
    found: dict[str, str] = {}
    unread: dict[str, str] = {}

    def on_error(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            unread[_name(folder, Path(error.filename))] = _reason(error)

    for path in _files(folder, on_error):
        name = _name(folder, path)
        try:
            found[name] = _read(path, _LARGEST if name in files else _HEAD)
        except FileNotFoundError:
            unread[name] = "it is a link that leads nowhere"
        except OSError as error:
            unread[name] = _reason(error)
    for name in files.keys() - found.keys() - unread.keys():
        if closed := next((unread[str(above)] for above in PurePosixPath(name).parents if str(above) in unread), None):
            unread[name] = closed
        elif os.path.exists(folder / name):  # noqa: PTH110 - of a closed folder Path would raise
            unread[name] = "it is no file"
    return check(files, found, unread, nothing_of=nothing_of)


def write_files(folder: Path, files: Mapping[str, str]) -> tuple[Path, ...]:
    """Write the files into `folder`, those that are exports over what they were; nothing is removed.

    LeastwayError, before anything is written, where something else is in the way.
    """
    paths = {folder / path: text for path, text in files.items()}
    for path, text in paths.items():
        with _told(path):
            in_the_way = _in_the_way(folder, path, text)
        if in_the_way:
            raise LeastwayError(in_the_way, where=str(path), fix="name another folder with --out, or move it away")
    for path, text in paths.items():
        with _told(path):
            _write(path, text)
    return tuple(paths)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what the system refuses into words."""
    try:
        yield
    except OSError as error:
        fix = "see to the folder and run it again: what was written stays"
        raise LeastwayError(_reason(error), where=str(path), fix=fix) from error


def _files(folder: Path, on_error: Callable[[OSError], None]) -> Iterator[Path]:
    """Yield the files of the folder and of those in it, and the links in it that lead nowhere."""
    for at, _, names in os.walk(folder, onerror=on_error):
        for path in (Path(at, name) for name in names):
            if os.path.isfile(path) or not os.path.exists(path):  # noqa: PTH110, PTH113 - of a closed folder Path raises
                yield path


def _in_the_way(folder: Path, path: Path, text: str) -> str:
    """Say what keeps `text` from being written to `path`, or nothing."""
    for above in path.relative_to(folder).parents:
        place = folder / above
        if place != folder and place.is_symlink():
            return f"{place} is a link, and leastway writes through none"
        if place.exists() and not place.is_dir():
            return f"{place} is no folder"
    if path.is_symlink():
        return "it is a link, and leastway writes through none"
    if not path.exists():
        return ""
    if not path.is_file():
        return "it is no file"
    try:
        there, wanted = read_header(_read(path, _HEAD)), read_header(text)
    except OSError as error:
        return f"it is there and cannot be read: {_reason(error)}"
    if there is None:
        return "leastway did not write it"
    if wanted and (there.format, there.grant) != (wanted.format, wanted.grant):
        return f"it is the grant {there.grant}, exported as {there.format}"
    return ""


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("xb") as file:
            file.write(text.encode())
        if text.startswith("#!"):
            mode = beside.stat().st_mode
            beside.chmod(mode | (mode & 0o444) >> 2)  # to be run by those who may read it
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _read(path: Path, limit: int) -> str:
    """Return the file's text, of a larger file than `limit` bytes its beginning; what is no UTF-8 is replaced."""
    with path.open("rb") as file:
        return file.read(limit).decode(errors="replace")


def _name(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()

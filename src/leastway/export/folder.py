"""Read and write the folder of an export.

Nothing is written through a link, and only files that leastway exported for the same grant and format are overwritten.
A file is written under a temporary name and then renamed: a run that is killed leaves no partial file.
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
"""Bytes that hold a header in any characters."""
_LARGEST = 256 << 20
"""Largest size of an export, in bytes; of larger files, only the header is read."""


def check_folder(
    folder: Path, files: Mapping[str, str], *, nothing_of: tuple[str, str] | None = None
) -> tuple[FileState, ...]:
    """Compare the files of `folder` with what would be exported now; a folder that does not exist has no files.

    If nothing would be exported, files of the format and the grant in `nothing_of` are extra. Links to files are read
    like files; links to folders are not followed.
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
            unread[name] = "it is a broken link"
        except OSError as error:
            unread[name] = _reason(error)
    for name in files.keys() - found.keys() - unread.keys():
        if reason := next((unread[str(above)] for above in PurePosixPath(name).parents if str(above) in unread), None):
            unread[name] = reason
        elif os.path.exists(folder / name):  # noqa: PTH110 - in an unreadable folder, Path would raise
            unread[name] = "it is not a file"
    return check(files, found, unread, nothing_of=nothing_of)


def write_files(folder: Path, files: Mapping[str, str]) -> tuple[Path, ...]:
    """Write the files into `folder`, over earlier exports of them; nothing is deleted.

    LeastwayError, before anything is written, if something else is in the way.
    """
    paths = {folder / path: text for path, text in files.items()}
    for path, text in paths.items():
        with _reported(path):
            in_the_way = _in_the_way(folder, path, text)
        if in_the_way:
            raise LeastwayError(in_the_way, where=str(path), fix="use another folder with --out, or move it away")
    for path, text in paths.items():
        with _reported(path):
            _write(path, text)
    return tuple(paths)


@contextmanager
def _reported(path: Path) -> Iterator[None]:
    """Turn errors of the operating system into LeastwayError."""
    try:
        yield
    except OSError as error:
        fix = "fix the folder and run the same command again: files that were written stay"
        raise LeastwayError(_reason(error), where=str(path), fix=fix) from error


def _files(folder: Path, on_error: Callable[[OSError], None]) -> Iterator[Path]:
    """Yield the files in the folder and its subfolders, including broken links."""
    for at, _, names in os.walk(folder, onerror=on_error):
        for path in (Path(at, name) for name in names):
            if os.path.isfile(path) or not os.path.exists(path):  # noqa: PTH110, PTH113 - in an unreadable folder, Path raises
                yield path


def _in_the_way(folder: Path, path: Path, text: str) -> str:
    """Return what prevents `text` from being written to `path`, or an empty string."""
    for above in path.relative_to(folder).parents:
        place = folder / above
        if place != folder and place.is_symlink():
            return f"{place} is a link, and leastway does not write through links"
        if place.exists() and not place.is_dir():
            return f"{place} is not a folder"
    if path.is_symlink():
        return "it is a link, and leastway does not write through links"
    if not path.exists():
        return ""
    if not path.is_file():
        return "it is not a file"
    try:
        there, wanted = read_header(_read(path, _HEAD)), read_header(text)
    except OSError as error:
        return f"it exists and cannot be read: {_reason(error)}"
    if there is None:
        return "leastway did not write it"
    if wanted and (there.format, there.grant) != (wanted.format, wanted.grant):
        return f"it is an export of the grant {there.grant} as {there.format}"
    return ""


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("xb") as file:
            file.write(text.encode())
        if text.startswith("#!"):
            mode = temporary.stat().st_mode
            temporary.chmod(mode | (mode & 0o444) >> 2)  # executable for those who can read it
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _read(path: Path, limit: int) -> str:
    """Return the first `limit` bytes of the file as text; invalid UTF-8 is replaced."""
    with path.open("rb") as file:
        return file.read(limit).decode(errors="replace")


def _name(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()

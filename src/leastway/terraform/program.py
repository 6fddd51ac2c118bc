"""The programs of the operator: `tofu` and `terraform`, their digests, and where the mirror of providers is.

They are in one folder: the programs, optionally `SHA256SUMS` (as `sha256sum` writes it) with their digests, and
`providers`, a filesystem mirror as `terraform providers mirror` writes it. Without a folder, programs come from PATH,
and there are no providers but the built-in one. Nothing is ever downloaded.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from leastway.errors import InvalidInputError, LeastwayError
from leastway.primitives import read_file

__all__ = ["ENGINES", "PROVIDERS", "Program", "check_programs", "find_program"]

PROVIDERS: Final = "providers"
"""The folder of the mirror, in the operator's folder."""
ENGINES: Final = ("tofu", "terraform")
"""The programs, in the order in which they are searched for if the definition names none."""
_SUMS: Final = "SHA256SUMS"
_LINE = re.compile(r"([0-9a-f]{64}) [ *](\S.*)")


@dataclass(frozen=True, slots=True)
class Program:
    """A program that was found: its SHA-256, in hexadecimal, and whether that is one of `SHA256SUMS`."""

    name: str
    path: Path
    sha256: str
    is_checked: bool


def find_program(folder: Path | None, name: str | None = None) -> Program:
    """Return the program of this name: without a name `tofu`, or else `terraform`, of those that `SHA256SUMS` lists.

    Errors: InvalidInputError for another name; LeastwayError if it is not there, cannot be run, or has another digest
    than `SHA256SUMS` says.
    """
    if name is not None and name not in ENGINES:
        raise InvalidInputError(f"{name!r} is not a program for runs", fix=f"use {' or '.join(ENGINES)}")
    names = ENGINES if name is None else (name,)
    if found := {each: path for each in names if (path := _path(folder, each)) is not None}:
        sums = None if folder is None else _sums(folder)
        first = next((each for each in found if sums is None or each in sums), next(iter(found)))
        return _checked(first, found[first], sums)
    where, place = ("PATH", "PATH") if folder is None else (str(folder), "the folder of the runs' programs")
    wanted = name or " or ".join(ENGINES)
    fix = "let the server's operator install it there, or name the folder that has it"
    raise LeastwayError(f"{wanted} is not in {place}", where=where, fix=fix)


def check_programs(folder: Path | None) -> None:
    """Refuse a folder of which no program can be used. A run whose program is the wrong one of two is refused itself.

    Errors: those of `find_program`, about the first program.
    """
    try:
        find_program(folder)
    except LeastwayError:
        if not any(_is_usable(folder, name) for name in ENGINES):
            raise


def _is_usable(folder: Path | None, name: str) -> bool:
    try:
        find_program(folder, name)
    except LeastwayError:
        return False
    return True


def _path(folder: Path | None, name: str) -> Path | None:
    found = shutil.which(name, path=None if folder is None else os.fspath(folder))
    return None if found is None else Path(found).resolve()


def _checked(name: str, path: Path, sums: Mapping[str, str] | None) -> Program:
    status = path.stat()
    sha256 = _sha256(path, status.st_mtime_ns, status.st_size)
    if sums is not None and sums.get(name) != sha256:
        said = f"{sums[name]} in {_SUMS}" if name in sums else f"not in {_SUMS}"
        raise LeastwayError(
            f"the SHA-256 of {name} is {sha256}, and it is {said}",
            where=str(path),
            fix="find out where the program came from; if it is the right one, correct the file",
        )
    return Program(name, path, sha256, is_checked=sums is not None)


@lru_cache(maxsize=16)
def _sha256(path: Path, _changed: int, _size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sums(folder: Path) -> dict[str, str] | None:
    path = folder / _SUMS
    if not path.exists():
        return None
    lines = read_file(path, limit=1 << 20).decode("utf-8", "replace").splitlines()
    found = [_LINE.fullmatch(line) for line in lines if line.strip()]
    if not all(found):
        raise LeastwayError(
            f"{_SUMS} is not what sha256sum writes", where=str(path), fix="write it with: sha256sum tofu"
        )
    return {match[2].removeprefix("./"): match[1] for match in found if match is not None}

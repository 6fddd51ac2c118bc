"""The folder of a module, as leastway changes it: one override file, which must win over everything of the module.

Terraform and OpenTofu read override files last, in the order of their names, and the last one wins. OpenTofu reads
`.tofu` files too, and drops a `.tf` file of the same name. So a module's override file whose name sorts behind
leastway's, or is the same, is refused.
Source: "Override Files" of both documentations; `internal/configs/parser_config_dir.go`.

Modules are foreign: no link in the folder is followed, and nothing is replaced.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from leastway.errors import InvalidInputError, LeastwayError
from leastway.terraform.own_backend import check_declared_backend

__all__ = ["OVERRIDE", "ModuleFolder", "prepare_module", "read_inside"]

OVERRIDE: Final = "zzz_leastway_override.tf.json"
_STEM: Final = "zzz_leastway_override"
_CONFIGURATION = re.compile(r"(?P<stem>.+?)\.(?:tf|tofu)(?:\.json)?")
_VALUES = re.compile(r"(?:terraform|.+\.auto)\.tfvars(?:\.json)?")
_LOCK: Final = ".terraform.lock.hcl"
_DATA: Final = ".terraform"
_MOST_FILES: Final = 2000
_LARGEST: Final = 4 << 20


@dataclass(frozen=True, slots=True)
class ModuleFolder:
    """A module that is ready for `init`.

    `own_values` are the module's own files of values, which the definition's inputs win over. With `has_lock_file`, the
    module says itself which providers it accepts.
    """

    path: Path
    own_values: tuple[str, ...]
    has_lock_file: bool
    keeps_backend: bool

    def notes(self) -> tuple[str, ...]:
        """Return what whoever starts the run should know."""
        notes = [
            f"the module has values of its own in {name}; the definition's inputs win over them"
            for name in self.own_values
        ]
        if not self.keeps_backend:
            notes.append("the state is kept by leastway; a backend of the module's own has no effect")
        return tuple(notes)


def prepare_module(path: Path, *, keep_backend: bool = False, files: Mapping[str, bytes] | None = None) -> ModuleFolder:
    """Write what leastway puts beside a module: the override file, and the definition's `files`, by name.

    `path` is the module's folder as it was fetched, before any of its code ran. With `keep_backend` there is no
    override, and the module's own backend must not hold keys. Can be called again after a kill.
    Errors: InvalidInputError for a module that would win over the override, or brings what only a run may make.
    """
    names = _names(path)
    for name in names:
        if (found := _CONFIGURATION.fullmatch(name)) is None or name == OVERRIDE:
            continue
        stem = found["stem"]
        if (stem == "override" or stem.endswith("_override")) and name >= _STEM:
            raise InvalidInputError(
                "this override file would win over leastway's", where=name, fix="give it a name that sorts before it"
            )
    if _DATA in names:
        raise InvalidInputError("the module brings the working data of a run", where=_DATA, fix="remove it from git")
    for name, content in (files or {}).items():
        _check_name(name)
        _write(path, name, content)
    if keep_backend:
        named = [name for name in names if _CONFIGURATION.fullmatch(name)]
        check_declared_backend({name: read_inside(path, name) or b"" for name in named})
    else:
        content = json.dumps({"terraform": {"backend": {"http": {}}}}, indent=2).encode() + b"\n"
        _write(path, OVERRIDE, content)
    own = tuple(sorted(name for name in names if _VALUES.fullmatch(name)))
    return ModuleFolder(path, own, _LOCK in names, keep_backend)


def read_inside(folder: Path, name: str, *, limit: int = _LARGEST) -> bytes | None:
    """Return a file that a run left, or None if there is none. `name` may have slashes; no link is followed.

    Errors: InvalidInputError for a link, another kind of file, or one above the limit.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        *folders, last = name.split("/")
        for each in folders:
            descriptor = _next(descriptor, each, os.O_RDONLY | os.O_DIRECTORY)
        descriptor = _next(descriptor, last, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(name, (error.strerror or "unknown error").lower()) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _unreadable(name, "it is not a regular file")
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise _unreadable(name, f"it has more than {limit:,} bytes")
    return content


def _next(parent: int, name: str, flags: int) -> int:
    try:
        return os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
    finally:
        os.close(parent)


def _names(path: Path) -> list[str]:
    try:
        names = os.listdir(path)  # noqa: PTH208 - names, not paths
    except OSError as error:
        raise LeastwayError(
            f"the module's folder cannot be read: {(error.strerror or 'unknown error').lower()}", where=str(path)
        ) from error
    if len(names) > _MOST_FILES:
        raise InvalidInputError(
            f"the module has more than {_MOST_FILES} files in one folder", fix="name its own folder"
        )
    return names


def _check_name(name: str) -> None:
    reserved = name == _DATA or name.startswith(_STEM) or name in ("terraform.tfstate", _LOCK)
    if "/" in name or name in ("", ".", "..") or "\0" in name or len(name) > 255 or reserved:
        raise InvalidInputError("a file of the definition cannot have this name", where=name, fix="use another name")


def _write(folder: Path, name: str, content: bytes) -> None:
    """Write a new file; one with the same content may be there, another may not."""
    try:
        descriptor = os.open(
            folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode=0o644
        )
    except FileExistsError:
        if read_inside(folder, name) == content:
            return
        raise InvalidInputError(
            "the module has a file of this name already", where=name, fix="rename one of the two"
        ) from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def _unreadable(name: str, why: str) -> InvalidInputError:
    return InvalidInputError(f"what the run left cannot be read: {why}", where=name, fix="look at the module")

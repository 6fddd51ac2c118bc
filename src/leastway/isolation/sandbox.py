"""What runs in a sandbox: a command, the paths that it sees, its environment, its ports and its limits.

Paths inside are the paths outside. Nothing else of this machine is visible but its programs and libraries, read-only:
a listed path is never `/`, a top-level folder, or a part of /proc, /sys or /dev.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from leastway.errors import InvalidInputError
from leastway.primitives import Secret

__all__ = ["LOOPBACK", "TEMPORARY", "Limits", "Sandbox", "mode_of"]

LOOPBACK = "127.0.0.1"
"""The address on which a sandbox reaches the sockets that were handed out of it."""

TEMPORARY = "/tmp"  # noqa: S108 - a folder in memory of the sandbox's own
"""The sandbox's own folder in memory; `Sandbox.files` lie in folders below it."""

_MIB = 1024 * 1024
_NEVER = ("/proc", "/sys", "/dev")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a sandbox may use. Sizes are in bytes."""

    memory: int = 2048 * _MIB
    """Of all processes together by a control group, else of each process, and of all as a watch counts them."""
    processes: int = 512
    """Processes and threads."""
    open_files: int = 4096
    """Of each process."""
    file: int = 1024 * _MIB
    """The largest file that can be written."""
    disk: int = 4096 * _MIB
    """Of all writable folders together."""
    temporary: int = 256 * _MIB
    """Of the sandbox's folder in memory."""
    output: int = 64 * _MIB
    """Of stdout and of stderr, each; what exceeds it is read and dropped."""
    seconds: float | None = None
    """Of time, after which the sandbox is killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """One command and all that it sees. Raises InvalidInputError for paths, names and ports that cannot be meant.

    `command` begins with an absolute path, and others on the machine can read it: no secrets. `folder` is where it
    starts. `files` exist only inside and only in memory: their paths are in a folder below `TEMPORARY`; only the
    sandbox's user can read them, or run those that begin with `#!`. `ports` are the listening sockets to make at
    `LOOPBACK` inside and to hand out.
    """

    command: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str | Secret] = field(default_factory=dict)
    read_only: tuple[Path, ...] = ()
    writable: tuple[Path, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    ports: tuple[int, ...] = ()
    limits: Limits = Limits()

    def __post_init__(self) -> None:
        if not self.command or not self.command[0].startswith("/"):
            raise InvalidInputError("a sandbox's command must begin with an absolute path")
        for text in (*self.command, *self.environment, *map(_revealed, self.environment.values())):
            if "\0" in text:
                raise InvalidInputError("a command or an environment of a sandbox contains a NUL byte")
        for name in self.environment:
            if _NAME.fullmatch(name) is None:
                raise InvalidInputError(f"{name!r} cannot be the name of an environment variable")
        for path in (*self.read_only, *self.writable):
            _check_path(path)
        for inside in self.files:
            _check_file(inside)
        if len(set(self.ports)) != len(self.ports) or not all(0 < port < 65536 for port in self.ports):
            raise InvalidInputError("the ports of a sandbox must be different numbers from 1 to 65535")

    def revealed_environment(self) -> dict[str, str]:
        """Return the environment with its secrets, for the one process that gets it."""
        return {name: _revealed(value) for name, value in self.environment.items()}


def mode_of(content: bytes) -> int:
    """Return the mode of one of a sandbox's files."""
    return 0o500 if content.startswith(b"#!") else 0o400


def _revealed(value: str | Secret) -> str:
    return value.reveal() if isinstance(value, Secret) else value


def _check_path(path: Path) -> None:
    text = os.fspath(path)
    if not path.is_absolute() or text != os.path.normpath(text) or "\0" in text:
        raise InvalidInputError("a path of a sandbox must be absolute, without `..`", where=text)
    if len(path.parts) < 3:
        raise InvalidInputError(
            "a sandbox must not see a whole top-level folder", where=text, fix="name a folder within it"
        )
    if any(text == never or text.startswith(f"{never}/") for never in _NEVER):
        raise InvalidInputError("a sandbox must not see a part of /proc, /sys or /dev of this machine", where=text)


def _check_file(inside: str) -> None:
    if inside != os.path.normpath(inside) or not inside.startswith(f"{TEMPORARY}/") or inside.count("/") < 3:
        raise InvalidInputError(f"a file of a sandbox must be in a folder below {TEMPORARY}", where=inside)

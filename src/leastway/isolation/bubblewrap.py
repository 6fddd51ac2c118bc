"""The arguments of bubblewrap for a sandbox, and the file descriptors that they name.

bubblewrap gets its options by a file descriptor and an empty environment, because /proc/1 inside shows the environment
and the command line with which it was started. Paths are opened here and bound by descriptor, so that nobody can
replace one between the check and the mount. Everything inside is read-only but the listed folders and the folder in
memory, and each file system in memory has a size. Source: bwrap(1).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from leastway.errors import LeastwayError
from leastway.isolation.host import HostUser
from leastway.isolation.sandbox import LOOPBACK, TEMPORARY, Sandbox, mode_of

__all__ = ["DEFAULTS", "Arguments", "arguments", "in_memory"]

_UID = 1000
DEFAULTS = {
    "HOME": TEMPORARY,
    "LANG": "C.UTF-8",
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "TMPDIR": TEMPORARY,
}
_NAMESPACES = (
    *("--unshare-all", "--unshare-user", "--disable-userns", "--cap-drop", "ALL"),
    *("--die-with-parent", "--new-session", "--hostname", "sandbox", "--uid", f"{_UID}", "--gid", f"{_UID}"),
)
_PROGRAMS = ("/bin", "/sbin", "/lib", "/lib32", "/lib64")
_OF_THE_SYSTEM = (
    "/etc/alternatives",
    "/etc/ca-certificates",
    "/etc/ld.so.cache",
    "/etc/pki/ca-trust",
    "/etc/pki/tls/certs",
    "/etc/ssl/cert.pem",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
)
_NAMES = {
    "/etc/passwd": f"sandbox:x:{_UID}:{_UID}:sandbox:{TEMPORARY}:/bin/sh\n",
    "/etc/group": f"sandbox:x:{_UID}:\n",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "/etc/hosts": f"{LOOPBACK} localhost\n",
    "/etc/resolv.conf": "",
}
"""With these files, names of users, groups and hosts are found inside."""
_SHARED_MEMORY = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Arguments:
    """The options, each ended by a NUL byte, and the descriptors that bubblewrap must inherit."""

    options: bytes
    descriptors: tuple[int, ...]


def arguments(sandbox: Sandbox, user: HostUser | None, opened: ExitStack) -> Arguments:
    """Return the options for a sandbox; `opened` closes the descriptors. Raises LeastwayError for a missing path."""
    descriptors: list[int] = []

    def data(content: bytes) -> str:
        descriptors.append(in_memory(content, opened))
        return str(descriptors[-1])

    def path(wanted: Path) -> str:
        _check_reachable(wanted, user)
        descriptors.append(_opened(wanted, opened))
        return str(descriptors[-1])

    words = [*_NAMESPACES, *_system(), "--proc", "/proc", "--dev", "/dev"]
    words += ["--size", f"{_SHARED_MEMORY}", "--tmpfs", "/dev/shm", "--remount-ro", "/dev"]  # noqa: S108
    words += ["--perms", "0700", "--size", f"{sandbox.limits.temporary}", "--tmpfs", TEMPORARY]
    for name, text in _NAMES.items():
        words += ["--ro-bind-data", data(text.encode()), name]
    for each in sandbox.read_only:
        words += ["--ro-bind-fd", path(each), os.fspath(each)]
    for each in sandbox.writable:
        words += ["--bind-fd", path(each), os.fspath(each)]
    for inside, content in sandbox.files.items():
        words += ["--perms", f"{mode_of(content):04o}", "--ro-bind-data", data(content), inside]
    words += ["--chdir", os.fspath(sandbox.folder), "--remount-ro", "/"]
    for name, value in (DEFAULTS | sandbox.revealed_environment()).items():
        words += ["--setenv", name, value]
    return Arguments(b"".join(os.fsencode(word) + b"\0" for word in words), tuple(descriptors))


def _system() -> Iterator[str]:
    """Yield the options for programs, libraries and what they need to start and to verify TLS."""
    yield from ("--ro-bind", "/usr", "/usr")
    for name in _PROGRAMS:
        if Path(name).is_symlink():
            yield from ("--symlink", os.fspath(Path(name).readlink()), name)
        elif Path(name).is_dir():
            yield from ("--ro-bind", name, name)
    for name in _OF_THE_SYSTEM:
        yield from ("--ro-bind-try", name, name)


def in_memory(content: bytes, opened: ExitStack) -> int:
    """Return the descriptor of a file in memory with `content`, which `opened` closes."""
    number = os.memfd_create("leastway")
    opened.callback(os.close, number)
    with os.fdopen(number, "wb", closefd=False) as file:
        file.write(content)
    os.lseek(number, 0, os.SEEK_SET)
    return number


def _opened(path: Path, opened: ExitStack) -> int:
    """Open a path and make sure that no part of it is a link, which a former sandbox could have put there."""
    try:
        number = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise LeastwayError(f"a path of a sandbox cannot be opened: {error.strerror}", where=os.fspath(path)) from error
    opened.callback(os.close, number)
    if stat.S_ISLNK(os.fstat(number).st_mode) or Path(f"/proc/self/fd/{number}").readlink() != path:
        raise LeastwayError("a path of a sandbox is or contains a link", where=os.fspath(path), fix="name its target")
    return number


def _check_reachable(path: Path, user: HostUser | None) -> None:
    """Refuse a path that another user than this process's cannot reach: bubblewrap resolves it as that user."""
    if user is None:
        return
    for parent in reversed(path.parents):
        found = parent.lstat()
        if not found.st_mode & (0o100 if found.st_uid == user.uid else 0o010 if found.st_gid == user.gid else 0o001):
            raise LeastwayError(
                f"the sandbox's user {user.uid} cannot reach a path through {parent}",
                where=os.fspath(path),
                fix="let it pass through (chmod o+x), or move the folder of the runs to where it can",
            )

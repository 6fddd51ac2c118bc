"""How this machine isolates: the program, the user of the sandboxes, a delegated control group.

A sandbox is never root on the disk: a process of root starts it as another user, because even without capabilities
root owns files. The user is configured, or one that owns nothing on this machine.
"""

from __future__ import annotations

import os
import pwd
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from leastway.errors import InvalidInputError, LeastwayError
from leastway.isolation.pod.place import PodPlace
from leastway.ports import Pods

__all__ = ["OWNS_NOTHING", "Host", "HostUser", "as_user", "program"]

OWNS_NOTHING = 64731
"""The user of root's sandboxes if none is set: no account's, and in none of systemd's ranges."""


class HostUser(NamedTuple):
    """A user of this machine, by number."""

    uid: int
    gid: int


def program(name: str) -> str:
    """Return the path of a program of this machine, so that no environment of a sandbox decides it."""
    if (found := shutil.which(name)) is None:
        raise LeastwayError(f"{name} is not installed", fix="install the package util-linux")
    return found


def as_user(user: HostUser | None) -> tuple[str, ...]:
    """Return what runs a command as a user. A fork that changes the user would copy the tables of a large process."""
    if user is None:
        return ()
    return (program("setpriv"), f"--reuid={user.uid}", f"--regid={user.gid}", "--clear-groups")


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """Where sandboxes start. `user` is None if they have this process's own; `control_group` is a delegated folder.

    With a `place`, sandboxes are pods there, and whoever launches one must have `connected` the host to its cluster.
    Without `bubblewrap` and a place nothing is isolated, for which `unsafe_reason` is the reason that somebody wrote.
    """

    bubblewrap: Path | None
    user: HostUser | None
    control_group: Path | None = None
    unsafe_reason: str = ""
    place: PodPlace | None = None
    pods: Pods | None = field(default=None, init=False, compare=False, repr=False)
    """The pods of the place. It is no part of what a host is, and so of no message about it."""

    @classmethod
    def here(cls, *, user: HostUser | None = None, control_group: Path | None = None) -> Host:
        """Return what this machine has, without trying it. Raises LeastwayError without bubblewrap or a safe user."""
        program = shutil.which("bwrap")
        if program is None:
            raise LeastwayError("bwrap is not installed", fix="install the package bubblewrap")
        return cls(bubblewrap=Path(program), user=_safe_user(user), control_group=control_group)

    @classmethod
    def without_isolation(cls, unsafe_reason: str, *, user: HostUser | None = None) -> Host:
        """Return a host that runs everything without isolation. Raises InvalidInputError without a written reason."""
        if not unsafe_reason.strip():
            raise InvalidInputError("runs without isolation need a written reason", fix="write why this is acceptable")
        return cls(bubblewrap=None, user=_safe_user(user), unsafe_reason=unsafe_reason.strip())

    @classmethod
    def of_pods(cls, place: PodPlace) -> Host:
        """Return a host whose sandboxes are pods."""
        return cls(bubblewrap=None, user=None, place=place)

    @property
    def is_isolated(self) -> bool:
        """Whether its sandboxes are isolated, and their sockets their own."""
        return self.bubblewrap is not None or self.place is not None

    def connected(self, connect: Callable[[PodPlace], Pods]) -> Host:
        """Return this host with the pods of its place, if it has one."""
        if self.place is None:
            return self
        made = replace(self)
        object.__setattr__(made, "pods", connect(self.place))
        return made

    def give(self, folder: Path) -> None:
        """Let the user of the sandboxes own `folder` and what is in it. Links are not followed. Raises OSError."""
        if self.user is not None:
            _change_owner(folder, self.user)

    def take(self, folder: Path) -> None:
        """Let this process's user own `folder` and what is in it again. Links are not followed. Raises OSError."""
        _change_owner(folder, HostUser(os.geteuid(), os.getegid()))


def _change_owner(folder: Path, user: HostUser) -> None:
    for _, _, _, opened in os.fwalk(folder):
        os.fchown(opened, *user)
        for name in os.listdir(opened):  # noqa: PTH208 - of a descriptor
            os.chown(name, *user, dir_fd=opened, follow_symlinks=False)


def _safe_user(wanted: HostUser | None) -> HostUser | None:
    if wanted is not None and (wanted.uid == 0 or wanted.gid == 0):
        raise InvalidInputError("a sandbox must not run as root", fix="name a user and a group other than 0")
    if os.geteuid() != 0:
        if wanted is not None and wanted != (os.geteuid(), os.getegid()):
            raise InvalidInputError(
                "only root can run a sandbox as another user", fix="start the server as root, or name no user"
            )
        return None
    if wanted is not None:
        return wanted
    try:
        name = pwd.getpwuid(OWNS_NOTHING).pw_name
    except KeyError:
        return HostUser(OWNS_NOTHING, OWNS_NOTHING)
    raise LeastwayError(
        f"the user {OWNS_NOTHING}, which root's sandboxes have, is {name} on this machine",
        fix="name a user for them who owns nothing",
    )

"""The source of a Terraform module: a folder of a Git repository, at a revision."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

__all__ = ["GitCredential", "GitSource", "host_keys", "is_folder", "is_https", "is_revision", "is_ssh"]

_HTTPS = re.compile(r"https://[^\s/@?#]+/[^\s@?#]+")
_SSH = re.compile(r"(?:ssh://(?:[A-Za-z0-9._-]+@)?[^\s/@?#]+/|[A-Za-z0-9._-]+@[A-Za-z0-9._-]+:)[^\s@?#]+")
_REVISION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+-]*")
_HOST_KEY = re.compile(r"(?:\S+ +)??(?P<type>(?:ssh|ecdsa|sk)-[a-z0-9@.-]+) +(?P<key>[A-Za-z0-9+/]{16,}={0,2})(?: .*)?")


class GitCredential(enum.StrEnum):
    """The kind of credential for a private repository; its value is never in a file."""

    NONE = "none"
    SSH_KEY = "ssh_key"
    PASSWORD = "password"  # noqa: S105 - a field name of the driver


@dataclass(frozen=True, slots=True, kw_only=True)
class GitSource:
    """The source of a Terraform module: `path` is a folder of the repository, empty for the root.

    `known_hosts` has the keys of an SSH host as lines of a known_hosts file.
    """

    url: str
    rev: str
    path: str = ""
    username: str = ""
    known_hosts: str = ""
    credential: GitCredential = GitCredential.NONE


def is_https(url: str) -> bool:
    """Return whether `url` is an https address without credentials."""
    return _HTTPS.fullmatch(url) is not None


def is_ssh(url: str) -> bool:
    """Return whether `url` is an SSH address."""
    return _SSH.fullmatch(url) is not None


def is_folder(path: str) -> bool:
    """Return whether `path` stays within the repository."""
    return not (path.startswith(("/", "~")) or "\\" in path or ".." in path.split("/"))


def is_revision(text: str) -> bool:
    """Return whether `text` can be a branch, tag or commit, and Git cannot read it as an option or a range."""
    return _REVISION.fullmatch(text) is not None and ".." not in text


def host_keys(known_hosts: str) -> tuple[str, ...] | None:
    """Return `TYPE KEY` of each line of a known_hosts file, None if a line has no key of a host.

    The host's name may be missing. Empty lines and comments, which ssh-keyscan prints too, are left out.
    Source: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT".
    """
    lines = [line.strip() for line in known_hosts.splitlines()]
    found = [_HOST_KEY.fullmatch(line) for line in lines if line and not line.startswith("#")]
    keys = tuple(f"{one['type']} {one['key']}" for one in found if one is not None)
    return keys if len(keys) == len(found) else None

"""The source of a Terraform module: a folder of a Git repository, at a revision."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

__all__ = ["GitCredential", "GitSource", "is_folder", "is_https", "is_revision", "is_ssh"]

_HTTPS = re.compile(r"https://[^\s/@?#]+/[^\s@?#]+")
_SSH = re.compile(r"(?:ssh://(?:[A-Za-z0-9._-]+@)?[^\s/@?#]+/|[A-Za-z0-9._-]+@[A-Za-z0-9._-]+:)[^\s@?#]+")
_REVISION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+-]*")


class GitCredential(enum.StrEnum):
    """The kind of credential for a private repository; its value is never in a file."""

    NONE = "none"
    SSH_KEY = "ssh_key"
    PASSWORD = "password"  # noqa: S105 - a field name of the driver


@dataclass(frozen=True, slots=True, kw_only=True)
class GitSource:
    """The source of a Terraform module: `path` is a folder of the repository, empty for the root."""

    url: str
    rev: str
    path: str = ""
    username: str = ""
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

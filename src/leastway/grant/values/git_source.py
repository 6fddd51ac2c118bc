"""Rules `git-url` and `git-path`: where a module may be fetched from, and which folder of it may be meant."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from leastway.grant.source import quote
from leastway.grant.values.refusal import refusal

__all__ = ["GitPath", "GitRevision", "GitUrl", "is_ssh"]

_HTTPS = re.compile(r"https://[^\s/@?#]+/[^\s@?#]+")
_SSH = re.compile(r"(?:ssh://(?:[A-Za-z0-9._-]+@)?[^\s/@?#]+/|[A-Za-z0-9._-]+@[A-Za-z0-9._-]+:)[^\s@?#]+")
_REVISION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+-]*")


def is_ssh(url: str) -> bool:
    """Whether a repository is fetched over SSH."""
    return _SSH.fullmatch(url) is not None


def _check_url(text: str) -> str:
    if _HTTPS.fullmatch(text) or is_ssh(text):
        return text
    if re.match(r"https?://[^/]*@", text):
        fix = (
            "leave them out, and say `credential: password`: the value is asked for where the definition is registered"
        )
        raise refusal("git-url", "credentials stand in a URL", fix)
    fix = "write https://HOST/PATH.git, ssh://git@HOST/PATH.git or git@HOST:PATH.git"
    raise refusal("git-url", f"{quote(text)} is no address that the platform may fetch from", fix)


def _check_path(text: str) -> str:
    if text.startswith(("/", "~")) or "\\" in text or ".." in text.split("/"):
        fix = "write a folder of the repository, as in modules/s3"
        raise refusal("git-path", f"{quote(text)} leaves the repository", fix)
    return text.strip("/")


def _check_revision(text: str) -> str:
    if not _REVISION.fullmatch(text) or ".." in text:
        fix = "write a branch, a tag or a commit: refs/heads/main, refs/tags/v1.2.0"
        raise refusal("git-revision", f"{quote(text)} is no revision", fix)
    return text


GitUrl = Annotated[str, AfterValidator(_check_url)]
GitPath = Annotated[str, AfterValidator(_check_path)]
GitRevision = Annotated[str, AfterValidator(_check_revision)]

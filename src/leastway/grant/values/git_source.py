"""Rules `git-url`, `git-path`, `git-revision` and `git-host-keys`: where a module is, and how its host is known."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from leastway.grant.source import quote
from leastway.grant.values.refusal import refusal
from leastway.registry import host_keys, is_folder, is_https, is_revision, is_ssh

__all__ = ["GitPath", "GitRevision", "GitUrl", "KnownHosts"]


def _check_url(text: str) -> str:
    if is_https(text) or is_ssh(text):
        return text
    if re.match(r"https?://[^/]*@", text):
        fix = "remove them and set `credential: password`: the value is asked for where the definition is registered"
        raise refusal("git-url", "the URL contains credentials", fix)
    fix = "write https://HOST/PATH.git, ssh://git@HOST/PATH.git or git@HOST:PATH.git"
    raise refusal("git-url", f"{quote(text)} is not an address from which the platform can fetch a module", fix)


def _check_path(text: str) -> str:
    if not is_folder(text):
        fix = "write a folder of the repository, such as modules/s3"
        raise refusal("git-path", f"{quote(text)} is outside of the repository", fix)
    return text.strip("/")


def _check_revision(text: str) -> str:
    if not is_revision(text):
        fix = "write a branch, a tag or a commit, such as refs/heads/main or refs/tags/v1.2.0"
        raise refusal("git-revision", f"{quote(text)} is not a valid revision", fix)
    return text


def _check_known_hosts(text: str) -> str:
    if not host_keys(text):
        fix = "write what `ssh-keyscan HOST` prints, one key a line, once it is compared with what HOST publishes"
        raise refusal("git-host-keys", "a line has no key of an SSH host", fix)
    return text


GitUrl = Annotated[str, AfterValidator(_check_url)]
GitPath = Annotated[str, AfterValidator(_check_path)]
GitRevision = Annotated[str, AfterValidator(_check_revision)]
KnownHosts = Annotated[str, AfterValidator(_check_known_hosts)]

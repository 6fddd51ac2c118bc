"""Which commit a branch, a tag or a commit's id means, from what a repository lists.

A name that is both a branch and a tag is refused, because a module would change with whoever makes the other one; with
`refs/heads/` or `refs/tags/` before it, it is clear. A commit is named by all of its 40 or 64 digits.
Source: git-ls-remote(1), git-check-ref-format(1).
"""

from __future__ import annotations

import re

from leastway.errors import InvalidInputError, LeastwayError
from leastway.registry import is_revision

__all__ = ["check_revision", "commit_of", "is_commit", "patterns_of"]

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SHORT = re.compile(r"[0-9a-f]{4,39}")
_LINE = re.compile(r"(?P<id>[0-9a-f]{40}|[0-9a-f]{64})\t(?P<ref>\S+)")
_HEADS, _TAGS, _PEELED = "refs/heads/", "refs/tags/", "^{}"
_LONGEST = 255


def is_commit(text: str) -> bool:
    """Return whether `text` is the whole id of a commit."""
    return _COMMIT.fullmatch(text) is not None


def check_revision(text: str) -> None:
    """Refuse what Git could read as an option, a range or a pattern. Raises InvalidInputError. Empty means HEAD."""
    is_odd = not is_revision(text) or text.endswith((".", "/", ".lock")) or "//" in text or "/." in text
    if text and (len(text) > _LONGEST or is_odd):
        raise InvalidInputError(
            "the revision of a source is not the name of a branch or tag, or the id of a commit",
            where=text,
            fix="write a branch, a tag, or all digits of a commit's id",
        )


def patterns_of(text: str) -> tuple[str, ...]:
    """Return the refs for which the repository is asked."""
    if not text:
        return ("HEAD",)
    if text.startswith("refs/"):
        return (text, text + _PEELED)
    return (_HEADS + text, _TAGS + text, _TAGS + text + _PEELED)


def commit_of(text: str, listed: str, *, where: str) -> str:
    """Return the commit that `text` means by the output of `git ls-remote`. Raises LeastwayError for none or two."""
    found: dict[str, str] = {}
    for line in listed.splitlines():
        if (match := _LINE.fullmatch(line)) is not None:
            found[match["ref"]] = match["id"]
    wanted = [ref for ref in patterns_of(text) if not ref.endswith(_PEELED) and ref in found]
    if len(wanted) > 1:
        raise LeastwayError(
            f"{text} is a branch and a tag of the source", where=where, fix=f"write {_HEADS}{text} or {_TAGS}{text}"
        )
    if not wanted:
        fix = "write all digits of the commit's id" if _SHORT.fullmatch(text) else "check the revision"
        raise LeastwayError(f"the source has no branch or tag {text or 'HEAD'}", where=where, fix=fix)
    return found.get(wanted[0] + _PEELED, found[wanted[0]])

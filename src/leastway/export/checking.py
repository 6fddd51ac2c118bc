"""What has become of files that were exported before: compared with what would be exported now."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from itertools import zip_longest
from typing import NamedTuple

from leastway.export.header import Header, read_header

__all__ = ["FileState", "StateOfFile", "check"]


class StateOfFile(enum.Enum):
    """How a file stands to the grant."""

    CURRENT = "current"
    STALE = "stale"
    """Its header is of something else than the grant means now."""
    EDITED = "edited"
    """Its header is right and its text is not: changed by hand, or written by another version of leastway."""
    MISSING = "missing"
    EXTRA = "extra"
    """It has our header, and the grant makes no such file (any more)."""
    UNREADABLE = "unreadable"
    """It is there and nobody knows what is in it, which never means current."""


class FileState(NamedTuple):
    """One file, by its path within the folder; `why` it is not current, where there is more to say than the state."""

    path: str
    state: StateOfFile
    why: str = ""


def check(
    expected: Mapping[str, str],
    found: Mapping[str, str],
    unread: Mapping[str, str] | None = None,
    *,
    nothing_of: tuple[str, str] | None = None,
) -> tuple[FileState, ...]:
    """Compare by path what would be exported with the texts `found`, of which others than these may be cut short.

    `unread` has the reason for each path that is there and could not be read. What others put into the folder is
    nobody's business; neither are the exports of another grant or in another format. Where nothing is expected,
    `nothing_of` are the format and the grant that make nothing.
    """
    reasons = unread or {}
    ours = {(head.format, head.grant) for head in map(read_header, expected.values()) if head}
    ours |= {nothing_of} if nothing_of else set()
    states = {path: _state(path, text, found.get(path)) for path, text in expected.items()}
    for path in found.keys() - expected.keys():
        head = read_header(found[path])
        if head and (head.format, head.grant) in ours:
            states[path] = FileState(path, StateOfFile.EXTRA, "the grant makes no such file")
    states |= {path: FileState(path, StateOfFile.UNREADABLE, why) for path, why in reasons.items()}
    return tuple(states[path] for path in sorted(states))


def _state(path: str, expected: str, found: str | None) -> FileState:
    if found is None:
        return FileState(path, StateOfFile.MISSING)
    if found == expected:
        return FileState(path, StateOfFile.CURRENT)
    wanted, head = read_header(expected), read_header(found)
    if head != wanted:
        return FileState(path, StateOfFile.STALE, _why_stale(head, wanted))
    return FileState(path, StateOfFile.EDITED, _why_edited(expected, found))


def _why_stale(head: Header | None, wanted: Header | None) -> str:
    if head is None or wanted is None:
        return "it has no header of leastway"
    if head.format != wanted.format:
        return f"it was exported as {head.format}"
    if head.grant != wanted.grant:
        return f"it was made for the grant {head.grant}"
    if head.profile != wanted.profile:
        return f"it was made with the profile {head.profile}, and it is {wanted.profile} now"
    return "what the grant means for it has changed"


def _why_edited(expected: str, found: str) -> str:
    if found.replace("\r\n", "\n") == expected:
        return "its lines end in CRLF, and were written with LF"
    pairs = zip_longest(expected.split("\n"), found.split("\n"))
    return f"line {next(number for number, (one, other) in enumerate(pairs, 1) if one != other)} differs"

"""Compare exported files with what would be exported now."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from itertools import zip_longest
from typing import NamedTuple

from leastway.export.header import Header, read_header

__all__ = ["FileState", "StateOfFile", "check"]


class StateOfFile(enum.Enum):
    """The state of a file compared with the grant."""

    CURRENT = "current"
    STALE = "stale"
    """Its header is not the one that the grant gives now."""
    EDITED = "edited"
    """Its header matches but its text does not: it was changed by hand, or written by another version of leastway."""
    MISSING = "missing"
    EXTRA = "extra"
    """It has our header, but the grant has no such file (any longer)."""
    UNREADABLE = "unreadable"
    """It exists but could not be read, so it never counts as current."""


class FileState(NamedTuple):
    """One file, by its path in the folder; `why` explains a state that does not explain itself."""

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
    """Compare the `expected` files with those `found`, by path; texts of files that are not expected can be truncated.

    `unread` has the reason for each path that exists but could not be read. Files of others, of other grants and in
    other formats are ignored. If nothing is expected, `nothing_of` is the format and the grant without files.
    """
    reasons = unread or {}
    ours = {(head.format, head.grant) for head in map(read_header, expected.values()) if head}
    ours |= {nothing_of} if nothing_of else set()
    states = {path: _state(path, text, found.get(path)) for path, text in expected.items()}
    for path in found.keys() - expected.keys():
        head = read_header(found[path])
        if head and (head.format, head.grant) in ours:
            states[path] = FileState(path, StateOfFile.EXTRA, "the grant has no such file")
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
        return "it has no leastway header"
    if head.format != wanted.format:
        return f"it was exported as {head.format}"
    if head.grant != wanted.grant:
        return f"it was exported for the grant {head.grant}"
    if head.profile != wanted.profile:
        return f"it was exported with the profile {head.profile}, and the grant now uses {wanted.profile}"
    return "the grant has changed"


def _why_edited(expected: str, found: str) -> str:
    if found.replace("\r\n", "\n") == expected:
        return "its lines end with CRLF instead of LF"
    pairs = zip_longest(expected.split("\n"), found.split("\n"))
    return f"line {next(number for number, (one, other) in enumerate(pairs, 1) if one != other)} differs"

"""What has become of files that were exported before: compared with what would be exported now."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import NamedTuple

from leastway.export.header import digest_in, is_ours

__all__ = ["FileState", "StateOfFile", "check"]


class StateOfFile(enum.Enum):
    """How a file stands to the grant."""

    CURRENT = "current"
    STALE = "stale"
    """Its digest is of something else than the grant means now."""
    EDITED = "edited"
    """Its digest is right and its text is not: changed by hand, or written by another version of leastway."""
    MISSING = "missing"
    EXTRA = "extra"
    """It has our header, and the grant makes no such file (any more)."""


class FileState(NamedTuple):
    """One file, by its path within the folder."""

    path: str
    state: StateOfFile


def check(expected: Mapping[str, str], found: Mapping[str, str]) -> tuple[FileState, ...]:
    """Compare by path what would be exported with the texts `found`; what others put there is nobody's business."""
    states = {path: _state(text, found.get(path)) for path, text in expected.items()}
    states |= {path: StateOfFile.EXTRA for path, text in found.items() if path not in expected and is_ours(text)}
    return tuple(FileState(path, states[path]) for path in sorted(states))


def _state(expected: str, found: str | None) -> StateOfFile:
    if found is None:
        return StateOfFile.MISSING
    if found == expected:
        return StateOfFile.CURRENT
    return StateOfFile.EDITED if digest_in(found) == digest_in(expected) else StateOfFile.STALE

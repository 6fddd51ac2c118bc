"""What was revoked after a moment, from a copy of an audit log in a folder, as `leastway audit export` writes it.

A restored database knows nothing of it: a token that was revoked after the backup is valid in it again. The log's
signatures are not checked here; `leastway audit verify` does that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from leastway.audit import Entry, EntryError, Outcome, read_entry
from leastway.errors import InvalidInputError
from leastway.primitives import read_file
from leastway.tlog import CHECKPOINT, MAX_ENTRY, TILE_WIDTH, BundleError, bundles_of, read_bundle

__all__ = ["Revocation", "revoked_since"]

_ENDS = frozenset({"deleted", "disabled", "removed", "revoked", "retired", "updated", "role-changed", "turned-on"})
"""The verbs of actions that a restored database undoes to somebody's gain."""
_LARGEST_CHECKPOINT = 1 << 16
_LARGEST_BUNDLE = TILE_WIDTH * (MAX_ENTRY + 2)
_FIX = "give a folder that `leastway audit export` wrote"


@dataclass(frozen=True, slots=True)
class Revocation:
    """One change that the backup does not have: when, in which organization, what, to what."""

    at: datetime
    organization: str
    action: str
    target: str


def revoked_since(folder: Path, moment: datetime) -> tuple[Revocation, ...]:
    """Return what the log in `folder` says was revoked, deleted or replaced after `moment`.

    Errors: InvalidInputError if it is not a log, or a part of it is missing.
    """
    return tuple(
        Revocation(entry.at, entry.organization, entry.action, entry.target)
        for entry in _entries(folder)
        if entry.outcome is Outcome.DONE and entry.at > moment and entry.action.rpartition(".")[2] in _ENDS
    )


def _entries(folder: Path) -> Iterator[Entry]:
    lines = read_file(folder / CHECKPOINT, limit=_LARGEST_CHECKPOINT).decode(errors="replace").splitlines()
    if len(lines) < 3 or not lines[1].isdecimal():
        raise InvalidInputError("it is not the checkpoint of a log", where=str(folder / CHECKPOINT), fix=_FIX)
    for bundle in bundles_of(int(lines[1])):
        path = folder / bundle.path
        try:
            yield from map(read_entry, read_bundle(read_file(path, limit=_LARGEST_BUNDLE), bundle))
        except (BundleError, EntryError) as error:
            raise InvalidInputError(error.what, where=str(path), fix=_FIX) from error

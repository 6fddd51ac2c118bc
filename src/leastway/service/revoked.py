"""What was revoked after a moment, from a copy of an audit log in a folder (C2SP tlog-tiles).

A restored database knows nothing of it: a token that was revoked after the backup is valid in it again. The log's
signatures are not checked here; `leastway audit verify` does that.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from leastway.errors import InvalidInputError
from leastway.primitives import read_file
from leastway.tlog import CHECKPOINT, MAX_ENTRY, TILE_WIDTH, BundleError, bundles_of, read_bundle

__all__ = ["Revocation", "revoked_since"]

_ENDS = frozenset({"deleted", "disabled", "removed", "revoked", "retired", "updated", "role-changed", "turned-on"})
"""The verbs of actions that a restored database undoes to somebody's gain."""
_LARGEST_CHECKPOINT = 1 << 16
_FIX = "give the folder of a log, which has its file `checkpoint`"


@dataclass(frozen=True, slots=True)
class Revocation:
    """One change that the backup does not have: when, in which organization, what, to what."""

    at: str
    organization: str
    action: str
    target: str


def revoked_since(folder: Path, moment: datetime) -> tuple[Revocation, ...]:
    """Return what the log in `folder` says was revoked, deleted or replaced after `moment`.

    Errors: InvalidInputError if it is not a log, or a part of it is missing.
    """
    return tuple(found for entry in _entries(folder) if (found := _revocation(entry, folder)) and _at(found) > moment)


def _entries(folder: Path) -> Iterator[bytes]:
    lines = read_file(folder / CHECKPOINT, limit=_LARGEST_CHECKPOINT).decode(errors="replace").splitlines()
    if len(lines) < 3 or not lines[1].isdecimal():
        raise InvalidInputError("it is not the checkpoint of a log", where=str(folder / CHECKPOINT), fix=_FIX)
    for bundle in bundles_of(int(lines[1])):
        try:
            yield from read_bundle(read_file(folder / bundle.path, limit=TILE_WIDTH * (MAX_ENTRY + 2)), bundle)
        except BundleError as error:
            raise InvalidInputError(error.what, where=str(folder / bundle.path), fix=_FIX) from error


def _revocation(entry: bytes, folder: Path) -> Revocation | None:
    try:
        read = json.loads(entry)
        found = Revocation(*(str(read[name]) for name in ("at", "organization", "action", "target")))
        _at(found)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InvalidInputError(
            "the log has an entry that is not one of leastway", where=str(folder), fix=_FIX
        ) from error
    return found if found.action.rpartition(".")[2] in _ENDS else None


def _at(found: Revocation) -> datetime:
    return datetime.fromisoformat(found.at)

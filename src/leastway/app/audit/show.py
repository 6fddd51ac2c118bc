"""Show the entries of a log, filtered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

from leastway.app.audit.opening import Log, keys_in, open_log, open_log_of
from leastway.audit import Entry, EntryError, read_entry
from leastway.errors import LeastwayError
from leastway.primitives import Secret
from leastway.tlog import CHECKPOINT, Bundle, LogCheck, bundles_of, check_log, read_bundle, read_unsigned_size

__all__ = ["Filter", "Shown", "ShownEntry", "show"]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries are shown. `action` and `target` may have `*`; `actor` is a user's id, `until` is not included."""

    action: str | None = None
    actor: str | None = None
    target: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def has(self, entry: Entry) -> bool:
        """Whether the entry is shown."""
        return (
            (self.action is None or fnmatchcase(entry.action, self.action))
            and (self.target is None or fnmatchcase(entry.target, self.target))
            and (self.actor is None or self.actor == entry.actor.user)
            and (self.since is None or entry.at >= self.since)
            and (self.until is None or entry.at < self.until)
        )


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """An entry with its position; `entry` is None if the bytes are not an entry that this version can read."""

    index: int
    data: bytes
    entry: Entry | None


@dataclass(frozen=True, slots=True)
class Shown:
    """The entries, oldest first, and the check of the log; None without a key."""

    entries: tuple[ShownEntry, ...]
    check: LogCheck | None


def show(
    where: str, wanted: Filter, key: str | None = None, last: int | None = None, token: Secret | None = None
) -> Shown:
    """Return the entries of the log in a folder or at a URL that the filter has, at most the `last` ones.

    With a verifier key, it is the log of that key, and is checked as a whole. Errors: LeastwayError if the log cannot
    be read.
    """
    found: list[ShownEntry] = []

    def on_entry(index: int, data: bytes) -> None:
        try:
            entry = read_entry(data)
        except EntryError:
            found.append(ShownEntry(index, data, None))
        else:
            if wanted.has(entry):
                found.append(ShownEntry(index, data, entry))
        if last is not None and len(found) > 2 * last:
            del found[:-last]

    check = None
    if key is not None:
        (log_key,) = keys_in([key])
        with open_log_of(where, log_key, token) as log:
            check = check_log(log.read, log_key, on_entry=on_entry)
    else:
        with open_log(where, token) as log:
            _read_unchecked(log, on_entry)
    return Shown(tuple(found if last is None else found[-last:]), check)


def _read_unchecked(log: Log, on_entry: Callable[[int, bytes], None]) -> None:
    data = log.read(CHECKPOINT)
    if data is None:
        raise LeastwayError("the log has no checkpoint", where=log.where, fix="check the folder or the URL")
    for bundle in bundles_of(read_unsigned_size(data, where=f"{log.where}/{CHECKPOINT}")):
        for index, entry in enumerate(_entries(log.read(bundle.path), bundle, log.where), bundle.start):
            on_entry(index, entry)


def _entries(data: bytes | None, bundle: Bundle, where: str) -> tuple[bytes, ...]:
    if data is None:
        raise LeastwayError("the file is missing", where=f"{where}/{bundle.path}", fix="copy the log again")
    return read_bundle(data, bundle)

"""Backup and restore of the server's database, in one sealed file for SQLite and PostgreSQL.

The file holds nothing in the clear but its date, the schema's revision and the id of the wrapping key, and never the
wrapping key itself: keep that somewhere else. A backup sees one state of the database, while the server runs. A restore
fills an empty database in one transaction, and turns on the kill switch for everything in it: what was revoked since
the backup is valid again in the restored database, until a person has looked at it.

What was revoked since is read from a copy of an audit log in a folder, as `leastway audit export` writes it. Its
signatures are not checked here; `leastway audit verify` does that.
"""

from __future__ import annotations

import re
import uuid
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from leastway import __version__
from leastway.audit import SERVER, Actor, Detail, Entry, EntryError, Outcome, read_entry
from leastway.custody import Custody, open_sealed, read_header, seal_to
from leastway.errors import InvalidInputError, LeastwayError
from leastway.ports import DamagedError
from leastway.primitives import Clock, SystemClock, new_private_file, read_file
from leastway.service.server import data_folder, open_used_store
from leastway.service.settings import ServerSettings
from leastway.service.wrapping_keys import check_canary, open_custody
from leastway.sessions import KillSwitch, Scope
from leastway.store import REVISION, PlatformStore, open_platform_store
from leastway.tlog import CHECKPOINT, MAX_ENTRY, TILE_WIDTH, BundleError, bundles_of, read_bundle

__all__ = ["BackedUp", "RestoredBackup", "back_up", "restore"]

_KIND = "server backup"
_FORMAT = "1"
_ADMINISTRATOR = "administrator"
"""Who turns the switch on: somebody on the server's machine."""
_LONGEST_LINE = 1 << 27
"""A state of 64 MiB, sealed and in base64, fits."""
_SWITCH_REASON = "restored from the backup of {}: look at what was revoked since, then turn this switch off"
_ENDS = frozenset(
    [
        "aborted",
        "archived",
        "cancelled",
        "changed",
        "deleted",
        "forgotten",
        "on",
        "promoted",
        "removed",
        "replaced",
        "revoked",
        "stored",
        "updated",
    ]
)
"""The last words of actions that a restored database undoes to somebody's gain: `token.revoked`, `kill-switch.on`."""
_LAST_WORD = re.compile(r"[a-z]+$")
_LARGEST_CHECKPOINT = 1 << 16
_LONGEST_SIZE = 18
"""Digits of the size of a log."""
_LARGEST_BUNDLE = TILE_WIDTH * (MAX_ENTRY + 2)
_FIX = "give a folder that `leastway audit export` wrote"


@dataclass(frozen=True, slots=True)
class LostChange:
    """One change that the backup does not have: when, in which organization, what, to what."""

    at: datetime
    organization: str
    action: str
    target: str


@dataclass(frozen=True, slots=True)
class BackedUp:
    """How many rows a backup has."""

    rows: int


@dataclass(frozen=True, slots=True)
class RestoredBackup:
    """What a restore did: rows, the backup's time, and what was revoked since, or None where no log says so."""

    rows: int
    backed_up_at: datetime
    revoked: tuple[LostChange, ...] | None


def back_up(settings: ServerSettings, path: Path, clock: Clock | None = None) -> BackedUp:
    """Write a backup to a new file, for its owner only.

    Errors: InvalidInputError if the file exists, there is no server's database, or its wrapping key is missing.
    """
    if path.exists():
        raise _exists(path)
    time = clock or SystemClock()
    with open_used_store(settings, time) as (store, custody):
        header = {"leastway": _KIND, "format": _FORMAT, "version": __version__, "revision": REVISION}
        header |= {"backed_up_at": time.now().isoformat()}
        try:
            with new_private_file(path) as file, store.reading() as transaction:
                counted = _Counted(transaction.dump())
                seal_to(file, custody, header, _compressed(counted))
        except FileExistsError as error:
            raise _exists(path) from error
        except OSError as error:
            what = f"the backup cannot be written: {error.strerror}"
            raise LeastwayError(what, where=str(path), fix="check the disk's space, or give another file") from error
        with store.writing() as transaction:
            details: dict[str, Detail] = {"rows": counted.rows, "wrapping_key": custody.wrapping_key}
            transaction.audit.append(
                Entry(SERVER, transaction.now, Actor(), "server.backed-up", path.name, details=details)
            )
    return BackedUp(counted.rows)


def restore(
    settings: ServerSettings, path: Path, logs: Sequence[Path] = (), clock: Clock | None = None
) -> RestoredBackup:
    """Fill an empty database from a backup, with the kill switch for everything on.

    `logs` are folders with copies of audit logs, which say what was revoked since the backup.
    Errors: InvalidInputError if the file is not a backup of this schema, or the database is not empty; DamagedError if
    the file was changed or cut. Then nothing is restored.
    """
    where = str(path)
    try:
        file = path.open("rb")
    except OSError as error:
        what = f"the backup cannot be read: {(error.strerror or 'unknown error').lower()}"
        raise InvalidInputError(what, where=where, fix="check the path and its permissions") from error
    with file:
        backed_up_at = _checked_header(file, where)
        revoked = [each for log in logs for each in revoked_since(log, backed_up_at)]
        custody = _custody(settings)
        with data_folder(settings), open_platform_store(settings.where, clock) as store:
            rows = _load(store, custody, file, backed_up_at, where)
            check_canary(store, custody)
    return RestoredBackup(rows, backed_up_at, tuple(sorted(revoked, key=lambda each: each.at)) if logs else None)


def _custody(settings: ServerSettings) -> Custody:
    return open_custody(settings.data, settings.wrapping_key, settings.other_wrapping_keys, may_create=False)


def _load(store: PlatformStore, custody: Custody, file: BinaryIO, backed_up_at: datetime, where: str) -> int:
    with store.writing() as transaction:
        try:
            rows = transaction.load(_lines(_decompressed(open_sealed(file, custody, where=where))))
        except DamagedError as error:
            raise DamagedError(error.what, where=error.where or where, fix=error.fix) from error
        if missing := sorted(transaction.secrets.wrapping_keys().keys() - custody.opens):
            raise LeastwayError(
                f"the backup has credentials sealed by {', '.join(missing)}, and this key is not given",
                where=where,
                fix="give it with --wrapping-key or --other-wrapping-key; nothing was restored",
            )
        reason = _SWITCH_REASON.format(f"{backed_up_at:%Y-%m-%d %H:%M} UTC")
        now, identifier = transaction.now, str(uuid.uuid4())
        transaction.switches.turn_on(KillSwitch(identifier, Scope.EVERYTHING, None, None, reason, now, _ADMINISTRATOR))
        details: dict[str, Detail] = {"rows": rows, "backed_up_at": backed_up_at.isoformat()}
        entry = Entry(SERVER, transaction.now, Actor(), "server.restored", Path(where).name, details=details)
        transaction.audit.append(entry)
    return rows


def _checked_header(file: BinaryIO, where: str) -> datetime:
    header = read_header(file, where=where)
    if header.get("leastway") != _KIND or header.get("format") != _FORMAT:
        raise InvalidInputError("it is not a backup of a leastway server", where=where, fix="give another file")
    if header.get("revision") != REVISION:
        raise InvalidInputError(
            f"the backup has the schema {header.get('revision')} of leastway {header.get('version')}, and this one has "
            f"{REVISION}",
            where=where,
            fix=f"restore it with leastway {header.get('version')}; a newer one then upgrades the database",
        )
    try:
        backed_up_at = datetime.fromisoformat(header["backed_up_at"])
    except (KeyError, ValueError):
        backed_up_at = None
    if backed_up_at is None or backed_up_at.tzinfo is None:
        raise InvalidInputError("its header has no date", where=where, fix="give another file")
    return backed_up_at


class _Counted:
    """Lines, and how many of them are rows."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = lines
        self.rows = 0

    def __iter__(self) -> Iterator[bytes]:
        for line in self._lines:
            self.rows += line.startswith(b"[")
            yield line


def _compressed(parts: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj()
    for part in parts:
        yield packer.compress(part)
    yield packer.flush()


def _decompressed(parts: Iterable[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj()
    try:
        for part in parts:
            yield unpacker.decompress(part)
        yield unpacker.flush()
    except zlib.error as error:
        raise DamagedError("its content cannot be decompressed") from error


def _lines(parts: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for part in parts:
        *whole, rest = (rest + part).split(b"\n")
        yield from whole
        if len(rest) > _LONGEST_LINE:
            raise DamagedError("it has a line without an end")
    if rest:
        raise DamagedError("its last line is not complete")


def _exists(path: Path) -> InvalidInputError:
    return InvalidInputError("the file exists, and is not replaced", where=str(path), fix="give another file")


def revoked_since(folder: Path, moment: datetime) -> tuple[LostChange, ...]:
    """Return what the log in `folder` says was revoked, deleted or replaced after `moment`.

    Errors: InvalidInputError if it is not a log, or a part of it is missing.
    """
    return tuple(
        LostChange(entry.at, entry.organization, entry.action, entry.target)
        for entry in _entries(folder)
        if entry.outcome is Outcome.DONE and entry.at > moment and is_lost_by_a_restore(entry.action)
    )


def is_lost_by_a_restore(action: str) -> bool:
    """Return whether a restored database undoes the action to somebody's gain."""
    word = _LAST_WORD.search(action)
    return word is not None and word[0] in _ENDS


def _entries(folder: Path) -> Iterator[Entry]:
    lines = read_file(folder / CHECKPOINT, limit=_LARGEST_CHECKPOINT).decode(errors="replace").splitlines()
    if len(lines) < 3 or not lines[1].isdecimal() or len(lines[1]) > _LONGEST_SIZE:
        raise InvalidInputError("it is not the checkpoint of a log", where=str(folder / CHECKPOINT), fix=_FIX)
    for bundle in bundles_of(int(lines[1])):
        path = folder / bundle.path
        try:
            yield from map(read_entry, read_bundle(read_file(path, limit=_LARGEST_BUNDLE), bundle))
        except (BundleError, EntryError) as error:
            raise InvalidInputError(error.what, where=str(path), fix=_FIX) from error

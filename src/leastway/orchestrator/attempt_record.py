"""What an attempt leaves on disk for the next server, and the process of its supervisor.

A process is known by its number and the time it began, since numbers are used again.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from leastway.errors import OutOfReachError

__all__ = [
    "AttemptRecord",
    "began_at",
    "end_left",
    "end_process",
    "is_alive",
    "is_left",
    "read_record",
    "write_record",
]

_ENDS_WITHIN: Final = 2.0
_KILLED_WITHIN: Final = 10.0
"""Seconds; a killed process ends at once, and later where the machine is busy."""


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """What the next server needs to take an attempt up again.

    `own_until` is when the session of the account's own role expires, as far as one was made: what an injected run has.
    """

    lease: str
    token: str = field(repr=False)
    state: str = field(repr=False)
    pid: int
    began_at: int
    ordered: tuple[str, ...] = ()
    own_until: datetime | None = None


def write_record(path: Path, record: AttemptRecord) -> None:
    """Write a record for this user alone; another process sees the old one or the new one. Errors: OutOfReachError."""
    until = record.own_until
    text = json.dumps({**asdict(record), "own_until": None if until is None else until.isoformat()})
    temporary = path.with_suffix(".new")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode=0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        temporary.replace(path)
    except OSError as error:
        raise OutOfReachError(
            f"the run's folder cannot be written: {error.strerror}",
            where=str(path.parent),
            fix="check its disk's space and that it is writable (--run-folder)",
        ) from error


def read_record(path: Path) -> AttemptRecord | None:
    """Return the record, or None if there is none that can be read."""
    try:
        found = json.loads(path.read_text())
        ordered = tuple(map(str, found["ordered"]))
        texts = (str(found["lease"]), str(found["token"]), str(found["state"]))
        until = found.get("own_until")  # a server of before has not written it
        expires = None if until is None else datetime.fromisoformat(until).astimezone(UTC)
        return AttemptRecord(*texts, int(found["pid"]), int(found["began_at"]), ordered, expires)
    except (OSError, ValueError, OverflowError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def began_at(pid: int) -> int:
    """Return when a process began, in ticks since the machine started; 0 if there is none.

    The number of a process is used again, together with its time it is not. Source: proc_pid_stat(5), field 22.
    """
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return 0


def is_alive(pid: int, began: int) -> bool:
    """Return whether a process that `began_at` that time lives, and reap it if it is an ended child of this one."""
    try:
        reaped, _ = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        reaped = 0
    if reaped == pid:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it lives, as another user
        pass
    return began_at(pid) == began


def end_process(pid: int, began: int) -> None:
    """Give a supervisor two seconds to end by itself, then kill it, and its sandbox with it.

    Nothing is done to another process that has its number.
    """
    with contextlib.suppress(ProcessLookupError):
        process = os.pidfd_open(pid)
        try:
            ended = select.poll()
            ended.register(process, select.POLLIN)
            if began_at(pid) == began and not ended.poll(_ENDS_WITHIN * 1000):
                signal.pidfd_send_signal(process, signal.SIGKILL)
                ended.poll(_KILLED_WITHIN * 1000)
        finally:
            os.close(process)
    is_alive(pid, began)


def is_left(record: AttemptRecord) -> bool:
    """Return whether the supervisor of a record still lives."""
    return record.pid != 0 and is_alive(record.pid, record.began_at)


def end_left(record: AttemptRecord) -> None:
    """End the supervisor of a record, if it still lives."""
    if is_left(record):
        end_process(record.pid, record.began_at)

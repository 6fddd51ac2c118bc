"""What an offboarding is about to remove, recorded before it begins.

A removed object can no longer be read. If a run is killed, the next one finds in this file what that run was about to
remove, and reports it in its evidence. The first complete offboarding deletes the file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path

from leastway.errors import LeastwayError
from leastway.primitives import read_file, write_private
from leastway.reconcile import Removal, others_than

__all__ = ["PendingRemovals"]

_LARGEST = 256 << 20


class PendingRemovals:
    """The removals of one grant that no complete offboarding has accounted for, as a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def begin(self, mine: Iterable[Removal]) -> tuple[Removal, ...]:
        """Add what a run is about to remove, and return what earlier runs were about to remove in addition.

        Errors: LeastwayError if the file cannot be read or written; nothing was removed then.
        """
        removals = tuple(mine)
        others = others_than(removals, self._read())
        if others or removals:
            self._write([asdict(removal) for removal in (*others, *removals)])
        return others

    def end(self, accounted: Callable[[str], bool] = lambda _: True) -> None:
        """Remove the objects that are `accounted` for, by their printed addresses; delete the file if none is left."""
        left = [asdict(removal) for removal in self._read() if not accounted(removal.what)]
        if left:
            self._write(left)
        else:
            self._path.unlink(missing_ok=True)

    def _read(self) -> tuple[Removal, ...]:
        try:
            if not os.path.lexists(self._path):
                return ()
            return tuple(Removal(**one) for one in json.loads(read_file(self._path, limit=_LARGEST)))
        except (LeastwayError, ValueError, TypeError, RecursionError) as error:
            raise LeastwayError(
                f"the record of an earlier offboarding cannot be read, so nothing was removed: {error}",
                where=str(self._path),
                fix="move the file away, keep it with the evidence, then run the same command again",
            ) from error

    def _write(self, removals: list[dict[str, str]]) -> None:
        try:
            write_private(self._path, json.dumps(removals, indent=2) + "\n")
        except OSError as error:
            raise LeastwayError(
                f"the objects to remove cannot be recorded, so nothing was removed: {error.strerror}",
                where=str(self._path),
                fix="set LEASTWAY_STATE to a writable folder with free space",
            ) from error

"""What an offboarding is about to remove, written down before it begins.

What was removed can no longer be asked. Should a run be killed, the next one finds here what that run was about, and
its evidence says so. The file ends with the first offboarding that was complete.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
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
        """Add what a run is about to remove, and return what earlier runs set out to remove beside it.

        LeastwayError where the file can be neither read nor written; nothing was removed then.
        """
        removals = tuple(mine)
        others = others_than(removals, self._read())
        if others or removals:
            self._write([asdict(removal) for removal in (*others, *removals)])
        return others

    def end(self) -> None:
        """Forget all of it."""
        self._path.unlink(missing_ok=True)

    def _read(self) -> tuple[Removal, ...]:
        try:
            if not os.path.lexists(self._path):
                return ()
            return tuple(Removal(**one) for one in json.loads(read_file(self._path, limit=_LARGEST)))
        except (LeastwayError, ValueError, TypeError, RecursionError) as error:
            raise LeastwayError(
                f"what an earlier offboarding began cannot be read, so nothing was removed: {error}",
                where=str(self._path),
                fix="move the file away, keep it with the evidence, then run the same command again",
            ) from error

    def _write(self, removals: list[dict[str, str]]) -> None:
        try:
            write_private(self._path, json.dumps(removals, indent=2) + "\n")
        except OSError as error:
            raise LeastwayError(
                f"what is about to be removed cannot be written down, so nothing was removed: {error.strerror}",
                where=str(self._path),
                fix="let LEASTWAY_STATE name a folder that can be written to and has room",
            ) from error

"""Durable steps: what a long procedure asks of the engine that remembers how far it got, and its double in memory.

A step that returned is never run again: its result is recorded, and the next run gets it from the record. A step that
raised, or whose process was killed, leaves no record: the next run begins with it. So each step must be idempotent.
Results are recorded as JSON in a database. A secret must never be one: return the id of a key, and not the key.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from leastway.errors import LeastwayError

__all__ = ["MemorySteps", "Steps", "WaitingError"]


class WaitingError(LeastwayError):
    """A step cannot be done yet, and nothing is wrong: it waits for a person, or until a time.

    `until` is that time in UTC, or None.
    """

    def __init__(
        self, what: str, *, where: str | None = None, fix: str | None = None, until: dt.datetime | None = None
    ):
        super().__init__(what, where=where, fix=fix)
        self.until = until


class Steps(Protocol):
    """The steps of one run of a procedure."""

    def once(self, name: str, act: Callable[[], Any], /) -> Any:
        """Return the recorded result of the step `name`, or call `act` and record its result, which must be JSON.

        A procedure takes its steps in the same order in every run. Errors are those of `act`; they are not recorded.
        """
        ...


@dataclass
class MemorySteps:
    """The double: results in memory."""

    results: dict[str, Any] = field(default_factory=dict)

    def once(self, name: str, act: Callable[[], Any], /) -> Any:
        """Return the recorded result, or call `act` and record it."""
        if name not in self.results:
            self.results[name] = act()
        return self.results[name]

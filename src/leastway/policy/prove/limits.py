"""When to stop looking: a deadline, and what cannot be decided at all. Either makes a verdict unknown."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

__all__ = ["Deadline", "GiveUpError"]


class GiveUpError(Exception):
    """The question stays open; the message says why. It never leaves this package."""


@dataclass(slots=True)
class Deadline:
    """A number of seconds from now; call it now and then."""

    seconds: float
    _end: float = field(init=False)

    def __post_init__(self) -> None:
        self._end = time.monotonic() + self.seconds

    def __call__(self) -> None:
        """Errors: GiveUpError when the time is over."""
        if time.monotonic() > self._end:
            raise GiveUpError(f"no answer within {self.seconds:g} s")

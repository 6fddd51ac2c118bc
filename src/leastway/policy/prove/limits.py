"""When to stop looking: a deadline, and what cannot be decided at all. Either makes a verdict unknown."""

from __future__ import annotations

import mmap
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["MOST_BYTES", "MOST_STATES", "Deadline", "GiveUpError", "TooManyStatesError"]

MOST_STATES = 200_000
"""Combinations of states that one search for a word may remember."""
MOST_BYTES = 64 * 2**20
"""And how large these may be together, as may an automaton."""


class GiveUpError(Exception):
    """The question stays open; the message says why. It never leaves this package."""


class TooManyStatesError(GiveUpError):
    """One search for a word takes more memory than it may: what it was about is in doubt, the rest is not."""

    def __init__(self) -> None:
        super().__init__("patterns are compared in more ways than can be remembered")


MOST_MEMORY = 170 * 2**20
"""Bytes by which the process may grow while one question is asked."""
_LOOKS = 0.05
"""Seconds between two looks at the memory."""
_PAGES = Path("/proc/self/statm")


@dataclass(slots=True)
class Deadline:
    """A number of seconds from now, and of bytes more than now; call it now and then."""

    seconds: float
    memory: int = MOST_MEMORY
    _end: float = field(init=False)
    _look: float = field(init=False)
    _most: int = field(init=False)

    def __post_init__(self) -> None:
        now = time.monotonic()
        self._end = now + self.seconds
        self._look = now + _LOOKS
        self._most = _used() + self.memory

    def __call__(self) -> None:
        """Errors: GiveUpError when the time or the memory is over."""
        now = time.monotonic()
        if now > self._end:
            raise GiveUpError(f"no answer within {self.seconds:g} s")
        if now > self._look:
            self._look = now + _LOOKS
            if _used() > self._most:
                raise GiveUpError(f"no answer within {self.memory >> 20} MiB of memory")


def _used() -> int:
    """Return the memory of this process in bytes; where that is not told, the most that it had so far, or 0."""
    try:
        return int(_PAGES.read_text(encoding="ascii").split()[1]) * mmap.PAGESIZE
    except OSError:
        pass
    try:
        import resource
    except ImportError:
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024

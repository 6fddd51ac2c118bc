"""The limits of a search in time and memory. A search that reaches one of them makes the verdict unknown."""

from __future__ import annotations

import mmap
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["MOST_BYTES", "MOST_STATES", "Deadline", "GiveUpError", "TooManyStatesError"]

MOST_STATES = 200_000
"""The number of combinations of states that one search for a word may remember."""
MOST_BYTES = 64 * 2**20
"""The memory that these may take together, in bytes; also the largest size of an automaton."""


class GiveUpError(Exception):
    """The question cannot be decided; the message says why. It is never raised outside this package."""


class TooManyStatesError(GiveUpError):
    """One search for a word exceeds its memory: only what it was about is in doubt."""

    def __init__(self) -> None:
        super().__init__("the patterns are compared in too many ways to keep in memory")


MOST_MEMORY = 170 * 2**20
"""Bytes by which the process may grow while one question is asked."""
_LOOKS = 0.05
"""Seconds between two checks of the memory."""
_PAGES = Path("/proc/self/statm")


@dataclass(slots=True)
class Deadline:
    """A limit in seconds from now, and in bytes of memory beyond the present use; call it regularly to check both."""

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
        """Check both limits. Errors: GiveUpError when one is exceeded."""
        now = time.monotonic()
        if now > self._end:
            raise GiveUpError(f"no answer within {self.seconds:g} s")
        if now > self._look:
            self._look = now + _LOOKS
            if _used() > self._most:
                raise GiveUpError(f"no answer within {self.memory >> 20} MiB of memory")


def _used() -> int:
    """Return the memory of this process in bytes; on systems that do not report it, its peak so far, or 0."""
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

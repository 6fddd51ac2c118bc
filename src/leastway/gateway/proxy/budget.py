"""How much of bodies a run's gateway holds in memory at a time, over all connections."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from leastway.errors import LeastwayError

__all__ = ["Budget", "BudgetError"]

_BYTES = 80 << 20
_SECONDS = 20.0


class BudgetError(LeastwayError):
    """Too many large requests at the same time. The client may try again."""


class Budget:
    """Bytes that may be held. Who does not get them in time is told to come back. Thread-safe."""

    def __init__(self, size: int = _BYTES, seconds: float = _SECONDS) -> None:
        self._left = size
        self._seconds = seconds
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def taking(self, size: int) -> Iterator[None]:
        """Hold `size` bytes during the block. Errors: BudgetError."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._left >= size, self._seconds):
                raise BudgetError("too many large requests are being judged at the same time")
            self._left -= size
        try:
            yield
        finally:
            with self._changed:
                self._left += size
                self._changed.notify_all()

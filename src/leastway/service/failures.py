"""Failed sign-ins of this process: after ten for one address, the next one waits a minute."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime, timedelta

from leastway.errors import LeastwayError

__all__ = ["Failures", "ThrottledError"]

_MOST_FAILURES = 10
_PAUSE = timedelta(minutes=1)
_MOST_ADDRESSES = 10_000


class ThrottledError(LeastwayError):
    """Too many failures: the client waits, then tries again."""


class Failures:
    """Failed sign-ins of this process by address, the latest ten thousand. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures: OrderedDict[tuple[str, str], tuple[int, datetime]] = OrderedDict()

    def check(self, address: tuple[str, str], now: datetime) -> None:
        """Errors: ThrottledError if the address failed too often, and the last time less than a minute ago."""
        with self._lock:
            count, last = self._failures.get(address, (0, now))
        if count >= _MOST_FAILURES and now - last < _PAUSE:
            raise ThrottledError("too many failed sign-ins for this address", fix="wait a minute, then try again")

    def add(self, address: tuple[str, str], now: datetime) -> None:
        """Count a failure."""
        with self._lock:
            count, _ = self._failures.pop(address, (0, now))
            self._failures[address] = (count + 1, now)
            while len(self._failures) > _MOST_ADDRESSES:
                self._failures.popitem(last=False)

    def clear(self, address: tuple[str, str]) -> None:
        """Forget the failures of an address that signed in."""
        with self._lock:
            self._failures.pop(address, None)

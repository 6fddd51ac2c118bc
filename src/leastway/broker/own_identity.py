"""Who the server itself is on AWS: the identity that assumes the accounts' roles."""

from __future__ import annotations

import threading
from collections.abc import Callable

from leastway.ports import CallerIdentity, Sts

__all__ = ["OwnIdentity"]


class OwnIdentity:
    """The server's own identity, and the region of its STS. Both are looked up when they are first needed."""

    def __init__(self, sts: Sts, region: Callable[[], str]) -> None:
        self._sts = sts
        self._region = region
        self._lock = threading.Lock()
        self._known: CallerIdentity | None = None
        self._known_region: str | None = None

    @property
    def region(self) -> str:
        """The region. Errors: LeastwayError if none is configured."""
        with self._lock:
            if self._known_region is None:
                self._known_region = self._region()
            return self._known_region

    def caller(self) -> CallerIdentity:
        """Return what GetCallerIdentity reports. Errors: StsRefusedError, StsUnavailableError; LeastwayError."""
        region = self.region
        with self._lock:
            if self._known is None:
                self._known = self._sts.identity(region)
            return self._known

    @property
    def is_session(self) -> bool:
        """Whether it is a role's session, so that every session that it asks for is chained. Errors as `caller`."""
        return ":assumed-role/" in self.caller().arn

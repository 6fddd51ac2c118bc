"""A bearer token and its expiry time, as the token provider returns it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Protocol

from leastway.primitives import Secret

__all__ = ["BearerToken", "TokenProvider"]


class BearerToken(Protocol):
    """A token for one cluster."""

    @property
    def token(self) -> Secret:
        """The bearer token."""
        ...

    @property
    def expires(self) -> dt.datetime:
        """When it expires, timezone-aware."""
        ...


TokenProvider = Callable[[], BearerToken]
"""Signs a new token each time it is called."""

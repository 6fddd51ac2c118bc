"""A bearer token and when it ends, as whoever signs tokens hands it in."""

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
        """When it is no longer to be used, timezone-aware."""
        ...


TokenProvider = Callable[[], BearerToken]
"""Signs a new token each time it is called."""

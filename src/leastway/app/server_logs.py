"""Logs on the platform's server that grow, of runs and deployments: read, and followed until the work has ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from leastway.app.server_client import ServerClient, ServerRefusedError, UnexpectedAnswerError, unexpected
from leastway.errors import LeastwayError

__all__ = ["Lost", "followed_log", "log_lines"]

Lost = Callable[[LeastwayError], None]
"""Is told why a server is lost whose log is followed."""

_PAUSE: Final = 1.0
_PATIENCE: Final = 120.0
"""Seconds in which a server that was lost may come back while its log is followed."""


def log_lines(client: ServerClient, path: str) -> Iterator[Mapping[str, Any]]:
    """Yield the lines of the log so far."""
    after = 0
    while found := client.objects(path, query={"after": str(after)}):
        number = found[-1]["number"]
        if not isinstance(number, int) or number <= after:  # the same lines again, for ever
            raise unexpected(f"lines behind number {after}", f"GET {client.url}{path}")
        yield from found
        after = number


def followed_log(client: ServerClient, path: str, lost: Lost | None = None) -> Iterator[Mapping[str, Any]]:
    """Yield the lines of the log as they come, and at last `{status, error}`.

    A server that is lost meanwhile is waited for; `lost` is told once each time. Errors: LeastwayError if it does not
    come back.
    """
    last, lost_at = "", None
    while True:
        try:
            for event, number, data in client.events(path, last):
                last, lost_at = number or last, None
                yield data
                if event == "end":
                    return
        except (ServerRefusedError, UnexpectedAnswerError):
            raise
        except LeastwayError as error:
            if lost_at is None and lost is not None:
                lost(error)
            lost_at = lost_at or time.monotonic()
            if time.monotonic() - lost_at > _PATIENCE:
                raise
        time.sleep(_PAUSE)

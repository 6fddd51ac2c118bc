"""The log of calls to AWS and Kubernetes: one line for each call, without its content.

A line has the service, the operation, the place, the outcome, the duration and the id of the request, which AWS Support
and the audit log of a cluster know. It never has parameters, headers or bodies, so no secret can be in it. Nothing is
measured or formatted unless somebody listens (`leastway -v`).
"""

from __future__ import annotations

import logging
import time

__all__ = ["CALLS", "CallTimer"]

CALLS = logging.getLogger("leastway.calls")
"""INFO: each call. DEBUG: also each attempt of a call that is sent again."""


class CallTimer:
    """Measures one call, and logs it when it ends."""

    __slots__ = ("_began", "_operation", "_place", "_service")

    def __init__(self, service: str, operation: str, place: str) -> None:
        self._service, self._operation, self._place = service, operation, place
        self._began = time.perf_counter()

    def end(self, outcome: str, request_id: str = "", *, level: int = logging.INFO) -> None:
        """Log the call: `outcome` is a status and an error code, or why there was no response."""
        milliseconds = (time.perf_counter() - self._began) * 1000
        CALLS.log(
            level,
            "%s %s %s: %s in %.0f ms%s",
            self._service,
            self._operation,
            self._place or "-",
            outcome,
            milliseconds,
            f", request {request_id}" if request_id else "",
        )

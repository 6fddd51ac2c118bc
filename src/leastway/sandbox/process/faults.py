"""Faults that can be injected: latency, throttling, errors, and killing a process between a write and its response."""

from __future__ import annotations

import os
import signal
import time
import uuid
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from leastway.sandbox.http1 import Dropped, HttpResponse
from leastway.sandbox.process.calls import ApiCall
from leastway.sandbox.process.engine import require

__all__ = ["Faults"]

_STATUS = {
    "AccessDenied": 403,
    "AccessDeniedException": 403,
    "DeleteConflict": 409,
    "InvalidClientTokenId": 403,
    "NoSuchEntity": 404,
    "ResourceInUseException": 409,
    "ServerException": 500,
    "ServiceFailure": 500,
    "ThrottlingException": 429,
}
"""The HTTP status that AWS sends with a code; 400 with all others."""


def _error(call: ApiCall, code: str, message: str) -> HttpResponse:
    """Return an error in the protocol of the service, as ministack renders it."""
    render, request = require("core.iam_actions", "access_denied_response"), str(uuid.uuid4())
    _, headers, body = render(call.service, call.name, "", request, error_code=code, message=message)
    fields = {**headers, "x-amzn-requestid": request}
    return HttpResponse(_STATUS.get(code, 400), body, [(name.encode(), text.encode()) for name, text in fields.items()])


@dataclass(slots=True)
class _Throttle:
    """Throttles every `every`-th matching call, or an account's calls beyond `rate` per second after a burst."""

    action: str
    every: int
    rate: float
    seen: int = 0
    buckets: dict[str, tuple[float, float]] = field(default_factory=dict)

    def hits(self, call: ApiCall) -> bool:
        if not fnmatchcase(call.name, self.action):
            return False
        if self.every:
            self.seen += 1
            return self.seen % self.every == 0
        now, account = time.monotonic(), call.account
        tokens, then = self.buckets.get(account, (max(self.rate, 1.0), now))
        tokens = min(tokens + (now - then) * self.rate, max(self.rate, 1.0))
        self.buckets[account] = (max(tokens - 1, 0.0) if tokens >= 1 else tokens, now)
        return tokens < 1


@dataclass(slots=True)
class _Failure:
    action: str
    code: str
    times: int

    def hits(self, call: ApiCall) -> bool:
        if self.times <= 0 or not fnmatchcase(call.name, self.action):
            return False
        self.times -= 1
        return True


class Faults:
    """The currently armed faults; initially none."""

    def __init__(self) -> None:
        self.latency = 0.0
        """Seconds of delay before each AWS call is processed."""
        self._throttles: list[_Throttle] = []
        self._failures: list[_Failure] = []
        self._writes_left = self._victim = 0

    def throttle(self, action: str, every: int, rate: float) -> None:
        """Throttle calls that match `action`, a pattern such as `eks:*`; with neither number, stop throttling them."""
        self._throttles = [known for known in self._throttles if known.action != action]
        if every or rate:
            self._throttles.append(_Throttle(action, every, rate))

    def fail(self, action: str, code: str, times: int) -> None:
        """Fail the next `times` calls that match `action` with `code`."""
        self._failures.append(_Failure(action, code, times))

    def kill_after_write(self, writes: int, pid: int) -> None:
        """Kill `pid` after the `writes`-th change from now; 0 disarms."""
        self._writes_left, self._victim = writes, pid

    def refusal(self, call: ApiCall) -> HttpResponse | None:
        """Return the error to send instead of processing the call, or None."""
        for throttle in self._throttles:
            if throttle.hits(call):
                code = "Throttling" if call.service in ("iam", "sts") else "ThrottlingException"
                return _error(call, code, "Rate exceeded")
        for failure in self._failures:
            if failure.hits(call):
                return _error(call, failure.code, f"{failure.code} was injected by the test")
        return None

    def written(self) -> None:
        """Count a change; if it is the armed one, kill the process and raise Dropped."""
        self._writes_left -= 1  # without an armed one it is below zero
        if self._writes_left == 0:
            os.kill(self._victim, signal.SIGKILL)
            raise Dropped

"""Logs the calls of a botocore client, if somebody listens.

Source: botocore's events `before-call`, `after-call` and `after-call-error`.
"""

from __future__ import annotations

import logging
from typing import Any

from leastway.primitives import CALLS, CallTimer

__all__ = ["log_calls"]

_TIMER = "leastway_timer"


def log_calls(client: Any, place: str) -> None:
    """Log each call of `client`; `place` is the account, if it is known, to which the region is added."""
    if not CALLS.isEnabledFor(logging.INFO):
        return
    service = client.meta.service_model.service_name
    where = "/".join(filter(None, (place, client.meta.region_name)))

    def begin(model: Any, context: dict[str, Any], **_: Any) -> None:
        context[_TIMER] = CallTimer(service, model.name, where)

    def end(parsed: dict[str, Any], http_response: Any, context: dict[str, Any], **_: Any) -> None:
        details = parsed.get("ResponseMetadata", {})
        code = parsed.get("Error", {}).get("Code", "") if http_response.status_code >= 300 else ""
        retries = details.get("RetryAttempts", 0)
        outcome = " ".join(filter(None, (str(http_response.status_code), str(code))))
        outcome += f" after {retries} retries" if retries else ""
        context[_TIMER].end(outcome, str(details.get("RequestId", "")))

    def fail(exception: Exception, context: dict[str, Any], **_: Any) -> None:
        if _TIMER in context:
            context[_TIMER].end(type(exception).__name__)

    client.meta.events.register("before-call", begin)
    client.meta.events.register("after-call", end)
    client.meta.events.register("after-call-error", fail)

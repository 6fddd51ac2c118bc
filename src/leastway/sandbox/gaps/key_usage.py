"""The last use of an access key.

AWS (IAM API Reference, GetAccessKeyLastUsed): returns date, service and region of the last signed request.
ministack: reports every key as never used.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from leastway.sandbox.gaps.iam_api import IamAnswer, Params, argument
from leastway.sandbox.process.engine import Function, change, handle, iam, require

_USE = "_LastUsed"


@change("core.iam_evaluator", "enforce")
def _enforce(
    original: Function, access_key: str, action: str, service: str, region: str, *rest: Any, **context: Any
) -> Any:
    verdict = original(access_key, action, service, region, *rest, **context)
    record = iam("_access_keys").get(access_key)
    if record is not None and not isinstance(verdict, require("core.iam_evaluator", "AuthError")):
        record[_USE] = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), service, region)
    return verdict


@handle("GetAccessKeyLastUsed")
def _last_used(original: Callable[[Params], IamAnswer], params: Params) -> IamAnswer:
    key = iam("_access_keys").get(argument(params, "AccessKeyId"))
    status, headers, body = original(params)
    if key is None or _USE not in key:
        return status, headers, body
    date, service, region = key[_USE]
    never = b"<Region>N/A</Region><ServiceName>N/A</ServiceName>"
    used = f"<LastUsedDate>{date}</LastUsedDate><Region>{region}</Region><ServiceName>{service}</ServiceName>"
    return status, headers, body.replace(never, used.encode())

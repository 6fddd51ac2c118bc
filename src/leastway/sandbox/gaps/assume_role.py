"""The limits of AssumeRole, and its errors.

AWS (STS API Reference, AssumeRole; IAM User Guide, "Role terms and concepts", role chaining): a session lasts 900 to
43,200 seconds, at most the role's maximum, and at most one hour if a session assumes another role; session names and
external ids have restricted characters and lengths; an account's root user cannot assume a role. All errors but the
last are ValidationError. ministack: accepts any duration and any name from every principal that the trust policy
admits.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from leastway.sandbox.gaps.iam_api import IamAnswer, Params, argument, caller, find_principal
from leastway.sandbox.process.engine import change, iam, require

_HOUR = 3600
_SHAPES = {
    "RoleSessionName": re.compile(r"[A-Za-z0-9_+=,.@-]{2,64}"),
    "ExternalId": re.compile(r"[A-Za-z0-9_+=,.@:/-]{2,1224}"),
}


@change("services.sts", "handle_request")
async def _handle_request(original: Callable[..., Awaitable[IamAnswer]], *request: Any) -> IamAnswer:
    _method, _path, _headers, body, query = request
    params = {**query, **parse_qs(body.decode("utf-8", "replace"))}
    if argument(params, "Action") != "AssumeRole":
        return await original(*request)
    if refused := _refuse_before(params):
        return refused
    answer = await original(*request)
    return _refuse_after(params) or answer if answer[0] == 200 else answer


def _error(message: str, status: int = 400, code: str = "ValidationError") -> IamAnswer:
    answer: IamAnswer = iam("_error")(status, code, message, ns="sts")
    return answer


def _invalid(member: str, value: Any, constraint: str) -> IamAnswer:
    where = f"Value{value} at '{member[0].lower()}{member[1:]}'"
    return _error(f"1 validation error detected: {where} failed to satisfy constraint: Member must {constraint}")


def _seconds(params: Params) -> int:
    return int(argument(params, "DurationSeconds") or _HOUR)


def _refuse_before(params: Params) -> IamAnswer | None:
    for name, shape in _SHAPES.items():
        value = argument(params, name)
        if (value or name == "RoleSessionName") and not shape.fullmatch(value):
            return _invalid(name, "", f"satisfy regular expression pattern: {shape.pattern}")
    seconds = _seconds(params)
    if not 900 <= seconds <= 43200:
        return _invalid("DurationSeconds", f" '{seconds}'", "have value between 900 and 43200")
    if caller().endswith(":root"):
        return _error("Roles may not be assumed by root accounts.", 403, "AccessDenied")
    return None


def _refuse_after(params: Params) -> IamAnswer | None:
    """Withdraw a session that would last too long: AWS returns this error only to callers who can assume the role."""
    role = find_principal(argument(params, "RoleArn"))
    if role is None or _seconds(params) > role["MaxSessionDuration"]:
        message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    elif ":assumed-role/" in caller() and _seconds(params) > _HOUR:
        message = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
    else:
        return None
    require("services.sts", "_sessions").popitem()
    return _error(message)

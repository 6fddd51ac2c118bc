"""Shared parts of the IAM gaps: a request's parameters, its caller, and IAM's error responses."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from leastway.sandbox.process.engine import iam, require

__all__ = [
    "IamAnswer",
    "IamHandler",
    "Params",
    "argument",
    "caller",
    "holder",
    "iam_error",
    "statements",
    "trust_document",
]

Params = dict[str, Any]
"""Form parameters: a list of values for each name."""
IamAnswer = tuple[int, dict[str, str], bytes]
IamHandler = Callable[[Params], IamAnswer]


def argument(params: Mapping[str, Any], name: str) -> str:
    """Return the first value of a parameter, or an empty string."""
    value = params.get(name, "")
    return str(value[0] if isinstance(value, list) else value)


def trust_document(params: Params) -> str:
    """Return the trust policy in the parameters of CreateRole or UpdateAssumeRolePolicy."""
    return argument(params, "AssumeRolePolicyDocument") or argument(params, "PolicyDocument")


def holder(params: Params) -> tuple[str, str, dict[str, Any] | None]:
    """Return the subject of a request: `User` or `Role`, its name, and ministack's record of it if it exists."""
    kind = "User" if argument(params, "UserName") else "Role"
    name = argument(params, f"{kind}Name")
    return kind, name, iam(f"_{kind.lower()}s").get(name)


def iam_error(status: int, code: str, message: str) -> IamAnswer:
    """Return an error response of IAM."""
    answer: IamAnswer = iam("_error")(status, code, message)
    return answer


def caller() -> str:
    """Return the ARN of the request's caller."""
    arn: str = require("core.iam_evaluator", "caller_arn")()
    return arn


def statements(document: str) -> Sequence[Mapping[str, Any]]:
    """Return the statements of a policy document; ValueError if it has none."""
    policy = json.loads(document)
    found = policy.get("Statement") if isinstance(policy, dict) else None
    listed = [found] if isinstance(found, dict) else found
    if not isinstance(listed, list) or not listed or not all(isinstance(one, dict) for one in listed):
        raise ValueError("a policy must have statements")
    return listed

"""Shared parts of the IAM gaps: a request's parameters, its caller, users and roles, and IAM's responses."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from leastway.errors import InvalidInputError
from leastway.primitives import Arn
from leastway.sandbox.process.engine import iam, require

__all__ = [
    "IamAnswer",
    "IamHandler",
    "Params",
    "argument",
    "caller",
    "find_principal",
    "holder",
    "iam_answer",
    "iam_error",
    "missing",
    "statements",
    "trust_document",
    "unique_id",
]

Params = dict[str, Any]
"""Form parameters: a list of values for each name."""
IamAnswer = tuple[int, dict[str, str], bytes]
IamHandler = Callable[[Params], IamAnswer]
_STORES = {"user": "_users", "role": "_roles"}


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


def iam_answer(params: Params, result: str = "") -> IamAnswer:
    """Return a successful response of IAM with the XML `result`."""
    action = argument(params, "Action")
    answer: IamAnswer = iam("_xml")(200, f"{action}Response", f"<{action}Result>{result}</{action}Result>", ns="iam")
    return answer


def iam_error(status: int, code: str, message: str) -> IamAnswer:
    """Return an error response of IAM. ministack puts the message into XML as it is."""
    answer: IamAnswer = iam("_error")(status, code, escape(message))
    return answer


def missing(what: str, name: str) -> IamAnswer:
    """Return IAM's error for something that does not exist."""
    return iam_error(404, "NoSuchEntity", f"The {what} {name} cannot be found.")


def caller() -> str:
    """Return the ARN of the request's caller."""
    arn: str = require("core.iam_evaluator", "caller_arn")()
    return arn


def find_principal(arn: str) -> dict[str, Any] | None:
    """Return ministack's record of the user or role with exactly this ARN, including its path, in any account."""
    try:
        parsed = Arn.parse(arn)
    except InvalidInputError:
        return None
    if parsed.service != "iam" or parsed.resource_type not in _STORES:
        return None
    store = iam(_STORES[parsed.resource_type])
    record: dict[str, Any] | None = store.get_scoped(parsed.account, None, parsed.name)
    return record if record is not None and record["Arn"] == arn else None


def unique_id(principal: Mapping[str, Any]) -> str:
    """Return the `AIDA...` id of a user or `AROA...` id of a role; a recreated one has another id."""
    found: str = principal.get("UserId") or principal["RoleId"]
    return found


def statements(document: str) -> Sequence[Mapping[str, Any]]:
    """Return the statements of a policy document; ValueError if it has none."""
    policy = json.loads(document)
    found = policy.get("Statement") if isinstance(policy, dict) else None
    listed = [found] if isinstance(found, dict) else found
    if not isinstance(listed, list) or not listed or not all(isinstance(one, dict) for one in listed):
        raise ValueError("a policy must have statements")
    return listed

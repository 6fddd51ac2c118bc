"""Trust policies: whom they name, and what they allow.

The principals of a trust policy are users and roles, not only their names.

AWS (IAM User Guide, "AWS JSON policy elements: Principal"): a trust policy is refused if a user or role that it names
does not exist; if one is deleted, its ARN in the policy becomes its unique id, and one that is recreated under the same
name is not admitted; the sessions of a deleted principal end. ministack: accepts any text as a principal, and sessions
of a deleted role get the policies of the next role of that name.

A trust policy is a resource policy.

AWS (IAM User Guide, "Policy evaluation logic"): within one account a trust policy that names a user or role is enough
to assume the role, without an identity policy; across accounts both must allow it. ministack: always requires an
identity policy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from leastway.primitives import Arn
from leastway.sandbox.gaps.iam_api import (
    IamAnswer,
    IamHandler,
    Params,
    find_principal,
    holder,
    iam_error,
    statements,
    trust_document,
    unique_id,
)
from leastway.sandbox.process.engine import Function, change, check, handle, iam, require

_ALWAYS_EXIST = re.compile(r"\*|\d{12}|arn:[^:]+:(iam::\d{12}:root|sts::.+)")
"""Principals that are not looked up: everybody, accounts and sessions."""


@change("core.iam_evaluator", "_resource_policy")
def _resource_policy(original: Function, service: str, resource_arn: str) -> Any:
    if service != "sts":
        return original(service, resource_arn)
    role = find_principal(resource_arn)
    return role and (role["AssumeRolePolicyDocument"], Arn.parse(resource_arn).account)


@check("CreateRole", "UpdateAssumeRolePolicy")
def _check(params: Params) -> IamAnswer | None:
    for name in _names(trust_document(params)):
        if not _ALWAYS_EXIST.fullmatch(name) and find_principal(name) is None:
            message = f'Invalid principal in policy: "AWS":"{name}"'
            return iam_error(400, "MalformedPolicyDocument", message)
    return None


def _names(document: str) -> Iterator[str]:
    """Yield the AWS principals of a trust policy that `iam_limits` has accepted."""
    for statement in statements(document):
        principal = statement.get("Principal", {})
        named: Any = principal.get("AWS", []) if isinstance(principal, dict) else principal
        yield from [named] if isinstance(named, str) else named


@handle("DeleteUser", "DeleteRole")
def _delete(original: IamHandler, params: Params) -> IamAnswer:
    _, _, gone = holder(params)
    status, headers, body = original(params)
    if gone is not None and status == 200:
        _end_sessions(gone)
        for role in iam("_roles").to_dict().values():
            _forget(role, gone)
    return status, headers, body


def _end_sessions(gone: Mapping[str, Any]) -> None:
    sessions = require("services.sts", "_sessions")
    identity = unique_id(gone)
    for key in [key for key, session in sessions.items() if session["UserId"].partition(":")[0] == identity]:
        del sessions[key]


def _forget(role: dict[str, Any], gone: Mapping[str, Any]) -> None:
    """Replace the ARN of a deleted principal with its unique id."""
    document = role["AssumeRolePolicyDocument"]
    quoted = json.dumps(gone["Arn"])
    if quoted in document:
        role["AssumeRolePolicyDocument"] = document.replace(quoted, json.dumps(unique_id(gone)))

"""The policy documents that IAM accepts.

AWS (IAM User Guide, "Grammar of the IAM JSON policy language"; messages as IAM sends them): an identity policy
has no principal, its actions begin with a service, and its resources are ARNs or `*`; a trust policy has principals and
no resources. Anything else is MalformedPolicyDocument. ministack: checks nothing in a trust policy, and in an identity
policy only that statements have an effect, actions and resources.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from leastway.sandbox.gaps.iam_api import IamAnswer, Params, argument, iam_error, statements, trust_document
from leastway.sandbox.process.engine import check

_ACTION = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+")
_RESOURCE = re.compile(r"\*|arn:[^:]*:[^:]*:[^:]*:[^:]*:.+|\$\{.*")
_VERSION = re.compile(r'"Version"\s*:\s*"(?!2012-10-17"|2008-10-17")')


@check("CreatePolicy", "CreatePolicyVersion", "PutUserPolicy", "PutRolePolicy")
def _identity_policy(params: Params) -> IamAnswer | None:
    return _checked(argument(params, "PolicyDocument"), _identity_fault)


@check("CreateRole", "UpdateAssumeRolePolicy")
def _trust_policy(params: Params) -> IamAnswer | None:
    return _checked(trust_document(params), _trust_fault)


def _checked(document: str, fault_of: Callable[[Mapping[str, Any]], str]) -> IamAnswer | None:
    try:
        faults = [fault_of(statement) for statement in statements(document)]
    except ValueError:
        faults = ["Syntax errors in policy."]
    if _VERSION.search(document):
        faults.append("The policy must contain a valid version string")
    found = next(filter(None, faults), None)
    return iam_error(400, "MalformedPolicyDocument", found) if found else None


def _values(statement: Mapping[str, Any], *names: str) -> Sequence[str]:
    for name in names:
        if name in statement:
            value = statement[name]
            return [value] if isinstance(value, str) else value
    return []


def _common_fault(statement: Mapping[str, Any]) -> str:
    actions = _values(statement, "Action", "NotAction")
    if statement.get("Effect") not in {"Allow", "Deny"} or not actions:
        return "Syntax errors in policy."
    if not all(_ACTION.fullmatch(action) for action in actions):
        return "Actions/Conditions must be prefixed by a vendor, e.g., iam, sdb, ec2, etc."
    return "" if isinstance(statement.get("Condition", {}), dict) else "Syntax errors in policy."


def _identity_fault(statement: Mapping[str, Any]) -> str:
    if "Principal" in statement or "NotPrincipal" in statement:
        return "Policy document should not specify a principal."
    for resource in _values(statement, "Resource", "NotResource"):
        if not _RESOURCE.fullmatch(resource):
            return f'Resource {resource} must be in ARN format or "*".'
    return _common_fault(statement)


def _trust_fault(statement: Mapping[str, Any]) -> str:
    if "Resource" in statement or "NotResource" in statement:
        return "Has prohibited field Resource"
    if "Principal" not in statement and "NotPrincipal" not in statement:
        return "Missing required field Principal"
    if not all(action.lower().startswith(("sts:", "*")) for action in _values(statement, "Action", "NotAction")):
        return "AssumeRole policy may only specify STS AssumeRole actions."
    return _common_fault(statement)

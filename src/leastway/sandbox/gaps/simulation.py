"""The context of a simulated request.

AWS (IAM API Reference, SimulatePrincipalPolicy): a simulation uses the condition keys in ContextEntries, and no others.
ministack: ignores them, and simulates every request from 127.0.0.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from leastway.errors import InvalidInputError
from leastway.primitives import Arn
from leastway.sandbox.gaps.iam_api import IamAnswer, IamHandler, Params, argument, iam_error
from leastway.sandbox.process.engine import handle, iam, require

__all__: list[str] = []

_DECISIONS = {"Allow": "allowed", "Deny": "explicitDeny"}


@handle("SimulatePrincipalPolicy")
def _simulate(_original: IamHandler, params: Params) -> IamAnswer:
    try:
        source = Arn.parse(argument(params, "PolicySourceArn"))
    except InvalidInputError:
        return iam_error(400, "InvalidInput", "Invalid Entity Arn")
    kind = source.resource_type
    if source.name not in iam("_roles" if kind == "role" else "_users"):
        return iam_error(404, "NoSuchEntity", f"The {kind} with name {source.name} cannot be found.")
    policies = require("core.iam_evaluator", f"_gather_{kind}_policies")(source.name, source.account)
    context = {name.lower(): value for name, value in _entries(params)}
    results = "".join(_result(source, action, context, params, policies) for action in _numbered(params, "ActionNames"))
    body = f"<SimulatePrincipalPolicyResult><EvaluationResults>{results}</EvaluationResults>"
    done: IamAnswer = iam("_xml")(
        200,
        "SimulatePrincipalPolicyResponse",
        f"{body}<IsTruncated>false</IsTruncated></SimulatePrincipalPolicyResult>",
        ns="iam",
    )
    return done


def _result(source: Arn, action: str, context: dict[str, str], params: Params, policies: Any) -> str:
    resource = next(_numbered(params, "ResourceArns"), "*")
    asked = require("core.iam_evaluator", "EvalContext")(
        principal_arn=str(source),
        principal_type="AssumedRole" if source.resource_type == "role" else "User",
        principal_account=source.account,
        action=action,
        resource_arn=resource,
        region=require("core.responses", "get_region")(),
        source_ip=context.get("aws:sourceip", ""),
        service_context=context,
    )
    decision = require("core.iam_evaluator", "evaluate")(asked, policies).decision
    return (
        f"<member><EvalActionName>{action}</EvalActionName><EvalResourceName>{resource}</EvalResourceName>"
        f"<EvalDecision>{_DECISIONS.get(decision, 'implicitDeny')}</EvalDecision></member>"
    )


def _numbered(params: Params, name: str) -> Iterator[str]:
    number = 1
    while value := argument(params, f"{name}.member.{number}"):
        yield value
        number += 1


def _entries(params: Params) -> Iterator[tuple[str, str]]:
    number = 1
    while name := argument(params, f"ContextEntries.member.{number}.ContextKeyName"):
        yield name, argument(params, f"ContextEntries.member.{number}.ContextKeyValues.member.1")
        number += 1

"""The context of a simulated request.

AWS (IAM API Reference, SimulatePrincipalPolicy): a simulation uses the condition keys in ContextEntries, and no others.
ministack: ignores them, simulates every request from 127.0.0.1, and finds no policies of a principal with a path.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from leastway.errors import InvalidInputError
from leastway.primitives import Arn
from leastway.sandbox.gaps.iam_api import IamAnswer, IamHandler, Params, argument, find_principal, iam_error, missing
from leastway.sandbox.process.engine import Function, change, handle, require

_simulated: dict[str, Any] = {}
"""How the simulated request differs from ministack's, during a simulation, which nothing interrupts."""


@handle("SimulatePrincipalPolicy")
def _simulate(original: IamHandler, params: Params) -> IamAnswer:
    try:
        source = Arn.parse(argument(params, "PolicySourceArn"))
    except InvalidInputError:
        return iam_error(400, "InvalidInput", "Invalid Entity Arn")
    kind = source.resource_type
    if source.account != require("core.responses", "get_account_id")() or find_principal(str(source)) is None:
        return missing(f"{kind} with name", source.name)
    keys, number = {}, 1
    while name := argument(params, f"ContextEntries.member.{number}.ContextKeyName"):
        keys[name.lower()] = argument(params, f"ContextEntries.member.{number}.ContextKeyValues.member.1")
        number += 1
    _simulated.update(
        principal_arn=str(source),
        principal_type="AssumedRole" if kind == "role" else "User",
        source_ip=keys.get("aws:sourceip", ""),
        secure_transport=True,
        service_context=keys,
    )
    try:
        return original({**params, "PolicySourceArn": [str(source.without_path())]})
    finally:
        _simulated.clear()


@change("core.iam_evaluator", "evaluate")
def _evaluate(original: Function, ctx: Any, *policies: Any) -> Any:
    return original(dataclasses.replace(ctx, **_simulated) if _simulated else ctx, *policies)

"""Renders a decision and its reasons."""

from __future__ import annotations

from leastway.app.policy.eval import Decided
from leastway.cli.terminal import Styled, emit, say
from leastway.policy.explain import as_json as explanation_as_json
from leastway.policy.explain import render_explanation

__all__ = ["print_decided"]


def print_decided(decided: Decided, *, as_json: bool) -> None:
    """Print the decision."""
    objections = [str(objection) for objection in decided.objections]
    if as_json:
        more = {"files": dict(decided.files), "objections": objections}
        emit("policy-eval", {**explanation_as_json(decided.explanation), "request": _request(decided), **more})
        return
    verdict, *reasons = render_explanation(decided.explanation).split("\n")
    allowed = decided.explanation.decision.allowed
    say(Styled(verdict, "green" if allowed else "red"))
    for line in reasons:
        say(line)
    for policy, file in decided.files.items():
        if any(policy in line for line in reasons):
            say(f"  {policy}: {file}")
    for objection in objections:
        say(f"  AWS would reject this: {objection}")


def _request(decided: Decided) -> dict[str, object]:
    request = decided.request
    return {
        "principal": request.caller.arn,
        "action": request.action,
        "resource": request.resource,
        "resource_account": request.resource_account,
        "context_keys": {
            key: value if isinstance(value, str) else list(value) for key, value in request.context.items()
        },
    }

"""A decision and its reasons."""

from __future__ import annotations

import click

from leastway.app.policy.deciding import Decided
from leastway.cli.render.policy.emit import emit
from leastway.policy.explain import as_json as explanation_as_json
from leastway.policy.explain import render_explanation

__all__ = ["print_decided"]


def print_decided(decided: Decided, *, as_json: bool) -> None:
    """Print the decision."""
    objections = [str(objection) for objection in decided.objections]
    if as_json:
        more = {"files": dict(decided.files), "objections": objections}
        emit({**explanation_as_json(decided.explanation), "request": _request(decided), **more})
        return
    verdict, *reasons = render_explanation(decided.explanation).splitlines()
    allowed = decided.explanation.decision.allowed
    click.secho(verdict, fg="green" if allowed else "red", bold=True)
    for line in reasons:
        click.echo(line)
    for policy, file in decided.files.items():
        if any(policy in line for line in reasons):
            click.echo(f"  {policy} is {file}")
    for objection in objections:
        click.echo(f"  AWS would not store this: {objection}")


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

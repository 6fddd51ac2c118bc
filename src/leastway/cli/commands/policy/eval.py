"""`leastway policy eval`: decide one request, and explain the decision."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from leastway.cli.options import json_flag

if TYPE_CHECKING:
    from leastway.app.policy.eval import Decided, PolicyFiles

__all__ = ["command"]

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True)


def _levels(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> list[list[Path]]:
    return [[Path(name) for name in value.split(",")] for value in values]


@click.command(name="eval")
@click.argument("request_file", type=_FILE, required=False, metavar="[REQUEST]")
@click.option("--policy", "identity", type=_FILE, multiple=True, help="An identity policy. Repeatable.")
@click.option("--resource-policy", type=_FILE, help="The policy of the resource; for a role, its trust policy.")
@click.option("--boundary", type=_FILE, multiple=True, help="A permissions boundary. Repeatable.")
@click.option("--session-policy", "session", type=_FILE, multiple=True, help="A session policy. Repeatable.")
@click.option(
    "--scp", "scps", multiple=True, callback=_levels, metavar="FILE[,FILE]", help="A level of SCPs, from the root down."
)
@click.option(
    "--rcp", "rcps", multiple=True, callback=_levels, metavar="FILE[,FILE]", help="A level of RCPs, from the root down."
)
@click.option("--principal", metavar="ARN", help="The caller: a user, a role, a session or a service.")
@click.option("--action", help="The action, such as eks:DescribeCluster.")
@click.option("--resource", metavar="ARN", help="The resource. Default: *")
@click.option(
    "--resource-account", metavar="ID", help="The account that owns the resource. Default: the account in its ARN."
)
@click.option(
    "--context",
    "context",
    multiple=True,
    metavar="KEY=VALUE",
    help="A condition key. Repeat a key to give it several values.",
)
@json_flag
def command(
    request_file: Path | None,
    identity: tuple[Path, ...],
    resource_policy: Path | None,
    boundary: tuple[Path, ...],
    session: tuple[Path, ...],
    scps: list[list[Path]],
    rcps: list[list[Path]],
    principal: str | None,
    action: str | None,
    resource: str | None,
    resource_account: str | None,
    context: tuple[str, ...],
    as_json: bool,
) -> int:
    """Decide one request as AWS would, and explain the decision.

    The request comes from flags, or from REQUEST, a JSON object in the format of a line of `policy test`, which may
    contain policies too. Context keys that AWS sets itself, such as those of the principal and the resource, are added.

    Exits with 0 when it is allowed, 3 when it is denied.
    """
    from leastway.app.policy.eval import PolicyFiles
    from leastway.cli.render.policy.eval import print_decided
    from leastway.errors import ExitCode

    files = PolicyFiles(identity, resource_policy, boundary, session, scps, rcps)
    decided = _decide(request_file, files, (principal, action, resource, resource_account), context)
    print_decided(decided, as_json=as_json)
    return ExitCode.DONE if decided.explanation.decision.allowed else ExitCode.NEGATIVE


def _decide(
    request_file: Path | None, files: PolicyFiles, words: tuple[str | None, ...], context: tuple[str, ...]
) -> Decided:
    from leastway.app.policy.eval import RequestWords, decide, decide_case

    principal, action, resource, resource_account = words
    if request_file is not None:
        if any(words) or context:
            raise click.UsageError("give the request as REQUEST or as flags, not both")
        return decide_case(request_file, files)
    if not principal or not action:
        raise click.UsageError("give --principal and --action, or a REQUEST file")
    return decide(files, RequestWords(principal, action, resource or "*", resource_account, _context(context)))


def _context(texts: tuple[str, ...]) -> dict[str, str | list[str]]:
    """Return the values of the keys; a key that is repeated has several."""
    from leastway.cli.commands.policy.name_value import pairs

    found: dict[str, list[str]] = {}
    for key, value in pairs(texts, "--context"):
        found.setdefault(key, []).append(value)
    return {key: values[0] if len(values) == 1 else values for key, values in found.items()}

"""What `leastway deploy` and `leastway rollback` share: show what would change, ask, deploy, and follow the log.

An interruption ends a dry run, which would block the environment; it does not end a deployment.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from leastway.cli.options import confirm
from leastway.errors import ExitCode, LeastwayError

if TYPE_CHECKING:
    from leastway.app.deployments import ServerDeployments, Target

__all__ = ["check_json", "comment_option", "deploy", "deployments_of", "plan_flag"]

comment_option = click.option("--comment", metavar="TEXT", default="", help="What the deployment is for.")

plan_flag = click.option(
    "--plan",
    "is_plan",
    is_flag=True,
    help="Show what would change, and change nothing: exits with 3 if anything would.",
)


def check_json(*, is_plan: bool, yes: bool, as_json: bool) -> None:
    """Refuse `--json` where a question would follow. Errors: click.UsageError."""
    if as_json and not (yes or is_plan):
        raise click.UsageError("--json asks no question: give --yes or --plan too")


def deployments_of(organization: str | None, place: tuple[str, str]) -> ServerDeployments:
    """Return the deployments of an environment on the server that the environment variables name."""
    from leastway.app.deployments import ServerDeployments
    from leastway.app.server_client import ServerClient

    client = ServerClient.from_environment()
    return ServerDeployments(client, organization or client.organization(), *place)


def deploy(work: ServerDeployments, target: Target, comment: str, *, is_plan: bool, yes: bool, as_json: bool) -> int:
    """Show what a deployment would change, ask, deploy, and follow it to its end. Return the exit code."""
    from leastway.cli.render.deployment import COLOURS, headed_line
    from leastway.cli.render.server_log import print_followed, print_lost
    from leastway.cli.terminal import say

    try:
        dry_run, changes = _dry_run(work, target, comment, as_json=as_json)
        if dry_run["status"] != "succeeded" or is_plan:
            work.forget(target)
            return ExitCode.NEGATIVE if changes or dry_run["status"] != "succeeded" else ExitCode.DONE
        confirm(f"Deploy this to {work.application}/{work.environment}?", yes=yes)
    except (LeastwayError, click.Abort, click.UsageError, KeyboardInterrupt):
        work.forget(target)
        raise
    made: Mapping[str, Any] | None = None
    try:
        made = work.create_as_shown(target, comment, dry_run)
        if not as_json:
            say(f"deployment {made['id']}", err=True)
        ended = print_followed(work.follow(made["id"], print_lost), COLOURS, headed_line if as_json else None)
    except LeastwayError:
        if made is None:
            work.forget(target)
        raise
    except KeyboardInterrupt:
        _say_what_goes_on(work, made or work.begun(dry_run))
        return ExitCode.INTERRUPTED
    return ExitCode.DONE if ended["status"] == "succeeded" else ExitCode.NEGATIVE


def _say_what_goes_on(work: ServerDeployments, made: Mapping[str, Any] | None) -> None:
    """Say how to follow or abort a deployment; None if an interruption came before the server said whether it began."""
    from leastway.cli.terminal import say

    place = f"{work.application}/{work.environment}"
    if made is None:
        say("interrupted: the server did not say whether the deployment has begun", err=True)
        say(f"  leastway deployments list {place}", err=True)
        return
    say(f"interrupted: deployment {made['id']} goes on", err=True)
    say(f"  leastway deployments logs --follow {place} {made['id']}", err=True)
    say(f"  leastway deployments abort {place} {made['id']}", err=True)


def _dry_run(work: ServerDeployments, target: Target, comment: str, *, as_json: bool) -> tuple[Mapping[str, Any], int]:
    """Ask the server what would change, print it, and return the dry run with the number of objects that would."""
    from leastway.cli.render.deployment import print_changes
    from leastway.cli.render.lines import console_on
    from leastway.cli.render.server_log import print_log_line, print_lost
    from leastway.cli.terminal import Styled, headed, say

    made = work.create(target, comment, is_dry_run=True)
    try:
        *lines, ended = work.follow(made["id"], print_lost)
    except KeyboardInterrupt:
        with contextlib.suppress(LeastwayError):
            work.abort(made["id"])
        raise
    found = work.one(made["id"])
    changes = 0
    if ended["status"] == "succeeded":
        changes = print_changes(console_on(quiet=as_json), lines)
    if as_json:
        say(json.dumps(headed("deploy-dry-run", {**found, "log": lines})))
    elif ended["status"] != "succeeded":
        for line in lines:
            print_log_line(line)
        say(Styled("nothing was deployed", "red"), f": {ended['error']}" if ended.get("error") else "")
    return found, changes

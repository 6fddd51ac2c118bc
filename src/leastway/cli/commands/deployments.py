"""`leastway deployments`: list, show, follow and abort deployments to an environment."""

from __future__ import annotations

import click

from leastway.cli.options import json_flag, organization_option, place_argument
from leastway.errors import ExitCode

__all__ = ["command"]


@click.group(name="deployments")
def command() -> None:
    """List, show, follow and abort deployments to an environment.

    APP/ENV is an environment of an application: at most one deployment of it runs at a time. The server is named by
    LEASTWAY_URL, and the token by LEASTWAY_TOKEN_FILE or LEASTWAY_TOKEN.
    """


_deployment = click.argument("deployment", metavar="[DEPLOYMENT]", required=False)


@command.command(name="list")
@place_argument()
@organization_option
@click.option("--most", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many, the newest first.")
@json_flag
def list_deployments(place: tuple[str, str], organization: str | None, most: int, as_json: bool) -> None:
    """List deployments, the newest first."""
    from leastway.cli.deploying import deployments_of
    from leastway.cli.render.deployment import say_head
    from leastway.cli.terminal import emit, say

    found = deployments_of(organization, place).every()[:most]
    if as_json:
        emit("deployments-list", {"deployments": list(found)})
        return
    if not found:
        say("there are no deployments")
    for one in found:
        say_head(one)


@command.command(name="show")
@place_argument()
@organization_option
@_deployment
@json_flag
def show(place: tuple[str, str], deployment: str | None, organization: str | None, as_json: bool) -> None:
    """Show one deployment, by default the newest. It says what it leads to, how far it is, and why it failed."""
    from leastway.cli.deploying import deployments_of
    from leastway.cli.render.deployment import say_deployment
    from leastway.cli.terminal import emit

    work = deployments_of(organization, place)
    found = work.newest() if deployment is None else work.one(deployment)
    errors = work.errors(found["id"])
    if as_json:
        emit("deployments-show", {**found, "errors": list(errors)})
    else:
        say_deployment(found, errors)


@command.command(name="logs")
@place_argument()
@organization_option
@_deployment
@click.option("--follow", "-f", "is_followed", is_flag=True, help="Print the log until the deployment has ended.")
@json_flag
def logs(
    place: tuple[str, str],
    deployment: str | None,
    organization: str | None,
    is_followed: bool,
    as_json: bool,
) -> int:
    """Print the log of a deployment, by default the newest.

    --follow goes on until it has ended, also if the server is started again meanwhile.

    Exit codes: 0 printed, or succeeded with --follow; 1 could not complete; 3 it failed or was aborted.
    """
    from leastway.cli.deploying import deployments_of
    from leastway.cli.render.deployment import COLOURS, headed_line
    from leastway.cli.render.server_log import print_followed, print_log_line, print_lost

    work = deployments_of(organization, place)
    identifier = work.newest()["id"] if deployment is None else deployment
    if is_followed:
        ended = print_followed(work.follow(identifier, print_lost), COLOURS, headed_line if as_json else None)
        return ExitCode.DONE if ended["status"] == "succeeded" else ExitCode.NEGATIVE
    for line in work.lines(identifier):
        print_log_line(line, headed_line if as_json else None)
    return ExitCode.DONE


@command.command(name="abort")
@place_argument()
@organization_option
@_deployment
@json_flag
def abort(place: tuple[str, str], deployment: str | None, organization: str | None, as_json: bool) -> None:
    """Abort a deployment, by default the newest. What works in it is interrupted.

    What it has changed stays as it is; `leastway rollback` puts the set before back.
    """
    from leastway.cli.deploying import deployments_of
    from leastway.cli.terminal import emit, say

    work = deployments_of(organization, place)
    aborted = work.abort(work.newest()["id"] if deployment is None else deployment)
    if as_json:
        emit("deployments-abort", aborted)
        return
    which = f"{'/'.join(place)} {aborted['id']}"
    say(f"aborting {aborted['id']}: leastway deployments logs --follow {which} shows its end")

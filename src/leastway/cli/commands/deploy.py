"""`leastway deploy`: bring a Score file, a delta or a deployment set to an environment."""

from __future__ import annotations

from pathlib import Path

import click

from leastway.cli.deploying import check_json, comment_option, plan_flag
from leastway.cli.options import json_flag, organization_option, place_argument, yes_flag

__all__ = ["command"]


@click.command(name="deploy")
@place_argument()
@click.option(
    "--score",
    "files",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    metavar="FILE",
    help="A Score file, whose workload is added or replaced. Repeatable: one deployment brings all of them.",
)
@click.option("--delta", metavar="ID", help="A delta of the application, which changes what is deployed now.")
@click.option("--set", "set_id", metavar="ID", help="A deployment set of the application, which replaces it.")
@comment_option
@plan_flag
@yes_flag
@organization_option
@json_flag
def command(
    place: tuple[str, str],
    files: tuple[Path, ...],
    delta: str | None,
    set_id: str | None,
    comment: str,
    is_plan: bool,
    yes: bool,
    organization: str | None,
    as_json: bool,
) -> int:
    """Deploy to environment ENV of application APP: a Score file, a delta or a deployment set.

    What would change in the cluster is shown first, object by object, as the cluster itself answers a dry run. Then the
    log of the deployment is followed to its end. An interruption leaves the deployment running.

    The server is named by LEASTWAY_URL, and the token by LEASTWAY_TOKEN_FILE or LEASTWAY_TOKEN.

    Exit codes: 0 deployed; 1 could not complete; 3 the deployment would fail, failed or was aborted.
    """
    from leastway.app.deployments import Target
    from leastway.cli.deploying import deploy, deployments_of

    if sum(map(bool, (files, delta, set_id))) != 1:
        raise click.UsageError("choose one of --score, --delta and --set")
    check_json(is_plan=is_plan, yes=yes, as_json=as_json)
    work = deployments_of(organization, place)
    target = work.target_of_files(files) if files else Target(delta=delta, set_id=set_id)
    return deploy(work, target, comment, is_plan=is_plan, yes=yes, as_json=as_json)

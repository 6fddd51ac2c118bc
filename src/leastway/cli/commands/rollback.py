"""`leastway rollback`: deploy what was deployed before."""

from __future__ import annotations

import click

from leastway.cli.deploying import check_json, comment_option, plan_flag
from leastway.cli.options import json_flag, organization_option, place_argument, yes_flag

__all__ = ["command"]


@click.command(name="rollback")
@place_argument()
@click.option("--to", "wanted", metavar="DEPLOYMENT", help="Default: the last one before the newest that succeeded.")
@comment_option
@plan_flag
@yes_flag
@organization_option
@json_flag
def command(
    place: tuple[str, str],
    wanted: str | None,
    comment: str,
    is_plan: bool,
    yes: bool,
    organization: str | None,
    as_json: bool,
) -> int:
    """Deploy to environment ENV of application APP what an earlier deployment brought there.

    The earlier deployment set is deployed again: objects that left it come back, and those that it did not have go.
    Resources get their definitions of today, and the data in them does not go back. What would change is shown first.

    Exit codes: 0 deployed; 1 could not complete; 3 the deployment would fail, failed or was aborted.
    """
    from leastway.app.deployments import Target, earlier_deployment
    from leastway.cli.deploying import deploy, deployments_of
    from leastway.cli.terminal import say

    check_json(is_plan=is_plan, yes=yes, as_json=as_json)
    work = deployments_of(organization, place)
    earlier = earlier_deployment(work.every(), wanted)
    said = f"back to deployment {earlier['id']} of {earlier['created_at'][:19]}Z"
    say(f"{said}{': ' + earlier['comment'] if earlier['comment'] else ''}", err=True)
    target = Target(set_id=earlier["set_id"])
    return deploy(work, target, comment or said, is_plan=is_plan, yes=yes, as_json=as_json)

"""`leastway init`: a commented grant file to begin with."""

from __future__ import annotations

from pathlib import Path

import click

from leastway.cli.options import json_flag

__all__ = ["command"]


@click.command(name="init")
@click.argument("grant", type=click.Path(path_type=Path, dir_okay=False), default=Path("grant.yaml"), metavar="[GRANT]")
@click.option("--name", help="The grant's name, which marks everything that it makes.")
@click.option(
    "--identity",
    type=click.Choice(["trust-role", "iam-user"]),
    default="trust-role",
    show_default=True,
    help="How the platform comes in.",
)
@click.option("--region", help="Where to look for clusters. Default: the configured region.")
@click.option("--profile", help="The AWS profile to look with. Default: the credentials of the environment.")
@click.option("--no-discovery", is_flag=True, help="Call nothing, and leave marks for accounts and clusters.")
@json_flag
def command(
    grant: Path,
    name: str | None,
    identity: str,
    region: str | None,
    profile: str | None,
    no_discovery: bool,
    as_json: bool,
) -> None:
    """Write a commented grant to GRANT (grant.yaml), and RBAC rules to begin with beside it.

    With AWS credentials at hand it lists the account's clusters with their authentication modes; that only reads. What
    is left for a person to say is a <<...>> mark, and no command accepts a grant with marks in it.
    """
    from leastway.app.init import start_grant
    from leastway.cli.terminal import emit, say
    from leastway.grant import Identity

    started = start_grant(
        grant,
        name=name,
        identity=Identity(identity),
        region=region,
        aws_profile=profile,
        discover=not no_discovery,
    )
    if as_json:
        emit(
            {
                "written": [str(path) for path in started.paths],
                "clusters": [{"name": one.place.cluster, "mode": one.mode.value} for one in started.clusters],
                "hidden": [{"where": str(one.where), "reason": one.reason} for one in started.hidden],
                "unseen": started.unseen,
            }
        )
        return
    for path in started.paths:
        say(f"wrote {path}")
    for one in started.clusters:
        say(f"  found {one.place.cluster} in {one.place.region}: {one.mode.value}")
    for problem in started.hidden:
        say(f"  cannot read {problem.where}: {problem.reason}", err=True)
    if started.unseen:
        say(f"no account was looked at: {started.unseen}", err=True)
    say(f"Replace the <<...>> marks in {grant}, then run: leastway rehearse {grant}")

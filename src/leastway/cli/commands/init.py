"""`leastway init`: write a first, commented grant file."""

from __future__ import annotations

from pathlib import Path

import click

from leastway.cli.options import json_flag, log_options

__all__ = ["command"]


@click.command(name="init")
@click.argument("grant", type=click.Path(path_type=Path, dir_okay=False), default=Path("grant.yaml"), metavar="[GRANT]")
@click.option(
    "--platform",
    default="humanitec",
    show_default=True,
    help="The platform that gets access: a bundled profile (leastway profile list), or the path of your own.",
)
@click.option("--name", help="The grant's name, which marks everything that is created for it.")
@click.option(
    "--identity",
    type=click.Choice(["trust-role", "iam-user"]),
    default="trust-role",
    show_default=True,
    help="How the platform gets access.",
)
@click.option("--region", help="The region to search for clusters. Default: the configured region.")
@click.option("--profile", help="The AWS profile to use. Default: the credentials of the environment.")
@click.option("--no-discovery", is_flag=True, help="Do not call AWS; leave placeholders for accounts and clusters.")
@log_options
@json_flag
def command(
    grant: Path,
    platform: str,
    name: str | None,
    identity: str,
    region: str | None,
    profile: str | None,
    no_discovery: bool,
    as_json: bool,
) -> None:
    """Write a commented grant to GRANT (grant.yaml), and suggested RBAC rules next to it, if there are none yet.

    With AWS credentials, it lists the account's clusters and their authentication modes; it only reads. What a person
    must fill in is a <<...>> placeholder; other commands reject a grant with placeholders.
    """
    from leastway.app.init import start_grant
    from leastway.cli.terminal import emit, say
    from leastway.grant import Identity

    started = start_grant(
        grant,
        platform=platform,
        name=name,
        identity=Identity(identity),
        region=region,
        aws_profile=profile,
        discover=not no_discovery,
    )
    if as_json:
        emit(
            "init",
            {
                "written": [str(path) for path in started.paths],
                "kept": [str(path) for path in started.kept],
                "clusters": [{"name": one.place.cluster, "mode": one.mode.value} for one in started.clusters],
                "hidden": [{"where": str(one.where), "reason": one.reason} for one in started.hidden],
                "unseen": started.unseen,
            },
        )
        return
    for path in started.paths:
        say(f"wrote {path}")
    for path in started.kept:
        say(f"kept {path}, which exists already")
    for one in started.clusters:
        say(f"  found {one.place.cluster} in {one.place.region}: {one.mode.value}")
    for problem in started.hidden:
        say(f"  cannot read {problem.where}: {problem.reason}", err=True)
    if started.unseen:
        say(f"no account was read: {started.unseen}", err=True)
    say(f"Replace the <<...>> placeholders in {grant}, then run: leastway rehearse {grant}")

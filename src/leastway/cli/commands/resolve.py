"""`leastway resolve`: show which definition each resource of an environment gets, why, and with which inputs."""

from __future__ import annotations

from pathlib import Path

import click

from leastway.cli.options import json_flag, place_argument
from leastway.errors import ExitCode

__all__ = ["command"]


@click.command(name="resolve")
@place_argument()
@click.option(
    "--resources",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The requested resources: a list of TYPE.CLASS#ID, or a deployment set. Default: those that every deployment "
    "has.",
)
@click.option(
    "--definitions",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Use the definitions of these files, without a server.",
)
@click.option("--env-type", metavar="TYPE", help="The type of the environment; only with --definitions.")
@click.option("--organization", metavar="ID", help="Default: the organization of the token; needed with --definitions.")
@json_flag
def command(
    place: tuple[str, str],
    resources: Path | None,
    definitions: Path | None,
    env_type: str | None,
    organization: str | None,
    as_json: bool,
) -> int:
    """Show which definition each resource of an environment gets, why, and with which inputs.

    Nothing is created. Secrets are masked, and what only a deployment can tell stays a placeholder. The server is named
    by LEASTWAY_URL, and the token by LEASTWAY_TOKEN_FILE or LEASTWAY_TOKEN. Exits with 3 if a resource has no
    definition, or an input that cannot be right.
    """
    from leastway.app.resolve import read_request_file, resolve_files, resolve_on_server
    from leastway.cli.render.lines import console_on
    from leastway.cli.render.resolve import print_resolution
    from leastway.cli.terminal import emit, say

    if definitions is None and env_type is not None:
        raise click.UsageError("--env-type is for --definitions: the server knows the type of the environment")
    if definitions is not None and (env_type is None or organization is None):
        raise click.UsageError("--definitions needs --env-type and --organization, which criteria and inputs refer to")
    request, requested = ([], ()) if resources is None else read_request_file(resources)
    if definitions is None:
        from leastway.app.server_client import ServerClient

        client = ServerClient.from_environment()
        found = resolve_on_server(client, organization, *place, request)
    else:
        from leastway.resolve import DeploymentContext

        context = DeploymentContext(
            organization=organization or "",
            application=place[0],
            environment=place[1],
            environment_type=env_type or "",
        )
        found, others = resolve_files(definitions, context, requested)
        if others:
            say(f"{len(others)} files are not definitions, for example {others[0]}", err=True)
    if as_json:
        emit("resolve", found)
    else:
        print_resolution(console_on(), found)
    return ExitCode.NEGATIVE if found["missing"] or found["problems"] else ExitCode.DONE

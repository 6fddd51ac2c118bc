"""`leastway suggest`: print the least policy for what runs called."""

from __future__ import annotations

import click

from leastway.cli.options import json_flag
from leastway.errors import ExitCode

__all__ = ["command"]


@click.command(name="suggest")
@click.argument("name", metavar="RUN|DEFINITION")
@click.option("--organization", metavar="ID", help="Default: the organization of the token.")
@json_flag
def command(name: str, organization: str | None, as_json: bool) -> int:
    """Suggest the least policy for what a run, or the newest runs of a definition, really called.

    It is a suggestion: nothing is changed. For each role it prints what was refused, the policy, what it cannot know,
    and whether the grant's contract permits all of it. The server is named by LEASTWAY_URL, and the token by
    LEASTWAY_TOKEN_FILE or LEASTWAY_TOKEN.

    Exits with 0 if the contract permits everything, 3 if it does not, 4 if that is not known.
    """
    from leastway.app.server_client import ServerClient
    from leastway.app.suggest import suggest_from_server
    from leastway.cli.terminal import emit

    found = suggest_from_server(ServerClient.from_environment(), organization, name)
    if as_json:
        emit("suggest", found)
    else:
        from leastway.cli.render.suggest import print_suggestion

        print_suggestion(found, name)
    verdicts = {one["verdict"] for one in found["roles"]}
    if "refuted" in verdicts:
        return ExitCode.NEGATIVE
    return ExitCode.DONE if verdicts == {"proved"} else ExitCode.UNKNOWN

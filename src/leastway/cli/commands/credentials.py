"""`leastway credentials`: temporary credentials from the platform's server, as a credential process."""

from __future__ import annotations

import json

import click

__all__ = ["command"]


@click.command(name="credentials")
@click.argument("account")
@click.option("--role", metavar="ARN", help="A role in the account's list. Default: the account's own role.")
@click.option("--definition", metavar="ID", help="The role that is listed for a resource definition.")
@click.option("--duration", type=int, metavar="SECONDS", help="900 to 43200. Default: what the list says, or an hour.")
@click.option("--session-name", metavar="NAME", help="The name that CloudTrail shows.")
@click.option("--organization", metavar="ID", help="Default: that of the token, if it may ask for it.")
def command(
    account: str,
    role: str | None,
    definition: str | None,
    duration: int | None,
    session_name: str | None,
    organization: str | None,
) -> None:
    """Print temporary credentials of ACCOUNT for an AWS SDK, as its `credential_process`.

    The server is named by LEASTWAY_URL, and the token by LEASTWAY_TOKEN_FILE or LEASTWAY_TOKEN. In ~/.aws/config:

    \b
      [profile prod]
      credential_process = leastway credentials prod --organization acme
    """
    from leastway.app.credentials import process_credentials
    from leastway.cli.terminal import emit_secret, say

    found = process_credentials(
        account,
        organization=organization,
        role=role,
        definition=definition,
        duration=duration,
        session_name=session_name,
    )
    if found.message is not None:
        say(found.message, err=True)
    emit_secret(json.dumps(found.document) + "\n")

"""`leastway server add-organization`: another tenant of the server."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from leastway.cli.server_options import SettingsOf, data_options, needs_server
from leastway.cli.terminal import emit_secret, say

if TYPE_CHECKING:
    from leastway.primitives import Secret

__all__ = ["command", "tell_token"]


@click.command(name="add-organization")
@click.argument("organization", metavar="ID")
@data_options
def command(
    organization: str,
    settings_of: SettingsOf,
) -> int:
    """Create the organization ID, and a token for its owner.

    The token is shown once on a terminal; elsewhere it is written to `owner-token-ID` in the data folder. The server
    may run meanwhile.
    """
    with needs_server():
        from leastway.service.organizations import create_organization
        from leastway.service.server import open_used_store
    settings = settings_of()
    with open_used_store(settings) as (store, _):
        path = settings.data / f"owner-token-{organization}"
        create_organization(store, organization, lambda token: tell_token(token, organization, path))
    return 0


def tell_token(token: Secret, organization: str, path: Path) -> None:
    """Show the token of an owner, or write it where only this user can read it: standard output may be a journal."""
    if sys.stdout.isatty():
        say(f"The owner's token of the organization {organization}, shown this once:", err=True)
        emit_secret(token.reveal() + "\n")
        return
    from leastway.primitives import write_private

    write_private(path, token.reveal() + "\n")
    say(f"the owner's token is in {path}: move it to a safe place", err=True)

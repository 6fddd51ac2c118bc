"""`leastway server`: what an administrator does on the server's machine, one command per file."""

from __future__ import annotations

from typing import Final

import click

from leastway.cli.group import LazyGroup

__all__ = ["command"]

_COMMANDS: Final = {
    "add-organization": ("add_organization", "Create an organization, and its owner's token."),
    "backup": ("backup", "Write the database to one sealed file."),
    "restore": ("restore", "Fill an empty database from a backup."),
    "new-key": ("new_key", "Create a wrapping key in a new file."),
    "rewrap": ("rewrap", "Replace the wrapping key of stored credentials."),
    "new-log-key": ("new_log_key", "Change the key that signs the audit logs."),
}


@click.group(name="server", cls=LazyGroup, package=__name__, table=_COMMANDS)
def command() -> None:
    """Add organizations, back up and restore the server's database, and replace its keys.

    These commands use the database and the wrapping key themselves: run them as the server's user.

    Exit codes: 0 done, 1 could not complete, 2 wrong usage, 3 a credential does not open.
    """

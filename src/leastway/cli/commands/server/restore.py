"""`leastway server restore`: an empty database from a backup."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from leastway.cli.options import json_flag
from leastway.cli.server_options import SettingsOf, data_options, needs_server
from leastway.cli.terminal import emit, say

if TYPE_CHECKING:
    from leastway.service.backup import RestoredBackup

__all__ = ["command"]


@click.command(name="restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@data_options
@click.option(
    "--log",
    "logs",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="FOLDER",
    help="A copy of an audit log (leastway audit export), which shows what was revoked since the backup. Repeatable.",
)
@json_flag
def command(
    file: Path,
    settings_of: SettingsOf,
    logs: tuple[Path, ...],
    as_json: bool,
) -> int:
    """Fill an empty database from the backup FILE.

    The wrapping key that sealed FILE must be there. The restored server starts with the kill switch for everything on:
    what was revoked since the backup is valid again in it. Revoke that again, then turn the switch off.
    """
    with needs_server():
        from leastway.service.backup import restore

        restored = restore(settings_of(), file, logs)
    if as_json:
        emit("server-restore", _shown(restored))
    else:
        _print(restored)
    return 0


def _print(restored: RestoredBackup) -> None:
    say(f"restored {restored.rows:,} rows from the backup of {restored.backed_up_at:%Y-%m-%d %H:%M:%S} UTC")
    say("The kill switch for everything is on: nothing is handed out until you turn it off.")
    if restored.revoked is None:
        say("What was revoked since the backup is not known: there is no copy of the audit log (--log). Revoke again")
        say("what was revoked since then: tokens, users, accounts, credentials.")
        return
    say(f"Revoked, deleted or replaced since the backup, and undone by the restore ({len(restored.revoked)}):")
    for each in restored.revoked:
        say(f"  {each.at:%Y-%m-%d %H:%M:%S}  {each.organization or 'the server'}  {each.action}  {each.target}")


def _shown(restored: RestoredBackup) -> dict[str, object]:
    revoked = None
    if restored.revoked is not None:
        revoked = [
            {"at": each.at.isoformat(), "organization": each.organization, "action": each.action, "target": each.target}
            for each in restored.revoked
        ]
    return {
        "rows": restored.rows,
        "backed_up_at": restored.backed_up_at.isoformat(),
        "kill_switch": "everything",
        "revoked_since": revoked,
    }

"""`leastway server backup`: the database in one sealed file."""

from __future__ import annotations

from pathlib import Path

import click

from leastway.cli.options import json_flag
from leastway.cli.server_options import SettingsOf, data_options, needs_server
from leastway.cli.terminal import emit, say

__all__ = ["command"]


@click.command(name="backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@data_options
@json_flag
def command(
    file: Path,
    settings_of: SettingsOf,
    as_json: bool,
) -> int:
    """Write the database to FILE, sealed by the wrapping key, while the server runs.

    FILE is new, and has mode 0600. The wrapping key is not in it: keep that somewhere else, because without it nobody
    can restore the backup.
    """
    with needs_server():
        from leastway.service.backup import back_up

        made = back_up(settings_of(), file)
    if as_json:
        emit("server-backup", {"file": str(file), "rows": made.rows})
    else:
        say(f"{file}: {made.rows:,} rows, sealed; the wrapping key is not in it")
    return 0

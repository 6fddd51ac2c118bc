"""`leastway server rewrap`: every stored credential under today's wrapping key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from leastway.cli.options import json_flag
from leastway.cli.server_options import SettingsOf, data_options, needs_server
from leastway.cli.terminal import emit, say
from leastway.errors import ExitCode

if TYPE_CHECKING:
    from leastway.service.rewrap import Rewrapped

__all__ = ["command"]


@click.command(name="rewrap")
@data_options
@json_flag
def command(
    settings_of: SettingsOf,
    as_json: bool,
) -> int:
    """Wrap every stored credential by --wrapping-key, instead of by one of --other-wrapping-key.

    The server can run meanwhile, if it was started with the same keys. It can be killed anywhere and run again. When it
    has ended, start the server without the other keys.
    """
    with needs_server():
        from leastway.service.rewrap import rewrap_database

        settings = settings_of()
        done = rewrap_database(settings, lambda count: None if as_json else say(f"{count:,} done", err=True))
    if as_json:
        emit(
            "server-rewrap",
            {
                "rewrapped": done.count,
                "wrapping_key": done.wrapping_key,
                "damaged": [{"where": each.where, "what": each.what} for each in done.damaged],
            },
        )
    else:
        _print(done)
    return ExitCode.NEGATIVE if done.damaged else ExitCode.DONE


def _print(done: Rewrapped) -> None:
    say(f"{done.count:,} credentials were wrapped again by {done.wrapping_key}")
    if not done.damaged:
        say(
            "No stored credential needs another wrapping key. Backups made before still need theirs: keep it with them."
        )
        return
    say(f"{len(done.damaged)} do not open, and were left as they are:")
    for each in done.damaged:
        say(f"  {each.where}: {each.what}")
    if done.damaged[0].fix:
        say(f"  {done.damaged[0].fix}")

"""`leastway server new-log-key`: another key that signs the audit logs."""

from __future__ import annotations

import click

from leastway.cli.options import json_flag
from leastway.cli.server_options import SettingsOf, data_options, needs_server
from leastway.cli.terminal import emit, say

__all__ = ["command"]


@click.command(name="new-log-key")
@data_options
@json_flag
def command(
    settings_of: SettingsOf,
    as_json: bool,
) -> int:
    """Change the key that signs the audit logs. The server must be stopped.

    Each log ends with an entry that names the new key, and a new log begins that names the old one. `leastway audit
    verify` with the old key follows to the new log. Publish the new keys, which this prints.

    It can be killed anywhere: the next start of the server does what is missing.
    """
    settings = settings_of()
    with needs_server():
        from leastway.service.log_key import change_log_key

        keys = change_log_key(settings)
    if as_json:
        emit("server-new-log-key", {"keys": keys})
        return 0
    for key in keys.values():
        say(key)
    return 0

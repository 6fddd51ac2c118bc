"""`leastway server new-key`: a wrapping key in a new file."""

from __future__ import annotations

from pathlib import Path

import click

from leastway.cli.server_options import needs_server
from leastway.cli.terminal import say

__all__ = ["command"]


@click.command(name="new-key")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def command(file: Path) -> int:
    """Create a random wrapping key in the new FILE, of mode 0600.

    To use it, start the server with it as --wrapping-key and the old key as --other-wrapping-key, then run `leastway
    server rewrap` with the same options.
    """
    with needs_server():
        from leastway.custody import create_key_file

        key = create_key_file(file)
    say(f"{file}: {key.id}. Keep a copy in a safe place, and not with the backups.")
    return 0

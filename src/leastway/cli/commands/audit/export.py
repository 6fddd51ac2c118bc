"""`leastway audit export`: copy a log to a folder."""

from __future__ import annotations

from pathlib import Path

import click

from leastway.cli.commands.audit.options import key_option, log_argument, needs_cryptography
from leastway.cli.options import json_flag

__all__ = ["command"]


@click.command(name="export")
@log_argument
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@key_option
@json_flag
def command(log: str, folder: Path, key: str, as_json: bool) -> int:
    """Copy LOG to FOLDER in the format of tlog-tiles, and check it.

    Run it again to copy what is new. The checkpoint in FOLDER is replaced only if the log is intact and goes on from
    it, so a regular copy finds a log that was truncated or forked.

    Exits with 0, or with 3 when the log is not intact.
    """
    needs_cryptography()
    from leastway.app.audit.export import export
    from leastway.app.server_client import token_for
    from leastway.cli.render.audit.export import exit_code_of, print_exported

    exported = export(log, folder, key, token_for(log))
    print_exported(exported, as_json=as_json)
    return exit_code_of(exported)

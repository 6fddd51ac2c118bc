"""`leastway audit`: commands on published audit logs, one per file. None of them needs the server's database."""

from __future__ import annotations

from typing import Final

import click

from leastway.cli.group import LazyGroup

__all__ = ["command"]

_COMMANDS: Final = {
    "verify": ("verify", "Check a whole log, or the proof of one entry."),
    "show": ("show", "Show entries."),
    "prove": ("prove", "Write the proof of an entry, or that a log goes on from a checkpoint."),
    "export": ("export", "Copy a log to a folder."),
    "key": ("key", "Print the verifier key that a log names."),
}


@click.group(name="audit", cls=LazyGroup, package=__name__, table=_COMMANDS)
def command() -> None:
    """Verify, show, prove and copy the audit logs of a platform's server.

    LOG is a folder, s3://BUCKET/PREFIX, or a URL such as https://HOST/audit/ORGANIZATION. A token for the URL is read
    from LEASTWAY_TOKEN or LEASTWAY_TOKEN_FILE, and is sent only to the server that LEASTWAY_URL names, if that is set.
    Verification works offline on a folder, with the key that the log's owner published.

    Exit codes: 0 intact; 1 something could not be read; 2 an invalid option or key; 3 not intact.
    """

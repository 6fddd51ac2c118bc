"""`leastway audit verify`: check a whole log, or the proof of one entry."""

from __future__ import annotations

from pathlib import Path

import click

from leastway.cli.commands.audit.options import key_option, needs_cryptography
from leastway.cli.options import json_flag

__all__ = ["command"]


@click.command(name="verify")
@click.argument("log", metavar="LOG|PROOF")
@key_option
@click.option(
    "--witness",
    "witnesses",
    multiple=True,
    metavar="KEY",
    help="The verifier key of a witness that must have signed the checkpoint. Repeatable.",
)
@click.option(
    "--earlier",
    type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=False),
    metavar="FILE",
    help="A checkpoint of the log that you kept: the log must go on from it.",
)
@json_flag
def command(log: str, key: str, witnesses: tuple[str, ...], earlier: Path | None, as_json: bool) -> int:
    """Check every entry and every tile of LOG against its signed checkpoint, or the entry in PROOF.

    LOG is a folder, s3://BUCKET/PREFIX or a URL. PROOF is a file that `leastway audit prove` wrote. A log that is
    checked once shows that nothing in it was changed since it was signed. To find a log that was truncated or forked,
    keep a checkpoint and give it with --earlier the next time, or name a witness.

    Exits with 0 when everything is intact, 3 when something is not.
    """
    needs_cryptography()
    from leastway.app.audit.verify import verify
    from leastway.app.server_client import token_for
    from leastway.cli.render.audit.verify import exit_code_of, print_verified

    verified = verify(log, key, witnesses, earlier, token_for(log))
    print_verified(verified, as_json=as_json)
    return exit_code_of(verified)

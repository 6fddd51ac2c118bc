"""`leastway audit prove`: the proof that an entry is in a log, or that a log goes on from an earlier checkpoint."""

from __future__ import annotations

from pathlib import Path

import click

from leastway.cli.commands.audit.options import key_option, log_argument, needs_cryptography

__all__ = ["command"]


@click.command(name="prove")
@log_argument
@click.argument("index", type=click.IntRange(min=0), required=False, metavar="[INDEX]")
@key_option
@click.option(
    "--since",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Prove instead that LOG goes on from the checkpoint in this file.",
)
def command(log: str, index: int | None, key: str, since: Path | None) -> int:
    """Print the proof that LOG has its entry INDEX, counted from 0.

    The proof is in the format c2sp.org/tlog-proof and contains the entry: `leastway audit verify` checks it without the
    log. With --since, the proof is what a witness is asked with (c2sp.org/tlog-witness): the old size, the hashes, and
    the checkpoint.

    The proof is checked before it is printed.
    """
    if (index is None) == (since is None):
        raise click.UsageError("give the index of an entry, or --since")
    needs_cryptography()
    from leastway.app.audit.prove import prove_consistency, prove_entry
    from leastway.app.server_client import token_for
    from leastway.cli.terminal import emit_exactly

    proof = str(prove_entry(log, key, index, token_for(log))) if index is not None else ""
    if since is not None:
        proof = prove_consistency(log, key, since, token_for(log))
    emit_exactly(proof)
    return 0

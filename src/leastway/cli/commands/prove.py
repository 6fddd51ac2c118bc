"""`leastway prove`: that the access keeps to the grant, proved or refuted, without trying it."""

from __future__ import annotations

from pathlib import Path

import click

from leastway.cli.options import grant_argument, json_flag

__all__ = ["command"]


@click.command(name="prove")
@grant_argument
@click.option("--live", is_flag=True, help="Prove what is installed, instead of what would be. Reads the accounts.")
@json_flag
def command(grant: Path, live: bool, as_json: bool) -> int:
    """Prove that the platform can do in IAM what GRANT (grant.yaml) means, and nothing more.

    For its principal and for each role that it can take: the rights lie within the grant; only the platform comes in,
    with the external id, from the listed addresses; nothing lets it widen its own access; and each need of the grant
    has a request that is allowed. What is refuted is shown by a request. A wildcard means the actions of the catalog's
    day, which is printed. Nothing is called without --live, and nothing is changed.

    Exits with 0 when all is proved, 3 when something is refuted, 4 when something is unknown.
    """
    from leastway.app.prove import prove_compiled, prove_live
    from leastway.app.wiring import opened
    from leastway.cli.progress import TerminalProgress
    from leastway.cli.render.as_json import emit, notes_json
    from leastway.cli.render.lines import console_on
    from leastway.cli.render.plan import print_notes
    from leastway.cli.render.prove import exit_code_of, print_proofs, proofs_json
    from leastway.compiler import platform_notes

    with opened(grant) as work, TerminalProgress(quiet=as_json) as progress:
        proofs = (prove_live if live else prove_compiled)(work, progress=progress)
    remarks = platform_notes(work.grant)
    if as_json:
        emit({**proofs_json(proofs, live=live), "notes": notes_json(remarks)})
    else:
        print_proofs(console_on(), proofs)
        print_notes(console_on(), remarks)
    return exit_code_of(proofs)

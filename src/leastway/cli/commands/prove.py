"""`leastway prove`: prove or refute, without requests, that the access stays within the grant."""

from __future__ import annotations

from pathlib import Path

import click

from leastway.cli.options import account_option, grant_argument, json_flag, junit_option, log_options

__all__ = ["command"]


@click.command(name="prove")
@grant_argument
@click.option(
    "--live", is_flag=True, help="Prove what is installed instead of what apply would install. Reads the accounts."
)
@account_option
@log_options
@junit_option
@json_flag
def command(grant: Path, live: bool, accounts: tuple[str, ...], junit: Path | None, as_json: bool) -> int:
    """Prove that the platform can do in IAM what GRANT (grant.yaml) allows, and nothing more.

    For its principal and each role that it can assume: its rights are within the grant; only the platform can assume
    the role, with the external id, from the listed addresses; it cannot widen its own access; and each need of the
    grant has an allowed request. A refuted claim comes with a request as the counterexample. A wildcard means the
    actions of the catalog, whose date is printed. Nothing is called without --live, and nothing is changed.

    Exits with 0 when every claim is proved, 3 when one is refuted, 4 when one is unknown.
    """
    from leastway.app.open_grant import targeting
    from leastway.app.prove import prove_compiled, prove_live
    from leastway.app.wiring import opened
    from leastway.cli.progress import TerminalProgress
    from leastway.cli.render.as_json import emit, not_included_json, notes_json
    from leastway.cli.render.junit import proof_cases, write_junit
    from leastway.cli.render.lines import console_on
    from leastway.cli.render.plan import print_left_out, print_notes
    from leastway.cli.render.prove import exit_code_of, print_proofs, proofs_json
    from leastway.compiler import platform_notes

    with opened(grant, writes=False) as whole_grant, TerminalProgress(quiet=as_json) as progress:
        open_grant = targeting(whole_grant, accounts, ())
        proofs = (prove_live if live else prove_compiled)(open_grant, progress=progress)
    remarks = platform_notes(open_grant.grant)
    if junit:
        write_junit(junit, "leastway prove", proof_cases(proofs))
    if as_json:
        left_out = not_included_json(open_grant.scope.left_out)
        emit("prove", {**proofs_json(proofs, live=live), "not_included": left_out, "notes": notes_json(remarks)})
    else:
        print_proofs(console_on(), proofs, live=live)
        print_left_out(console_on(), open_grant.scope.left_out)
        print_notes(console_on(), remarks)
    return exit_code_of(proofs)

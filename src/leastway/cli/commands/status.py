"""`leastway status`: show the state of each account and cluster, one per line."""

from __future__ import annotations

from pathlib import Path

import click

from leastway.cli.options import account_option, cluster_option, grant_argument, json_flag, log_options

__all__ = ["command"]


@click.command(name="status")
@grant_argument
@click.option(
    "--quick", is_flag=True, help="Do not look for other access of the platform: fewer calls and permissions."
)
@account_option
@cluster_option
@log_options
@json_flag
def command(grant: Path, quick: bool, accounts: tuple[str, ...], clusters: tuple[str, ...], as_json: bool) -> int:
    """Show the state of each account and cluster of GRANT (grant.yaml), one per line.

    It then lists the access keys of the platform's users with their age and last use, and flags those that are old (90
    days), unused (for 45 days) or unknown to leastway. These flags do not change the exit code.

    It also lists other access of the platform that is not part of the grant: keys, passwords and groups of its user,
    roles that it can assume, access entries, mappings, bindings and pod identities; and what could not be read.

    Exits with 0 when everything is as expected, 3 when something differs, 4 when something could not be read.

    With --account or --cluster, only these accounts (with their clusters) or clusters (with the platform's principal in
    their account) are read, and the exit code is about them alone; what is not included is counted.
    """
    from leastway.app.open_grant import targeting
    from leastway.app.plan import make_plan
    from leastway.app.status import keys_of, status_of, status_remarks
    from leastway.app.wiring import opened
    from leastway.cli import verdicts
    from leastway.cli.progress import TerminalProgress
    from leastway.cli.render.as_json import emit
    from leastway.cli.render.keys import keys_json, print_keys
    from leastway.cli.render.lines import console_on
    from leastway.cli.render.plan import print_left_out, print_notes
    from leastway.cli.render.status import print_statuses, statuses_json
    from leastway.cli.terminal import note_objections
    from leastway.errors import ExitCode
    from leastway.grant import Purpose
    from leastway.proof import Look

    with opened(grant, purpose=Purpose.LOOK) as whole_grant, TerminalProgress(quiet=as_json) as progress:
        note_objections(grant, whole_grant.objections)
        open_grant = targeting(whole_grant, accounts, clusters)
        planned = make_plan(open_grant, look=Look.NOWHERE if quick else Look.EVERYWHERE, progress=progress)
        keys, unread = ((), ()) if quick else keys_of(open_grant, planned)
    found = status_of(open_grant, planned)
    remarks = status_remarks(open_grant, planned)
    if as_json:
        emit("status", {**statuses_json(found, remarks, planned.plan.left_out), **keys_json(keys, unread)})
    else:
        print_statuses(console_on(), found)
        print_keys(console_on(), keys, unread)
        print_left_out(console_on(), planned.plan.left_out)
        print_notes(console_on(), remarks)
    verdict = verdicts.of_plan(planned.plan)
    return ExitCode.UNKNOWN if unread and verdict is ExitCode.DONE else verdict

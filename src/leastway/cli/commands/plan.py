"""`leastway plan`: show what would change, and why."""

from __future__ import annotations

from pathlib import Path

import click

from leastway.cli.options import account_option, adopt_flag, cluster_option, grant_argument, json_flag, trust_marks_flag

__all__ = ["command"]


@click.command(name="plan")
@grant_argument
@adopt_flag
@trust_marks_flag
@account_option
@cluster_option
@click.option("--all", "everything", is_flag=True, help="Also show unchanged objects, and why they are unchanged.")
@json_flag
def command(
    grant: Path,
    adopt: bool,
    trust_marks: bool,
    accounts: tuple[str, ...],
    clusters: tuple[str, ...],
    everything: bool,
    as_json: bool,
) -> int:
    """Show what would change for GRANT (grant.yaml), and why.

    Nothing is changed. Exits with 0 when everything matches the grant, 3 when something differs, 4 when something could
    not be read.

    With --account or --cluster, only these accounts (with their clusters) or clusters (with the platform's principal in
    their account) are read, and the exit code is about them alone; what is not included is counted.
    """
    from leastway.app.open_grant import targeting
    from leastway.app.plan import make_plan, old_lists_of, plan_remarks
    from leastway.app.wiring import opened
    from leastway.cli import verdicts
    from leastway.cli.progress import TerminalProgress
    from leastway.cli.render.as_json import emit, plan_json
    from leastway.cli.render.lines import console_on
    from leastway.cli.render.old_lists import old_lists_json, print_old_lists
    from leastway.cli.render.plan import print_notes, print_plan

    with opened(grant) as whole_grant, TerminalProgress(quiet=as_json) as progress:
        open_grant = targeting(whole_grant, accounts, clusters)
        planned = make_plan(open_grant, adopt=adopt, trust_marks=trust_marks, progress=progress)
    old, remarks = old_lists_of(open_grant, planned), plan_remarks(open_grant, planned)
    if as_json:
        emit({**plan_json(planned.plan, remarks), "old_lists": old_lists_json(old)})
    else:
        console = console_on()
        print_plan(console, planned.plan, everything=everything)
        print_old_lists(console, old)
        print_notes(console, remarks)
    return verdicts.of_plan(planned.plan)

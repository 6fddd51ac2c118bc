"""`leastway offboard`: remove the access, and write the evidence."""

from __future__ import annotations

from pathlib import Path

import click

from leastway.cli.options import (
    account_option,
    believe,
    cluster_option,
    confirm,
    evidence_option,
    give_up_option,
    grant_argument,
    json_flag,
    log_options,
    trust_marks_flag,
    yes_flag,
)

__all__ = ["command"]


@click.command(name="offboard")
@grant_argument
@trust_marks_flag
@give_up_option
@account_option
@cluster_option
@yes_flag
@evidence_option
@log_options
@json_flag
def command(
    grant: Path,
    trust_marks: bool,
    given_up: tuple[str, ...],
    accounts: tuple[str, ...],
    clusters: tuple[str, ...],
    yes: bool,
    evidence: Path | None,
    as_json: bool,
) -> int:
    """Remove what leastway created or adopted for GRANT (grant.yaml), and nothing else.

    Afterwards everything is read again, and a file records what was removed, when, and what was checked.

    With --account or --cluster, only the objects in these accounts or clusters are removed. Remove them from the grant
    afterwards, or the next apply creates the objects again.
    """
    from leastway.app.evidence import write_evidence
    from leastway.app.offboard import forget_what_is_gone, offboard, plan_offboarding
    from leastway.app.open_grant import giving_up, targeting
    from leastway.app.wiring import opened
    from leastway.cli.progress import TerminalProgress
    from leastway.cli.render.as_json import emit
    from leastway.cli.render.lines import console_on
    from leastway.cli.render.offboard import print_offboarded
    from leastway.cli.render.plan import print_plan
    from leastway.cli.terminal import note_objections, say
    from leastway.errors import ExitCode
    from leastway.grant import Purpose
    from leastway.reconcile import Plan

    with opened(grant, purpose=Purpose.TAKE) as whole_grant:
        note_objections(grant, whole_grant.objections)
        open_grant = giving_up(whole_grant, given_up, even_of_the_grant=True)
        open_grant = targeting(open_grant, accounts, clusters)

        def look(trust: bool) -> Plan:
            with TerminalProgress(quiet=as_json) as progress:
                plan = plan_offboarding(open_grant, trust_marks=trust, progress=progress)
            if not as_json and (plan.changes or plan.unreadable):
                print_plan(console_on(), plan)
            elif not as_json:
                where = " in the included places" if plan.left_out else ""
                say(f"No objects of this grant exist{where}: nothing to remove.")
            return plan

        plan = look(trust_marks)
        if believe(plan.unverified, yes=yes):
            plan = look(True)
        if plan.writes:
            confirm(f"Remove these {len(plan.writes)} objects?", yes=yes)
        with TerminalProgress(quiet=as_json) as progress:
            done = offboard(open_grant, plan, progress=progress)
        path, written = write_evidence(open_grant, done, evidence)
        if as_json:
            emit("offboard", written)
        else:
            print_offboarded(console_on(), done, path, open_grant.keys)
        forget_what_is_gone(open_grant, done)
    return ExitCode.DONE if done.is_complete else ExitCode.INCOMPLETE

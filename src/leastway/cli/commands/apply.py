"""`leastway apply`: make it so."""

from __future__ import annotations

from pathlib import Path

import click

from leastway.cli.options import (
    adopt_flag,
    believe,
    confirm,
    give_up_option,
    grant_argument,
    json_flag,
    trust_marks_flag,
    yes_flag,
)

__all__ = ["command"]


@click.command(name="apply")
@grant_argument
@adopt_flag
@trust_marks_flag
@give_up_option
@yes_flag
@click.option(
    "--keys-to",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Folder for the first key of an IAM user, or - for standard output once. Default: the state folder.",
)
@json_flag
def command(
    grant: Path,
    adopt: bool,
    trust_marks: bool,
    given_up: tuple[str, ...],
    yes: bool,
    keys_to: Path | None,
    as_json: bool,
) -> int:
    """Make accounts and clusters as GRANT (grant.yaml) means them.

    The plan is shown first. It can be interrupted and run again at any point: it goes on from where it was.
    """
    from leastway.app.applying import apply_plan
    from leastway.app.planning import Planned, make_plan
    from leastway.app.remarks import plan_remarks
    from leastway.app.touched import giving_up
    from leastway.app.wiring import opened
    from leastway.cli import verdicts
    from leastway.cli.progress import TerminalProgress
    from leastway.cli.render.applied import print_applied
    from leastway.cli.render.as_json import applied_json, emit, plan_json
    from leastway.cli.render.lines import console_on
    from leastway.cli.render.plan import print_notes, print_plan

    on_stdout = str(keys_to) == "-"
    if on_stdout and as_json:
        raise click.UsageError("choose --json or --keys-to -: standard output is for one of them")
    with opened(grant, keys=None if on_stdout else keys_to, show_key=_show_key if on_stdout else None) as opened_grant:
        work = giving_up(opened_grant, given_up, even_of_the_grant=False)

        def look(trust: bool) -> Planned:
            with TerminalProgress(quiet=as_json) as progress:
                planned = make_plan(work, adopt=adopt, trust_marks=trust, progress=progress)
            if not as_json:
                print_plan(console_on(stderr=on_stdout), planned.plan)
                print_notes(console_on(stderr=on_stdout), plan_remarks(work, planned))
            return planned

        planned = look(trust_marks)
        if believe(planned.plan.unbelieved, yes=yes):
            planned = look(True)
        plan, remarks = planned.plan, plan_remarks(work, planned)
        if plan.writes:
            confirm(f"Make these {len(plan.writes)} changes?", yes=yes)
        with TerminalProgress(quiet=as_json) as progress:
            applied = apply_plan(work, planned, progress=progress)
    if as_json:
        emit({"plan": plan_json(plan, remarks), "results": applied_json(applied)})
    else:
        print_applied(console_on(stderr=on_stdout), planned, applied, work.keys)
    return verdicts.of_applied(plan, applied)


def _show_key(account: str, user: str, text: str) -> None:
    from leastway.cli.terminal import emit_secret, say

    say(f"the first key of {user} in {account}, shown this once:", err=True)
    emit_secret(text)

"""`leastway plan`: show what would change, and why."""

from __future__ import annotations

from pathlib import Path

import click

from leastway.cli.options import (
    account_option,
    adopt_flag,
    cluster_option,
    external_ids_option,
    finish_flag,
    give_up_option,
    grant_argument,
    json_flag,
    log_options,
    trust_marks_flag,
)

__all__ = ["command"]


@click.command(name="plan")
@grant_argument
@adopt_flag
@trust_marks_flag
@give_up_option
@external_ids_option
@finish_flag
@account_option
@cluster_option
@click.option("--all", "everything", is_flag=True, help="Also show unchanged objects, and why they are unchanged.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Save the plan to this file. `leastway apply FILE` does exactly what it says, or nothing.",
)
@click.option("--markdown", is_flag=True, help="Print the plan as Markdown, for a comment on a pull request.")
@log_options
@json_flag
def command(
    grant: Path,
    adopt: bool,
    trust_marks: bool,
    given_up: tuple[str, ...],
    side: str | None,
    finish: bool,
    accounts: tuple[str, ...],
    clusters: tuple[str, ...],
    everything: bool,
    out: Path | None,
    markdown: bool,
    as_json: bool,
) -> int:
    """Show what would change for GRANT (grant.yaml), and why.

    Nothing is changed. Exits with 0 when everything matches the grant, 3 when something differs, 4 when something could
    not be read.

    With --account or --cluster, only these accounts (with their clusters) or clusters (with the platform's principal in
    their account) are read, and the exit code is about them alone; what is not included is counted.
    """
    from leastway.app.plan import old_lists_of, plan_remarks
    from leastway.app.plan_options import PlanOptions, plan_requested, within
    from leastway.app.saved_plan import save_plan
    from leastway.app.wiring import opened
    from leastway.cli import verdicts
    from leastway.cli.progress import TerminalProgress
    from leastway.cli.render.as_json import emit, plan_json
    from leastway.cli.render.lines import console_on
    from leastway.cli.render.markdown import plan_markdown
    from leastway.cli.render.old_lists import old_lists_json, print_old_lists
    from leastway.cli.render.plan import print_notes, print_plan
    from leastway.cli.terminal import say, say_lines

    if markdown and as_json:
        raise click.UsageError("choose --markdown or --json: both write to standard output")
    options = PlanOptions(adopt, trust_marks, finish, side, given_up, accounts, clusters)
    with opened(grant) as whole_grant, TerminalProgress(quiet=as_json or markdown) as progress:
        planned = plan_requested(whole_grant, options, progress=progress)
        open_grant = within(whole_grant, options)
        old, remarks = old_lists_of(open_grant, planned), plan_remarks(open_grant, planned)
        if out is not None:
            save_plan(out, whole_grant.grant, planned, options, remarks, whole_grant.clock.now())
    if as_json:
        emit("plan", {**plan_json(planned.plan, remarks), "old_lists": old_lists_json(old)})
    elif markdown:
        say_lines(plan_markdown(planned.plan, remarks))
    else:
        console = console_on()
        print_plan(console, planned.plan, everything=everything)
        print_old_lists(console, old)
        print_notes(console, remarks)
    if out is not None:
        say(f"Saved to {out}. To do exactly this: leastway apply {out}", err=as_json or markdown)
    return verdicts.of_plan(planned.plan)

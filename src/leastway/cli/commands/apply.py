"""`leastway apply`: make accounts and clusters match the grant, or carry out a saved plan."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from leastway.cli.options import (
    GrantPath,
    account_option,
    adopt_flag,
    believe,
    choose,
    cluster_option,
    confirm,
    external_ids_option,
    finish_flag,
    give_up_option,
    json_flag,
    log_options,
    trust_marks_flag,
    yes_flag,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leastway.app.open_grant import OpenGrant
    from leastway.app.plan import Planned
    from leastway.app.plan_options import PlanOptions
    from leastway.app.saved_plan import SavedPlan
    from leastway.compiler import Choice, ExternalIdConflict
    from leastway.estate import RoleKey

__all__ = ["command"]


@click.command(name="apply")
@click.argument(
    "grant",
    type=GrantPath(),
    default=Path("grant.yaml"),
    metavar="[GRANT|PLAN]",
)
@adopt_flag
@trust_marks_flag
@give_up_option
@account_option
@cluster_option
@yes_flag
@click.option(
    "--keys-to",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Folder for the first key of an IAM user, or - to print it once. Default: the state folder.",
)
@external_ids_option
@finish_flag
@log_options
@json_flag
def command(
    grant: Path,
    adopt: bool,
    trust_marks: bool,
    given_up: tuple[str, ...],
    accounts: tuple[str, ...],
    clusters: tuple[str, ...],
    yes: bool,
    keys_to: Path | None,
    side: str | None,
    finish: bool,
    as_json: bool,
) -> int:
    """Make accounts and clusters match GRANT (grant.yaml), or carry out PLAN, a file of `leastway plan --out`.

    The plan is shown first. The command can be interrupted at any point; run it again to continue.

    A saved plan is carried out exactly, with the options that it was made with. If the grant, the profile or a live
    object changed since, nothing is done, and everything that changed is named.

    While an external id changes, roles accept the old and the new one. Register the new one with the platform, then run
    with --finish.
    """
    from leastway.app.apply import apply_plan
    from leastway.app.hand_over import hand_over_of_apply
    from leastway.app.plan import plan_remarks
    from leastway.app.plan_options import PlanOptions, within
    from leastway.app.saved_plan import read_saved_plan
    from leastway.app.wiring import opened
    from leastway.cli import verdicts
    from leastway.cli.progress import TerminalProgress
    from leastway.cli.render.apply import print_end
    from leastway.cli.render.as_json import applied_json, emit, plan_json
    from leastway.cli.render.hand_over import hand_over_json
    from leastway.cli.render.lines import console_on
    from leastway.cli.render.plan import print_notes, print_plan

    on_stdout = str(keys_to) == "-"
    if on_stdout and as_json:
        raise click.UsageError("choose --json or --keys-to -: both write to standard output")
    options = PlanOptions(adopt, trust_marks, finish, side, given_up, accounts, clusters)
    saved = read_saved_plan(grant)
    if saved is not None and options != PlanOptions():
        raise click.UsageError(f"{grant} is a saved plan: give options that change the plan to `leastway plan --out`")
    source = saved.grant if saved is not None else grant
    with opened(source, keys=None if on_stdout else keys_to, show_key=_show_key if on_stdout else None) as whole_grant:

        def show(planned: Planned) -> None:
            if not as_json:
                print_plan(console_on(stderr=on_stdout), planned.plan)
                print_notes(console_on(stderr=on_stdout), plan_remarks(open_grant, planned))

        if saved is not None:
            planned = _replanned(saved, whole_grant, quiet=as_json)
            open_grant = within(whole_grant, saved.options)
            show(planned)
        else:
            open_grant = within(whole_grant, options)
            answers: dict[RoleKey, Choice] = {}
            planned = _decided(open_grant, options, answers, asks=not yes, quiet=as_json)
            show(planned)
            if believe(planned.plan.unverified, yes=yes):
                options = replace(options, trust_marks=True)
                planned = _decided(open_grant, options, answers, asks=not yes, quiet=as_json)
                show(planned)
        _agree(open_grant, planned, yes=yes)
        plan, remarks = planned.plan, plan_remarks(open_grant, planned)
        with TerminalProgress(quiet=as_json) as progress:
            applied = apply_plan(open_grant, planned, progress=progress)
    if as_json:
        emit(
            "apply",
            {
                "plan": plan_json(plan, remarks),
                "results": applied_json(applied),
                "hand_over": hand_over_json(hand_over_of_apply(open_grant, planned, applied)),
            },
        )
    else:
        print_end(console_on(stderr=on_stdout), open_grant, planned, applied)
    return verdicts.of_applied(plan, applied)


def _agree(open_grant: OpenGrant, planned: Planned, *, yes: bool) -> None:
    """Ask whether to make the changes. Errors: LeastwayError if access is revoked, or was while it was asked."""
    from leastway.app.apply import refuse_revoked, refuse_revoked_since

    refuse_revoked(planned)
    if planned.plan.writes and not yes:
        confirm(f"Make these {len(planned.plan.writes)} changes?", yes=False)
        refuse_revoked_since(open_grant, planned)


def _replanned(saved: SavedPlan, whole_grant: OpenGrant, *, quiet: bool) -> Planned:
    """Plan again what was saved. Errors: OutdatedPlanError if anything changed since."""
    from leastway.app.replan import check_grant, replan
    from leastway.cli.progress import TerminalProgress
    from leastway.cli.terminal import say

    say(f"{saved.path} is a saved plan of {saved.grant}, made at {saved.made}", err=True)
    check_grant(saved, whole_grant.grant)
    with TerminalProgress(quiet=quiet) as progress:
        return replan(saved, whole_grant, progress=progress)


def _decided(
    open_grant: OpenGrant, options: PlanOptions, answers: dict[RoleKey, Choice], *, asks: bool, quiet: bool
) -> Planned:
    """Plan the grant; a person decides conflicts of external ids that `options` leave open, if `asks`."""
    from leastway.app.plan import make_plan
    from leastway.cli.progress import TerminalProgress
    from leastway.compiler import refuse_conflicts

    def plan() -> Planned:
        with TerminalProgress(quiet=quiet) as progress:
            return make_plan(
                open_grant,
                adopt=options.adopt,
                trust_marks=options.trust_marks,
                choices=answers,
                finish=options.finish,
                progress=progress,
            )

    planned = plan()
    if conflicts := planned.settled.conflicts:
        answers.update(_answers(conflicts, options.external_ids, asks=asks))
        refuse_conflicts(one for one in conflicts if one.key not in answers)
        planned = plan()
    return planned


def _answers(conflicts: Iterable[ExternalIdConflict], side: str | None, *, asks: bool) -> dict[RoleKey, Choice]:
    """Return the choice for each role, from `side` or from a person at the terminal."""
    from leastway.compiler import Choice

    found: dict[RoleKey, Choice] = {}
    for one in conflicts:
        text = f"{one.account}/role/{one.role}: {one.text}. Which one does the platform present?"
        answer = side or (choose(text, [choice.value for choice in Choice]) if asks else None)
        if answer:
            found[one.key] = Choice(answer)
    return found


def _show_key(account: str, user: str, text: str) -> None:
    from leastway.cli.terminal import emit_secret, say

    say(f"the first key of {user} in {account}, printed only once:", err=True)
    emit_secret(text)

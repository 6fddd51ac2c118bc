"""`leastway apply`: make accounts and clusters match the grant."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from leastway.cli.options import (
    account_option,
    adopt_flag,
    believe,
    choose,
    cluster_option,
    confirm,
    give_up_option,
    grant_argument,
    json_flag,
    trust_marks_flag,
    yes_flag,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from leastway.app.plan import Planned
    from leastway.compiler import Choice, ExternalIdConflict
    from leastway.estate import RoleKey

__all__ = ["command"]


@click.command(name="apply")
@grant_argument
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
@click.option(
    "--external-ids",
    "side",
    type=click.Choice(["live", "stored"]),
    help="Which external id the platform presents, where a live role and leastway's store disagree.",
)
@click.option("--finish", is_flag=True, help="End changes of external ids: roles no longer accept the old ones.")
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
    """Make accounts and clusters match GRANT (grant.yaml).

    The plan is shown first. The command can be interrupted at any point; run it again to continue.

    While an external id changes, roles accept the old and the new one. Register the new one with the platform, then run
    with --finish.
    """
    from leastway.app.apply import apply_plan
    from leastway.app.open_grant import giving_up, targeting
    from leastway.app.plan import make_plan, plan_remarks
    from leastway.app.wiring import opened
    from leastway.cli import verdicts
    from leastway.cli.progress import TerminalProgress
    from leastway.cli.render.apply import print_applied
    from leastway.cli.render.as_json import applied_json, emit, plan_json
    from leastway.cli.render.lines import console_on
    from leastway.cli.render.plan import print_notes, print_plan
    from leastway.compiler import refuse_conflicts

    on_stdout = str(keys_to) == "-"
    if on_stdout and as_json:
        raise click.UsageError("choose --json or --keys-to -: both write to standard output")
    with opened(grant, keys=None if on_stdout else keys_to, show_key=_show_key if on_stdout else None) as whole_grant:
        open_grant = giving_up(whole_grant, given_up, even_of_the_grant=False)
        open_grant = targeting(open_grant, accounts, clusters)

        def look(trust: bool) -> Planned:
            def plan_with(choices: Mapping[RoleKey, Choice]) -> Planned:
                with TerminalProgress(quiet=as_json) as progress:
                    return make_plan(
                        open_grant, adopt=adopt, trust_marks=trust, choices=choices, finish=finish, progress=progress
                    )

            planned = plan_with(answers)
            if conflicts := planned.settled.conflicts:
                answers.update(_answers(conflicts, side, asks=not yes))
                refuse_conflicts(one for one in conflicts if one.key not in answers)
                planned = plan_with(answers)
            if not as_json:
                print_plan(console_on(stderr=on_stdout), planned.plan)
                print_notes(console_on(stderr=on_stdout), plan_remarks(open_grant, planned))
            return planned

        answers: dict[RoleKey, Choice] = {}
        planned = look(trust_marks)
        if believe(planned.plan.unbelieved, yes=yes):
            planned = look(True)
        plan, remarks = planned.plan, plan_remarks(open_grant, planned)
        if plan.writes:
            confirm(f"Make these {len(plan.writes)} changes?", yes=yes)
        with TerminalProgress(quiet=as_json) as progress:
            applied = apply_plan(open_grant, planned, progress=progress)
    if as_json:
        emit({"plan": plan_json(plan, remarks), "results": applied_json(applied)})
    else:
        print_applied(console_on(stderr=on_stdout), planned, applied, open_grant.keys)
    return verdicts.of_applied(plan, applied)


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

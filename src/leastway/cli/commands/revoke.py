"""`leastway revoke`: cut the platform off, or put its access back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from leastway.cli.options import (
    adopt_flag,
    believe,
    confirm,
    evidence_option,
    external_ids_option,
    from_listed_flag,
    give_up_option,
    grant_argument,
    json_flag,
    keys_from_option,
    log_options,
    platform_profile_option,
    trust_marks_flag,
    yes_flag,
)

if TYPE_CHECKING:
    from leastway.app.open_grant import OpenGrant

__all__ = ["command"]

_DEADLINE = 300.0
"""Seconds: API servers cache authentication and access policies for minutes."""


@click.command(name="revoke")
@grant_argument
@click.option("--restore", "restores", is_flag=True, help="Put the access back that GRANT defines.")
@trust_marks_flag
@adopt_flag
@external_ids_option
@give_up_option
@yes_flag
@evidence_option
@keys_from_option
@platform_profile_option
@from_listed_flag
@log_options
@json_flag
def command(
    grant: Path,
    restores: bool,
    trust_marks: bool,
    adopt: bool,
    side: str | None,
    given_up: tuple[str, ...],
    yes: bool,
    evidence: Path | None,
    keys_from: Path | None,
    platform_profile: str | None,
    from_listed: bool,
    as_json: bool,
) -> int:
    """Cut the platform off from everything of GRANT (grant.yaml), at once, and try that nothing works any longer.

    In each account: trust policies are closed, every user and role of the grant is denied everything, access keys are
    deactivated. Then access entries, access policies, bindings and aws-auth mappings are deleted in the clusters.
    Requests that worked before are repeated until they are refused. A file records what was cut, what was tried, and
    what a revocation cannot cut. While the grant is revoked, plan and apply put nothing back.

    --restore puts back what the grant defines, and denies only sessions from before the restore until they expire.

    Exits with 0 when the platform is cut off and that was shown, 1 when something could not be done, 3 when something
    still works, 4 when it is unknown, e.g. because nothing could be tried without the platform's credentials.
    """
    from leastway.app.open_grant import giving_up
    from leastway.app.wiring import opened
    from leastway.cli.terminal import note_objections
    from leastway.grant import Purpose
    from leastway.reconcile import Convergence

    if restores and (given_up or evidence or keys_from or platform_profile or from_listed):
        raise click.UsageError("--restore takes only --adopt, --external-ids, --trust-marks, --yes and --json")
    if (adopt or side) and not restores:
        raise click.UsageError("--adopt and --external-ids need --restore: a revocation cuts all that the grant names")
    convergence = Convergence(deadline=_DEADLINE)
    purpose = Purpose.GIVE if restores else Purpose.TAKE
    with opened(grant, keys=keys_from, convergence=convergence, purpose=purpose, needs_store=restores) as whole_grant:
        note_objections(grant, whole_grant.objections)
        _note_missing_store(whole_grant.no_store)
        if restores:
            return _restore(whole_grant, side, adopt=adopt, trust_marks=trust_marks, yes=yes, as_json=as_json)
        open_grant = giving_up(whole_grant, given_up, even_of_the_grant=True)
        return _revoke(
            open_grant, platform_profile, from_listed, evidence, trust_marks=trust_marks, yes=yes, as_json=as_json
        )


def _note_missing_store(problem: str) -> None:
    from leastway.cli.terminal import say, wrapped

    if problem:
        fix = "what the grant names is cut, and nothing is recorded; what only carries its mark needs --trust-marks"
        say(wrapped(f"note: {problem}; this command goes on without it: {fix}"), err=True)


def _revoke(
    open_grant: OpenGrant,
    profile: str | None,
    from_listed: bool,
    evidence: Path | None,
    *,
    trust_marks: bool,
    yes: bool,
    as_json: bool,
) -> int:
    from leastway.app.revocation_evidence import write_revocation_evidence
    from leastway.app.revocation_plan import RevocationPlan, plan_revocation, revocation_visitor
    from leastway.app.revoke import end_record, revoke
    from leastway.app.verify import caller_of
    from leastway.cli import verdicts
    from leastway.cli.progress import TerminalProgress
    from leastway.cli.render.as_json import emit
    from leastway.cli.render.lines import console_on
    from leastway.cli.render.revoke import print_revocation_plan, print_revoked, revocation_question

    caller = caller_of(open_grant, profile=profile, here_is_listed=from_listed)

    def look(trust: bool) -> RevocationPlan:
        with TerminalProgress(quiet=as_json) as progress:
            plan = plan_revocation(open_grant, trust_marks=trust, progress=progress)
        if not as_json:
            print_revocation_plan(console_on(), plan)
        return plan

    plan = look(trust_marks)
    if believe(plan.unverified, yes=yes):
        plan = look(True)
    confirm(revocation_question(open_grant.grant, plan), yes=yes)
    with TerminalProgress(quiet=as_json) as progress:
        done = revoke(open_grant, plan, revocation_visitor(open_grant, plan, caller), progress=progress)
    path, written = write_revocation_evidence(open_grant, done, evidence)
    if as_json:
        emit("revoke", written)
    else:
        print_revoked(console_on(), done, path)
    if done.is_complete:
        end_record(open_grant)
    return verdicts.of_revocation(done.verdict)


def _restore(
    open_grant: OpenGrant, side: str | None, *, adopt: bool, trust_marks: bool, yes: bool, as_json: bool
) -> int:
    from leastway.app.plan import Planned, plan_remarks
    from leastway.app.restore import plan_restore, restore
    from leastway.cli import verdicts
    from leastway.cli.progress import TerminalProgress
    from leastway.cli.render.as_json import emit
    from leastway.cli.render.lines import console_on
    from leastway.cli.render.plan import print_notes, print_plan
    from leastway.cli.render.restore import print_restored, restore_question, restored_json

    def look(trust: bool) -> Planned:
        with TerminalProgress(quiet=as_json) as progress:
            planned = plan_restore(open_grant, adopt=adopt, trust_marks=trust, external_ids=side, progress=progress)
        if not as_json:
            print_plan(console_on(), planned.plan)
            print_notes(console_on(), plan_remarks(open_grant, planned))
        return planned

    planned = look(trust_marks)
    if believe(planned.plan.unverified, yes=yes):
        planned = look(True)
    if planned.plan.writes or planned.revocations:
        confirm(restore_question(planned), yes=yes)
    with TerminalProgress(quiet=as_json) as progress:
        done = restore(open_grant, planned, progress=progress)
    if as_json:
        emit("revoke-restore", restored_json(open_grant, done))
    else:
        print_restored(console_on(), open_grant, done)
    return verdicts.of_restored(done)

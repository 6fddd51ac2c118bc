"""Restore a revoked grant: put back what the grant means, without waking sessions from before the revocation.

1. Plan as `apply` does; the plan shows what will be put back.
2. Open the trust policies of roles that other tools own, which no plan changes.
3. Apply the plan. Users and roles still deny everything.
4. In accounts where everything was applied: activate the keys that the revocation deactivated, and replace the Deny by
   one on sessions that were issued before the restore. It stays for the longest session that the role gives; then a
   plan removes it.
5. Read users and roles several times in a row, and plan again.
So nothing is allowed before everything matches the grant, and an interrupted restore leaves the access revoked.
EKS tokens are GetCallerIdentity requests, which no Deny stops: a session from before the revocation that has not
expired can reach the clusters again as soon as their access is back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from leastway.app.apply import apply_plan
from leastway.app.open_grant import OpenGrant
from leastway.app.plan import Planned, make_plan
from leastway.app.progress import Progress, Silent
from leastway.compiler import Choice
from leastway.errors import LeastwayError, in_words
from leastway.estate import Address, Role, RoleKey, without_closing
from leastway.reconcile import (
    Applied,
    ChangeAction,
    CutStep,
    NotConvergedError,
    Outcome,
    Restoring,
    Revocation,
    not_restored_yet,
    open_trusts,
    restore_principals,
)

__all__ = ["Restored", "plan_restore", "restore"]


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back, and what stays revoked."""

    planned: Planned
    steps: tuple[CutStep, ...]
    applied: Applied
    stays: Mapping[Address, str]
    """The users and roles that stay revoked, with the reason."""
    unconfirmed: str
    again: Planned

    @property
    def is_complete(self) -> bool:
        """Whether everything is back, and matches the grant."""
        failed = any(step.outcome is Outcome.FAILED for step in self.steps)
        done = self.applied.is_complete and not failed and not self.stays and not self.unconfirmed
        return done and self.again.plan.is_clean


def plan_restore(
    open_grant: OpenGrant,
    *,
    adopt: bool = False,
    trust_marks: bool = False,
    external_ids: str | None = None,
    progress: Progress | None = None,
) -> Planned:
    """Plan what a restore puts back; `external_ids` is the side that decides conflicts of external ids."""

    def plan(choices: Mapping[RoleKey, Choice]) -> Planned:
        return make_plan(
            open_grant, adopt=adopt, trust_marks=trust_marks, choices=choices, restoring=True, progress=progress
        )

    planned = plan({})
    if planned.settled.conflicts and external_ids:
        planned = plan({one.key: Choice(external_ids) for one in planned.settled.conflicts})
    return planned


def restore(open_grant: OpenGrant, planned: Planned, *, progress: Progress | None = None) -> Restored:
    """Put back what `planned` says, and let the users and roles of the grant work again."""
    report = progress or Silent()
    revoked = planned.revocations
    workers = open_grant.workers.accounts
    steps: list[CutStep] = []

    def on_step(step: CutStep) -> None:
        report.step(str(step.principal))

    before, unread = _times(open_grant, revoked)
    # 2.
    foreign = _opened_by_us(planned, revoked)
    if foreign:
        report.phase("opening the trust policies of other tools' roles", len(foreign))
        steps += open_trusts(
            foreign, open_grant.sites, workers=workers, on_step=lambda step: report.step(str(step.principal))
        )
    # 3.
    applied = apply_plan(open_grant, planned, progress=report)
    # 4.
    stays = {**unread, **_staying(planned, applied, steps, revoked)}
    restoring = [
        Restoring(one.principal, before[one.principal], _longest(planned, one.principal))
        for one in revoked
        if one.principal not in stays and one.principal in before
    ]
    if restoring:
        report.phase("restoring users and roles", len(restoring))
        steps += restore_principals(restoring, open_grant.sites, workers=workers, on_step=on_step)
    # 5.
    failed = {step.principal for step in steps if step.outcome is Outcome.FAILED}
    unconfirmed = _confirm(open_grant, [one.principal for one in restoring if one.principal not in failed])
    again = make_plan(open_grant, progress=report)
    return Restored(planned, tuple(steps), applied, stays, unconfirmed, again)


def _times(
    open_grant: OpenGrant, revoked: Sequence[Revocation]
) -> tuple[dict[Address, dt.datetime], dict[Address, str]]:
    """Return from when on sessions of each user and role are new, by the clock of its service, before it gives any.

    All sessions that were issued before its revocation are older, also those of the same second.
    """
    times: dict[Address, dt.datetime] = {}
    problems: dict[Address, str] = {}
    for one in revoked:
        try:
            state = open_grant.sites.revoker(one.principal.place.account).state(one.principal)
        except LeastwayError as error:
            problems[one.principal] = in_words(error)[0]
            continue
        if state is not None:
            since = one.mark.since + dt.timedelta(seconds=1) if one.mark.since else state.read_at
            times[one.principal] = max(state.read_at, since)
    return times, problems


def _opened_by_us(planned: Planned, revoked: Sequence[Revocation]) -> list[Address]:
    """Return the revoked roles that another tool owns, with a closed trust policy."""
    foreign = {change.address for change in planned.plan if change.action is ChangeAction.FOREIGN}
    found = []
    for one in revoked:
        live = planned.observation.objects[one.principal].object
        if one.principal in foreign and isinstance(live, Role) and without_closing(live.trust) != live.trust:
            found.append(one.principal)
    return found


def _staying(
    planned: Planned, applied: Applied, steps: Sequence[CutStep], revoked: Sequence[Revocation]
) -> dict[Address, str]:
    """Return the users and roles that stay revoked: those that do not match the grant, and all of a failed account."""
    failed = {
        result.change.address.place.account: f"{result.change.address}: {result.reason}"
        for result in reversed(applied.results)
        if result.outcome is Outcome.FAILED
    }
    closed = {step.principal: step.reason for step in steps if step.outcome is Outcome.FAILED}
    changes = {change.address: change for change in planned.plan}
    found: dict[Address, str] = {}
    for one in revoked:
        change = changes.get(one.principal)
        if reason := closed.get(one.principal) or failed.get(one.principal.place.account):
            found[one.principal] = reason
        elif change is not None and change.action in (ChangeAction.BLOCKED, ChangeAction.UNKNOWN):
            found[one.principal] = change.reason
    return found


def _longest(planned: Planned, principal: Address) -> int:
    live = planned.observation.objects[principal].object
    return live.max_session if isinstance(live, Role) else 0


def _confirm(open_grant: OpenGrant, principals: Sequence[Address]) -> str:
    """Wait until every restored user and role shows it; return what is missing, or an empty text."""

    def look() -> str | None:
        for each in principals:
            state = open_grant.sites.revoker(each.place.account).state(each)
            if problem := not_restored_yet(each, state):
                return problem
        return None

    try:
        open_grant.convergence.wait(open_grant.clock, look)
    except NotConvergedError as error:
        return error.what
    except LeastwayError as error:
        return in_words(error)[0]
    return ""

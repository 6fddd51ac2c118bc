"""Apply a plan to accounts and clusters, and record in the store where leastway wrote."""

from __future__ import annotations

from collections.abc import Iterable

from leastway.app.open_grant import OpenGrant
from leastway.app.plan import Planned
from leastway.app.progress import Progress, Silent
from leastway.errors import LeastwayError
from leastway.estate import Observed, Place, Realm, Role, User, role_address
from leastway.reconcile import (
    Applied,
    ChangeAction,
    Outcome,
    Revocation,
    apply,
    forget_given_up,
    record_applied,
    record_planned,
    revocations,
    when,
)

__all__ = ["apply_plan", "refuse_revoked", "refuse_revoked_since"]


def apply_plan(open_grant: OpenGrant, planned: Planned, *, progress: Progress | None = None) -> Applied:
    """Carry out `planned`, account by account and cluster by cluster; a failure stops only its own place."""
    report = progress or Silent()
    writes = planned.plan.writes
    if writes:
        report.phase("applying", len(writes))
    open_grant.store.touch(
        open_grant.grant.name, {(change.address.kind.realm, change.address.place) for change in writes}
    )
    record_planned(open_grant.store, planned.plan)
    _begin_ids(open_grant, planned)
    seen: list[Observed] = []
    applied = apply(
        planned.plan,
        open_grant.sites,
        workers=open_grant.workers,
        convergence=open_grant.convergence,
        clock=open_grant.clock,
        on_result=report.result,
        on_seen=seen.append,
    )
    record_applied(open_grant.store, planned.plan, applied, seen)
    _end_ids(open_grant, planned, applied)
    forget_given_up(open_grant.store, open_grant.grant.name, open_grant.given_up)
    return applied


def refuse_revoked(planned: Planned) -> None:
    """Refuse to apply a plan of a revoked grant: LeastwayError, which names the command that restores it."""
    _refuse(planned.revocations)


def refuse_revoked_since(open_grant: OpenGrant, planned: Planned) -> None:
    """Refuse to apply a plan if access was revoked after it was made, as it may be while a person is asked.

    Reads the users and roles of the accounts in which the plan writes. Errors: as `refuse_revoked`.
    """
    for account in sorted({change.address.place.account for change in planned.plan.writes}):
        place = Place(account)
        principals = [
            one for one in planned.compiled.estate if isinstance(one, User | Role) and one.address.place == place
        ]
        _refuse(revocations(open_grant.sites.site(Realm.IAM, place).read(principals, open_grant.grant.name)))


def _refuse(found: Iterable[Revocation]) -> None:
    for one in found:
        raise LeastwayError(
            f"access is revoked {when(one.mark.since)}, so apply changes nothing",
            where=str(one.principal),
            fix="run leastway revoke --restore with the same grant file to put the access back",
        )


def _begin_ids(open_grant: OpenGrant, planned: Planned) -> None:
    """Store the external ids of the roles that are about to change, before the first write to them."""
    keys = {role_address(key): key for key in planned.settled.states}
    written = {keys[change.address] for change in planned.plan.writes if change.address in keys}
    owned = {
        keys[change.address]
        for change in planned.plan
        if change.action is ChangeAction.FOREIGN and change.address in keys
    }
    open_grant.store.keep(open_grant.grant.name, planned.settled.begun(written=written, owned=owned))


def _end_ids(open_grant: OpenGrant, planned: Planned, applied: Applied) -> None:
    """Remove from the store the external ids that the changed roles no longer accept."""
    done = {result.change.address for result in applied.having(Outcome.DONE)}
    over = {key for key in planned.settled.states if role_address(key) in done}
    open_grant.store.keep(open_grant.grant.name, planned.settled.ended(over))

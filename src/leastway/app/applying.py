"""Applying: make the accounts and clusters as the plan says, and remember where."""

from __future__ import annotations

from leastway.app import external_ids
from leastway.app.made import begin, end
from leastway.app.open_grant import OpenGrant
from leastway.app.planning import Planned
from leastway.app.progress import Progress, Silent
from leastway.app.touched import forget_given_up
from leastway.estate import Observed
from leastway.reconcile import Applied, apply

__all__ = ["apply_plan"]


def apply_plan(work: OpenGrant, planned: Planned, *, progress: Progress | None = None) -> Applied:
    """Do what `planned` says, account by account and cluster by cluster; a failure stops only its own place."""
    told = progress or Silent()
    writes = planned.plan.writes
    if writes:
        told.phase("applying", len(writes))
    work.store.touch(work.grant.name, {(change.address.kind.realm, change.address.place) for change in writes})
    begin(work, planned.plan)
    external_ids.begin(work.grant, work.store, planned.settled, planned.plan)
    seen: list[Observed] = []
    applied = apply(
        planned.plan,
        work.sites,
        workers=work.workers,
        convergence=work.convergence,
        clock=work.clock,
        on_result=told.result,
        on_seen=seen.append,
    )
    end(work, planned.plan, applied, seen)
    external_ids.end(work.grant, work.store, applied, planned.settled)
    forget_given_up(work)
    return applied

"""Offboarding: remove what carries the grant's mark, nothing else, and write down what was checked to be gone.

1. Every account and cluster of the grant, and every site on which it ever wrote, is read for the mark.
2. What carries it is written down (`store.PendingRemovals`), so that the evidence of a later run knows it too.
3. It is removed: in the clusters first, then in IAM, each in the opposite order of making.
4. Everything is read again, several times in a row; what is still there is left over.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from leastway.app.open_grant import OpenGrant
from leastway.app.progress import Progress, Silent
from leastway.compiler import cluster_places
from leastway.estate import Estate, Place, Realm, Unreadable
from leastway.ports import Observation
from leastway.reconcile import (
    Applied,
    Ask,
    Plan,
    Removal,
    apply,
    asks,
    diff,
    end_making,
    forget_given_up,
    is_given_up,
    made_by,
    observe,
    removals_of,
    touched_sites,
)
from leastway.store import PendingRemovals

__all__ = ["Offboarded", "forget_what_is_gone", "offboard", "plan_offboarding"]


@dataclass(frozen=True, slots=True)
class Offboarded:
    """What was removed, what failed, and what a last look found."""

    plan: Plan
    applied: Applied
    left: Observation
    looked: int
    """How many reads in a row found `left`."""
    started: dt.datetime
    finished: dt.datetime
    earlier: tuple[Removal, ...] = ()
    """What earlier runs set out to remove that this one did not find."""
    given_up: frozenset[str] = frozenset()
    """The accounts and clusters that were not looked at, as a person said."""

    @property
    def is_complete(self) -> bool:
        """Whether everything that was looked at is gone for certain."""
        return self.applied.is_complete and not self.left.objects and not self.left.unreadable


def plan_offboarding(work: OpenGrant, *, trust_marks: bool = False, progress: Progress | None = None) -> Plan:
    """Find everything that carries the grant's mark, to be removed where leastway made it or `trust_marks` says so."""
    observation = _look(work, progress or Silent(), "looking for the grant's mark")
    return diff(
        Estate.of(work.grant.name, ()), observation, made=made_by(work.store, work.grant.name, trust_marks=trust_marks)
    )


def offboard(work: OpenGrant, plan: Plan, *, progress: Progress | None = None) -> Offboarded:
    """Remove what `plan` found, then look again until the answer is the same several times in a row."""
    told = progress or Silent()
    started = work.clock.now()
    earlier = _pending(work).begin(removals_of(plan, started))
    if plan.writes:
        told.phase("removing", len(plan.writes))
    applied = apply(
        plan,
        work.sites,
        workers=work.workers,
        convergence=work.convergence,
        clock=work.clock,
        on_result=told.result,
    )
    end_making(work.store, plan, applied)
    looks = work.convergence.successes
    left = _look(work, told, "checking that it is gone")
    for _ in range(looks - 1):
        again = _look(work, told, "checking again")
        left = Observation({**left.objects, **again.objects}, again.unreadable)
    return Offboarded(plan, applied, left, looks, started, work.clock.now(), earlier, work.given_up)


def forget_what_is_gone(work: OpenGrant, done: Offboarded) -> None:
    """Forget, once it is complete, what was begun and whose file it was; once all was looked at, where the grant wrote.

    After the evidence is written, which must not be lost.
    """
    if done.is_complete:
        _pending(work).end()
        work.store.remember_file(work.grant.name, None)
        work.store.forget_made(work.grant.name)
    forget_given_up(work.store, work.grant.name, work.given_up)
    if done.left.unreadable:
        return
    holding = {(address.kind.realm, address.place) for address in done.left.objects}
    work.store.forget(work.grant.name, work.store.touched(work.grant.name) - holding)


def _pending(work: OpenGrant) -> PendingRemovals:
    return PendingRemovals(work.settings.evidence / f"{work.grant.name}.begun.json")


def _look(work: OpenGrant, told: Progress, what: str) -> Observation:
    """Read every site that may hold something of the grant, Kubernetes included wherever there is a cluster."""
    clusters = [place for place in cluster_places(work.grant) if not is_given_up(place, work.given_up)]
    facts = work.sites.discover(clusters)
    no_way_in = {place: found for place, found in facts.items() if isinstance(found, Unreadable)}
    closed = tuple(found for found in no_way_in.values() if not found.absent)
    there = [place for place in clusters if place not in no_way_in]
    accounts = [Place(account.id) for account in work.grant.accounts]
    accounts = [place for place in accounts if not is_given_up(place, work.given_up)]
    kubernetes: list[Ask] = [(Realm.KUBERNETES, place) for place in there]
    written = touched_sites(work.store, work.sites, work.grant.name, known=clusters, given_up=work.given_up)
    touched = [ask for ask in written if ask[1] not in no_way_in]
    sites = asks((), [*accounts, *there], [*kubernetes, *touched])
    told.phase(what, len(sites))
    seen = observe(
        work.sites,
        work.grant.name,
        sites,
        workers=work.workers.clusters,
        on_site=lambda ask: told.step(f"{ask[1]} {ask[0].value}"),
    )
    return Observation(seen.objects, (*closed, *seen.unreadable))

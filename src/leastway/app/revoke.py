"""Revoke a grant: cut the platform off at once, try that nothing works any longer, and report what cannot be cut.

1. Read which users and roles exist, and which clusters. Nothing else is read before the cut, and a service that does
   not answer does not delay it.
2. Use the access as the platform, as far as its credentials are available: these sessions and cluster tokens are older
   than the revocation, and are tried again in step 5.
3. Cut off users and roles in all accounts (`reconcile.cutting`).
4. Delete what gives access in the clusters.
5. Read users and roles again, and make every request of step 2 that worked again, until all are refused several times
   in a row. EKS tokens are GetCallerIdentity requests, which no Deny stops, and API servers cache authentication.
6. Read everything once more, also next to the grant, for what is left.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from leastway.app.open_grant import OpenGrant
from leastway.app.plan import make_plan
from leastway.app.progress import Progress, Silent
from leastway.app.revocation_plan import LATE, RevocationPlan, in_time, revocation_probes
from leastway.app.revoked import Revoked, Tried
from leastway.compiler import cluster_places
from leastway.errors import LeastwayError, in_words
from leastway.estate import Realm, Role, Sighting, User
from leastway.ports import Observation
from leastway.proof import Look
from leastway.reconcile import (
    Applied,
    Ask,
    ChangeAction,
    NotConvergedError,
    Outcome,
    Plan,
    Removal,
    Target,
    apply,
    asks,
    cluster_plan,
    creation_records,
    cut,
    not_cut_yet,
    observe,
    record_applied,
    remaining,
    removals_of,
    touched_sites,
)
from leastway.store import PendingRemovals
from leastway.verify import (
    Probe,
    ProbeAnswer,
    ProbeVerdict,
    Verified,
    Visitor,
    run,
)

__all__ = ["end_record", "revoke"]


def revoke(
    open_grant: OpenGrant, plan: RevocationPlan, visitor: Visitor, *, progress: Progress | None = None
) -> Revoked:
    """Cut off what `plan` names, try the access before and after as `visitor`, and read what is left.

    The sessions and cluster tokens that `visitor` gets before the cut are those that it uses afterwards.
    """
    report = progress or Silent()
    started = open_grant.clock.now()
    # 2.
    before = _try_before(open_grant, visitor, report)
    # 3.
    not_recorded = _record(
        lambda: open_grant.store.touch(
            open_grant.grant.name, {(Realm.IAM, target.principal.place) for target in plan.targets}
        )
    )
    report.phase("cutting off users and roles", len(plan.targets))
    steps = cut(
        plan.targets,
        open_grant.sites,
        workers=open_grant.workers.accounts,
        on_step=lambda step: report.step(f"{step.principal}: {step.act.value}"),
    )
    # 4.
    removed, earlier, not_recorded_there = _cut_clusters(open_grant, plan, report)
    # 5.
    failed = {step.principal.place.account for step in steps if step.outcome is Outcome.FAILED}
    failed |= {
        result.change.address.place.account
        for applied in removed
        for result in applied.results
        if result.outcome is not Outcome.DONE
    }
    tried, unconfirmed = _try_after(open_grant, plan, visitor, before, failed, report)
    # 6.
    left, sightings, not_looked = _look_around(open_grant, plan, report)
    principals = [one.arn for one in plan.compiled.estate if isinstance(one, Role)]
    return Revoked(
        plan=plan,
        steps=steps,
        removed=removed,
        tried=tried,
        in_a_row=open_grant.convergence.successes,
        unconfirmed=unconfirmed,
        left=left,
        sightings=sightings,
        not_looked=not_looked,
        remaining=remaining(principals, cluster_places(open_grant.grant)),
        started=started,
        finished=open_grant.clock.now(),
        earlier=earlier,
        not_recorded=open_grant.no_store or not_recorded or not_recorded_there,
        given_up=open_grant.given_up,
    )


def end_record(open_grant: OpenGrant) -> None:
    """Delete the record of what was about to be deleted. Call it after the evidence of a complete run is written."""
    _pending(open_grant).end()


def _try_before(open_grant: OpenGrant, visitor: Visitor, report: Progress) -> tuple[Verified, ...]:
    asked = revocation_probes(open_grant.grant)
    report.phase("using the access as the platform", len(asked))

    def ask(probe: Probe) -> ProbeAnswer:
        answer = visitor.ask(probe.request)
        report.step(probe.asked)
        return answer

    answers = in_time([partial(ask, probe) for probe in asked], open_grant.workers.accounts)
    late = ProbeAnswer(ProbeVerdict.UNKNOWN, LATE)
    return tuple(Verified(probe, answer or late) for probe, answer in zip(asked, answers, strict=True))


def _cut_clusters(
    open_grant: OpenGrant, plan: RevocationPlan, report: Progress
) -> tuple[tuple[Applied, ...], tuple[Removal, ...], str]:
    """Delete what gives access in the clusters; return the results, and what earlier runs were about to delete.

    An object of Kubernetes without a mark is adopted first, so there may be two rounds.
    """
    results: list[Applied] = []
    earlier: tuple[Removal, ...] = ()
    not_recorded = ""
    for is_first in (True, False):
        seen = _observe_clusters(open_grant, plan, report)
        deletions = _still_there(open_grant, plan, seen, waits=is_first)
        try:
            known = _pending(open_grant).begin(removals_of(deletions, open_grant.clock.now()))
            earlier = known if is_first else earlier  # the second time, `known` has what this run deleted
        except LeastwayError as error:  # as in _record
            not_recorded = str(error)
        if not deletions.writes:
            break
        report.phase("deleting access in clusters", len(deletions.writes))
        applied = apply(
            deletions,
            open_grant.sites,
            workers=open_grant.workers,
            convergence=open_grant.convergence,
            clock=open_grant.clock,
            on_result=report.result,
            keep_going=True,
        )
        not_recorded = _record(partial(record_applied, open_grant.store, deletions, applied)) or not_recorded
        results.append(applied)
        if not any(change.action is ChangeAction.ADOPT for change in deletions):
            break
    return tuple(results), earlier, not_recorded


def _record(write: Callable[[], None]) -> str:
    """Record something, and return why that failed: a full disk must not keep the platform's access."""
    try:
        write()
    except LeastwayError as error:
        return str(error)
    return ""


def _observe_clusters(open_grant: OpenGrant, plan: RevocationPlan, report: Progress) -> Observation:
    known = set(plan.clusters)
    written = touched_sites(
        open_grant.store, open_grant.sites, open_grant.grant.name, known=known, given_up=open_grant.given_up
    )
    touched: list[Ask] = [ask for ask in written if ask[1].cluster]
    wanted = [one for one in plan.compiled.estate if one.address.place in known]
    sites = asks(wanted, plan.clusters, touched)
    report.phase("reading the clusters", len(sites))
    return observe(
        open_grant.sites,
        open_grant.grant.name,
        sites,
        workers=open_grant.workers.clusters,
        on_site=lambda ask: report.step(f"{ask[1]} {ask[0].value}"),
    )


def _still_there(open_grant: OpenGrant, plan: RevocationPlan, seen: Observation, *, waits: bool = False) -> Plan:
    principals = {one.arn for one in plan.compiled.estate if isinstance(one, User | Role)}
    made = creation_records(open_grant.store, open_grant.grant.name)
    found = cluster_plan(plan.compiled.estate, seen, made, principals, waits=waits)
    closed = tuple(problem for problem in plan.compiled.unreadable if not problem.absent)
    return replace(found, unreadable=tuple(dict.fromkeys((*closed, *found.unreadable))))


def _try_after(
    open_grant: OpenGrant,
    plan: RevocationPlan,
    visitor: Visitor,
    before: Sequence[Verified],
    failed: Collection[str],
    report: Progress,
) -> tuple[tuple[Tried, ...], dict[str, str]]:
    """Read and try again, account by account; one where a step failed is looked at once, because it cannot succeed."""
    worked: dict[str, list[Probe]] = {}
    for one in before:
        if one.got.verdict is ProbeVerdict.ALLOWED:
            worked.setdefault(one.probe.account, []).append(one.probe)
    accounts = sorted({target.principal.place.account for target in plan.targets} | worked.keys())
    report.phase("trying the access again", len(accounts))
    after: dict[Probe, ProbeAnswer] = {}
    stop = threading.Event()

    def check(account: str) -> str:
        def look() -> str | None:
            if stop.is_set():
                raise LeastwayError("interrupted")
            problem = _not_cut(open_grant, plan.targets, account)
            for one in run(worked.get(account, []), visitor):
                after[one.probe] = one.got
                if one.got.verdict is not ProbeVerdict.DENIED and not one.got.rejected:
                    problem = problem or f"{one.probe.asked}: {one.got.detail or one.got.verdict.value}"
            return problem

        try:
            if account in failed:
                return look() or ""
            open_grant.convergence.wait(open_grant.clock, look)
        except NotConvergedError as error:
            return error.what
        except LeastwayError as error:
            return in_words(error)[0]
        else:
            return ""
        finally:
            report.step(account)

    with ThreadPoolExecutor(max_workers=open_grant.workers.accounts, thread_name_prefix="try") as pool:
        try:
            problems = dict(zip(accounts, pool.map(check, accounts), strict=True))
        except BaseException:  # interrupted: requests in flight finish, and nothing is tried again
            stop.set()
            raise
    tried = tuple(Tried(one.probe, one.got, after.get(one.probe)) for one in before)
    return tried, {account: problem for account, problem in problems.items() if problem}


def _not_cut(open_grant: OpenGrant, targets: Iterable[Target], account: str) -> str | None:
    revoker = open_grant.sites.revoker(account)
    for target in targets:
        if target.principal.place.account != account:
            continue
        if problem := not_cut_yet(target.principal, revoker.state(target.principal)):
            return problem
    return None


def _look_around(
    open_grant: OpenGrant, plan: RevocationPlan, report: Progress
) -> tuple[Plan, tuple[Sighting, ...], str]:
    """Read everything, and other access of the platform; what cannot be read leaves the result unknown."""
    try:
        planned = make_plan(open_grant, look=Look.EVERYWHERE, progress=report)
    except LeastwayError as error:
        return Plan(open_grant.grant.name, ()), (), in_words(error)[0]
    return _still_there(open_grant, plan, planned.observation), planned.plan.sightings, _unknown_places(open_grant)


def _unknown_places(open_grant: OpenGrant) -> str:
    if not open_grant.no_store:
        return ""
    return "what only the store knows: places that the grant no longer names, and external ids"


def _pending(open_grant: OpenGrant) -> PendingRemovals:
    return PendingRemovals(open_grant.settings.evidence / f"{open_grant.grant.name}.revoked.begun.json")

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

import datetime as dt
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from leastway.app.open_grant import OpenGrant
from leastway.app.plan import expected_ids, make_plan
from leastway.app.progress import Progress, Silent
from leastway.app.verify import platform_visitor
from leastway.compiler import Compiled, cluster_places, compile_grant
from leastway.errors import LeastwayError, in_words
from leastway.estate import Address, ClusterFacts, Estate, Place, Realm, Role, Sighting, Unreadable, User, Way, Weight
from leastway.grant import Grant, Identity
from leastway.ports import Observation
from leastway.proof import Look
from leastway.reconcile import (
    Applied,
    Ask,
    Change,
    ChangeAction,
    CutStep,
    NotConvergedError,
    Outcome,
    Plan,
    Remaining,
    Removal,
    Revocation,
    RevocationVerdict,
    Target,
    apply,
    asks,
    cluster_plan,
    creation_records,
    cut,
    cut_targets,
    is_given_up,
    not_cut_yet,
    observe,
    record_applied,
    remaining,
    removals_of,
    revocations,
    touched_sites,
)
from leastway.store import PendingRemovals
from leastway.verify import (
    IdentityCall,
    PlatformCaller,
    PlatformVisitor,
    Probe,
    ProbeAnswer,
    ProbeVerdict,
    Verified,
    Visitor,
    probes,
    run,
)

__all__ = [
    "RevocationPlan",
    "Revoked",
    "Tried",
    "end_record",
    "plan_revocation",
    "revocation_probes",
    "revocation_visitor",
    "revoke",
]

_PATIENCE = 15.0
"""Seconds to wait before the cut for answers that are useful but not needed."""
_LATE = "no answer in time, and the cut did not wait for it"
T = TypeVar("T")
_OPEN_WAYS = frozenset({Way.USER, Way.TRUST, Way.ACCESS_ENTRY, Way.AWS_AUTH_MAPPING, Way.CLUSTER})
"""Other access that works without the users and roles of the grant, or with a cluster token of theirs."""


@dataclass(frozen=True, slots=True)
class RevocationPlan:
    """What a revocation will cut: users and roles, and whatever gives access in the clusters.

    `left` are users and roles with the grant's mark that are not cut, with the reason. `already` are those that are
    revoked.
    """

    compiled: Compiled
    targets: tuple[Target, ...]
    left: tuple[Change, ...]
    already: tuple[Revocation, ...]
    existing: frozenset[Address]
    clusters: tuple[Place, ...]
    unreadable: tuple[Unreadable, ...]
    endpoints: Mapping[Place, tuple[str, str]]
    """The API server and CA of each cluster that could be read."""

    @property
    def unverified(self) -> tuple[Address, ...]:
        """The users and roles that are left because their mark is not verified."""
        return tuple(change.address for change in self.left if change.consent)


@dataclass(frozen=True, slots=True)
class Tried:
    """A request that was made as the platform before the revocation, and again after it if it worked before."""

    probe: Probe
    before: ProbeAnswer
    after: ProbeAnswer | None = None

    @property
    def worked(self) -> bool:
        """Whether it worked before the revocation: only then a refusal shows something."""
        return self.before.verdict is ProbeVerdict.ALLOWED

    @property
    def refused(self) -> bool:
        """Whether it worked before, and is refused now."""
        after = self.after
        return self.worked and after is not None and (after.verdict is ProbeVerdict.DENIED or after.rejected)

    @property
    def works(self) -> bool:
        """Whether it still works."""
        return self.after is not None and self.after.verdict is ProbeVerdict.ALLOWED


@dataclass(frozen=True, slots=True)
class Revoked:
    """What was cut, what was tried, and what is left."""

    plan: RevocationPlan
    steps: tuple[CutStep, ...]
    removed: tuple[Applied, ...]
    tried: tuple[Tried, ...]
    in_a_row: int
    """How often in a row everything was read and tried."""
    unconfirmed: Mapping[str, str]
    """What was not seen often enough in a row, by account."""
    left: Plan
    """What still gives access in the clusters, and what could not be read."""
    sightings: tuple[Sighting, ...]
    not_looked: str
    """Why nothing could be read at the end; empty if it was."""
    remaining: tuple[Remaining, ...]
    started: dt.datetime
    finished: dt.datetime
    earlier: tuple[Removal, ...] = ()
    not_recorded: str = ""
    given_up: frozenset[str] = field(default=frozenset())

    @property
    def failures(self) -> tuple[CutStep, ...]:
        """The steps on users and roles that failed."""
        return tuple(step for step in self.steps if step.outcome is Outcome.FAILED)

    @property
    def is_complete(self) -> bool:
        """Whether everything that was planned was done."""
        return not self.failures and all(one.is_complete for one in self.removed) and not self.left.writes

    @property
    def unproved(self) -> tuple[str, ...]:
        """The accounts with access in which no request that worked before was refused afterwards."""
        accounts = {address.place.account for address in self.plan.existing}
        shown = {one.probe.account for one in self.tried if one.refused}
        return tuple(sorted(accounts - shown))

    @property
    def open(self) -> tuple[Sighting, ...]:
        """Other access of the platform, which this grant does not give and this revocation does not cut."""
        return tuple(one for one in self.sightings if one.weight is Weight.DIFFERS and one.way in _OPEN_WAYS)

    @property
    def verdict(self) -> RevocationVerdict:
        """The result: cut off only if that was shown."""
        if not self.is_complete:
            return RevocationVerdict.INCOMPLETE
        if any(one.works for one in self.tried) or self.open:
            return RevocationVerdict.WORKS
        unread = self.left.unreadable or self.not_looked or self.plan.unverified or self.unconfirmed or self.given_up
        unseen = any(one.weight is Weight.UNKNOWN for one in self.sightings)
        untried = any(one.worked and not one.refused for one in self.tried)
        if unread or unseen or untried or self.unproved:
            return RevocationVerdict.UNKNOWN
        return RevocationVerdict.CUT


def revocation_visitor(open_grant: OpenGrant, plan: RevocationPlan, caller: PlatformCaller) -> PlatformVisitor:
    """Return who tries the access with the credentials of `caller`."""
    ids = expected_ids(open_grant.grant, open_grant.store)
    return platform_visitor(open_grant, caller, ids, plan.endpoints)


def revocation_probes(grant: Grant) -> tuple[Probe, ...]:
    """Return the requests that work before a revocation: what the grant allows, and any request of a user's key."""
    allowed = [one for one in probes(grant) if one.expected is ProbeVerdict.ALLOWED]
    if grant.identity is Identity.IAM_USER:
        asked = f"sign a request with the key of {grant.platform.user_name}"
        allowed += [Probe(one.id, asked, IdentityCall(one.id), ProbeVerdict.ALLOWED) for one in grant.accounts]
    return tuple(allowed)


def plan_revocation(
    open_grant: OpenGrant, *, trust_marks: bool = False, progress: Progress | None = None
) -> RevocationPlan:
    """Read which users and roles of the grant exist, and which clusters."""
    report = progress or Silent()
    grant = open_grant.grant
    accounts = [Place(account.id) for account in grant.accounts if account.id not in open_grant.given_up]
    clusters = [place for place in cluster_places(grant) if not is_given_up(place, open_grant.given_up)]
    report.phase("reading users and roles", len(accounts))
    facts: dict[Place, ClusterFacts | Unreadable] = {
        place: Unreadable(place, "it was given up") for place in cluster_places(grant)
    }
    found = _in_time([partial(open_grant.sites.discover, [place]) for place in clusters], open_grant.workers.clusters)
    for place, one in zip(clusters, found, strict=True):
        facts[place] = one[place] if one is not None else Unreadable(place, _LATE)
    compiled = compile_grant(grant, facts, expected_ids(grant, open_grant.store))
    written = open_grant.store.touched(grant.name)
    touched = [ask for ask in written if ask[0] is Realm.IAM and not is_given_up(ask[1], open_grant.given_up)]
    wanted = [one for one in compiled.estate if isinstance(one, User | Role) and Place(one.account) in accounts]
    seen = observe(
        open_grant.sites,
        grant.name,
        asks(wanted, accounts, touched),
        workers=open_grant.workers.accounts,
        on_site=lambda ask: report.step(str(ask[1])),
    )
    made = creation_records(open_grant.store, grant.name, trust_marks=trust_marks)
    targets, left = cut_targets(Estate.of(grant.name, wanted), seen, made)
    existing = frozenset(address for address, one in seen.objects.items() if isinstance(one.object, User | Role))
    targeted = {target.principal for target in targets}
    there = tuple(place for place in clusters if not isinstance(facts[place], Unreadable))
    return RevocationPlan(
        compiled,
        targets,
        left,
        revocations(seen),
        existing & targeted,
        there,
        (*compiled.unreadable, *seen.unreadable),
        {
            place: (one.endpoint, one.certificate_authority)
            for place, one in facts.items()
            if isinstance(one, ClusterFacts) and one.endpoint and one.certificate_authority
        },
    )


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
    open_grant.store.touch(open_grant.grant.name, {(Realm.IAM, target.principal.place) for target in plan.targets})
    report.phase("cutting off users and roles", len(plan.targets))
    steps = cut(
        plan.targets,
        open_grant.sites,
        workers=open_grant.workers.accounts,
        on_step=lambda step: report.step(f"{step.principal}: {step.act.value}"),
    )
    # 4.
    removed, earlier, not_recorded = _cut_clusters(open_grant, plan, report)
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
        not_recorded=not_recorded,
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

    answers = _in_time([partial(ask, probe) for probe in asked], open_grant.workers.accounts)
    late = ProbeAnswer(ProbeVerdict.UNKNOWN, _LATE)
    return tuple(Verified(probe, answer or late) for probe, answer in zip(asked, answers, strict=True))


def _in_time(calls: Sequence[Callable[[], T]], workers: int) -> list[T | None]:
    """Make the calls in parallel; None for each that has not ended in time, because the cut must not wait for it."""
    pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="before")
    try:
        futures = [pool.submit(call) for call in calls]
        done, _ = wait(futures, timeout=_PATIENCE)
        return [future.result() if future in done else None for future in futures]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


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
        except LeastwayError as error:  # a full disk must not keep the platform's access
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
        record_applied(open_grant.store, deletions, applied)
        results.append(applied)
        if not any(change.action is ChangeAction.ADOPT for change in deletions):
            break
    return tuple(results), earlier, not_recorded


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
    return _still_there(open_grant, plan, planned.observation), planned.plan.sightings, ""


def _pending(open_grant: OpenGrant) -> PendingRemovals:
    return PendingRemovals(open_grant.settings.evidence / f"{open_grant.grant.name}.revoked.begun.json")

"""Doing what a plan says, accounts and clusters side by side, each at its own pace.

The procedure for one account:
1. make and change its IAM objects, in the order of making;
2. wait until they are seen, and learn the unique ids of the principals;
3. in each cluster, side by side: make and change, then remove in the opposite order;
4. remove IAM objects that are no longer wanted, in the opposite order.

A failure ends its account's or cluster's turn, never another's. Nothing is kept in memory that the next run would
miss: after a kill at any point, planning and applying again ends in the same state.
"""

from __future__ import annotations

import enum
import threading
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial

from leastway.errors import LeastwayError
from leastway.estate import AccessEntry, AccessPolicy, Address, EstateObject, Mark, Observed, Place, Realm, Role, User
from leastway.ports import Site, Sites
from leastway.primitives import Clock, SystemClock
from leastway.reconcile.compare import differences
from leastway.reconcile.convergence import Convergence
from leastway.reconcile.plan import Action, Change, Plan

__all__ = ["Applied", "Outcome", "Result", "Workers", "apply"]


class Outcome(enum.Enum):
    """How a change ended."""

    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Result:
    """One change and its end; `reason` says why where it is not done."""

    change: Change
    outcome: Outcome
    reason: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Applied:
    """All results, in the plan's order."""

    results: tuple[Result, ...]

    def having(self, outcome: Outcome) -> tuple[Result, ...]:
        """Return the results that ended so."""
        return tuple(result for result in self.results if result.outcome is outcome)

    @property
    def is_complete(self) -> bool:
        """Whether every change was done."""
        return all(result.outcome is Outcome.DONE for result in self.results)


@dataclass(frozen=True, slots=True)
class Workers:
    """How many accounts, and how many clusters over all accounts, are worked on at a time."""

    accounts: int = 48
    clusters: int = 64


Progress = Callable[[Result], None]


def apply(
    plan: Plan,
    sites: Sites,
    *,
    workers: Workers | None = None,
    convergence: Convergence | None = None,
    clock: Clock | None = None,
    on_result: Progress = lambda _: None,
) -> Applied:
    """Make the changes of `plan` that write; the others are left alone and have no result."""
    limits = workers or Workers()
    results: list[Result] = []
    with (
        ThreadPoolExecutor(max_workers=limits.clusters, thread_name_prefix="cluster") as clusters,
        ThreadPoolExecutor(max_workers=limits.accounts, thread_name_prefix="account") as accounts,
    ):
        stop = threading.Event()
        settle = _Settle(convergence or Convergence(), clock or SystemClock(), stop)

        def run(changes: list[Change]) -> list[Result]:
            return _Account(plan.grant, changes, sites, settle, clusters, on_result).run()

        try:
            for done in accounts.map(run, plan.by_account().values()):
                results.extend(done)
        except BaseException:  # an interruption: what is in flight ends, and nothing more is begun
            stop.set()
            accounts.shutdown(wait=False, cancel_futures=True)
            raise
    results.sort(key=lambda result: result.change.address.order)
    return Applied(tuple(results))


@dataclass(frozen=True, slots=True)
class _Settle:
    """How a turn waits."""

    convergence: Convergence
    clock: Clock
    stop: threading.Event

    def until_seen(self, site: Site, changed: list[Change], grant: str) -> Mapping[Address, Observed]:
        """Wait until `site` shows every change; return what it showed last."""
        wanted = [change.wanted for change in changed if change.wanted is not None]
        gone = {change.address for change in changed if change.action is Action.DELETE}
        last: dict[Address, Observed] = {}

        def check() -> str | None:
            self.go_on()
            found = site.read([*wanted, *_deleted(changed)], grant)
            seen = found.objects
            last.clear()
            last.update(seen)
            if found.unreadable:
                problem = found.unreadable[0]
                return f"{problem.where} cannot be read: {problem.reason}"
            for candidate in wanted:
                observed = seen.get(candidate.address)
                if observed is None or observed.mark is None or differences(observed.object, candidate):
                    return f"{candidate.address} does not show the change yet"
            return next((f"{address} is still there" for address in gone if address in seen), None)

        if wanted or gone:
            self.convergence.wait(self.clock, check)
        return last

    def retrying(self, act: Callable[[], None]) -> None:
        """Do `act`, again while a service does not know yet what another one confirmed."""
        self.go_on()
        self.convergence.retry(self.clock, act)

    def go_on(self) -> None:
        """LeastwayError once the whole apply was interrupted."""
        if self.stop.is_set():
            raise LeastwayError("interrupted", fix="run the same command again: it goes on from here")


def _deleted(changed: list[Change]) -> list[EstateObject]:
    return [change.live.object for change in changed if change.action is Action.DELETE and change.live is not None]


@dataclass
class _Account:
    """One account's turn. `changes` are all of its changes, those that write nothing among them."""

    grant: str
    changes: list[Change]
    sites: Sites
    settle: _Settle
    pool: ThreadPoolExecutor
    on_result: Progress
    principal_ids: dict[str, str] = field(default_factory=dict)

    def run(self) -> list[Result]:
        place = Place(self.changes[0].address.place.account)
        writes = [change for change in self.changes if change.action.writes]
        own = [change for change in writes if not change.address.place.cluster]
        making = [change for change in own if change.action is not Action.DELETE]
        removing = [change for change in reversed(own) if change.action is Action.DELETE]
        by_cluster = Plan.by_cluster(writes)

        results = self._turn(Realm.IAM, place, making)
        if failure := _first_failure(results):
            rest = [*(change for group in by_cluster.values() for change in group), *removing]
            return results + self._skip(rest, f"not tried: {failure.change.address} failed before it")
        self._learn_principals(place, by_cluster)
        for done in self.pool.map(self._cluster, by_cluster.items()):
            results.extend(done)
        if failure := _first_failure(results):
            return results + self._skip(removing, f"not tried: {failure.change.address} failed before it")
        return results + self._turn(Realm.IAM, place, removing)

    def _cluster(self, entry: tuple[Place, list[Change]]) -> list[Result]:
        place, changes = entry
        making = [change for change in changes if change.action is not Action.DELETE]
        removing = [change for change in reversed(changes) if change.action is Action.DELETE]
        results: list[Result] = []
        for group in (making, removing):
            for realm in (Realm.KUBERNETES, Realm.EKS):
                batch = [change for change in group if change.address.kind.realm is realm]
                results.extend(self._turn(realm, place, batch))
        return results

    def _turn(self, realm: Realm, place: Place, changes: list[Change]) -> list[Result]:
        """Make `changes` one after the other on one site, then wait until they are seen."""
        if not changes:
            return []
        done: list[Change] = []
        results: list[Result] = []
        try:
            site = self.sites.site(realm, place)
            for change in changes:
                self._make(site, change)
                done.append(change)
            for observed in self.settle.until_seen(site, changes, self.grant).values():
                self._remember(observed)
        except Exception as error:  # noqa: BLE001 - one account's failure, of whatever kind, stops no other
            results = self._failed(error, changes, done)
        else:
            results = [Result(change, Outcome.DONE) for change in changes]
        for result in results:
            self.on_result(result)
        return results

    def _make(self, site: Site, change: Change) -> None:
        mark, live, wanted = self._mark(change), change.live, change.wanted
        if live is not None and change.action in (Action.DELETE, Action.REPLACE):
            self.settle.retrying(partial(site.delete, live))
        if wanted is not None and change.action in (Action.CREATE, Action.REPLACE):
            self.settle.retrying(partial(site.create, wanted, mark))
        if live is not None and change.action in (Action.UPDATE, Action.ADOPT):
            for stage in change.stages:
                self.settle.retrying(partial(site.update, live, stage, mark))
                live = replace(live, object=stage, mark=mark)

    def _mark(self, change: Change) -> Mark:
        principal = change.wanted.principal if isinstance(change.wanted, AccessEntry | AccessPolicy) else ""
        return Mark(self.grant, self.principal_ids.get(principal, ""))

    def _learn_principals(self, place: Place, by_cluster: Mapping[Place, list[Change]]) -> None:
        """Read the unique ids of the principals that entries are about to be made for, where no turn showed them."""
        needed = {
            change.wanted.principal
            for group in by_cluster.values()
            for change in group
            if isinstance(change.wanted, AccessEntry)
        }
        if needed <= self.principal_ids.keys():
            return
        principals = [
            change.wanted
            for change in self.changes
            if isinstance(change.wanted, User | Role) and change.wanted.arn in needed
        ]
        for observed in self.sites.site(Realm.IAM, place).read(principals, self.grant).objects.values():
            self._remember(observed)

    def _remember(self, observed: Observed) -> None:
        if isinstance(observed.object, User | Role):
            self.principal_ids[observed.object.arn] = observed.unique_id

    def _failed(self, error: Exception, changes: list[Change], done: list[Change]) -> list[Result]:
        if isinstance(error, LeastwayError):
            reason, fix = str(LeastwayError(error.what, where=error.where)), error.fix or ""
        else:
            reason = f"internal error: {type(error).__name__}: {error}"
            fix = "".join(traceback.format_exception(error))
        results = [Result(change, Outcome.DONE) for change in done]
        rest = changes[len(done) :]
        if not rest:  # all was written, and not all of it was seen
            return [*results[:-1], Result(changes[-1], Outcome.FAILED, reason, fix)]
        results.append(Result(rest[0], Outcome.FAILED, reason, fix))
        blame = f"not tried: {rest[0].address} failed before it"
        return results + [Result(change, Outcome.SKIPPED, blame) for change in rest[1:]]

    def _skip(self, changes: list[Change], reason: str) -> list[Result]:
        results = [Result(change, Outcome.SKIPPED, reason) for change in changes]
        for result in results:
            self.on_result(result)
        return results


def _first_failure(results: list[Result]) -> Result | None:
    return next((result for result in results if result.outcome is Outcome.FAILED), None)

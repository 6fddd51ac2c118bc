"""Apply the changes of one account.

The procedure:
1. if existing IAM objects are changed or deleted, tag the clusters: a policy may require other tags than before;
2. create and change the IAM objects, in creation order;
3. wait until they are visible, and read the unique ids of the principals;
4. in all clusters in parallel: create and change, then delete in reverse order;
5. delete the IAM objects that are no longer desired, in reverse order.
Each step waits until its changes are visible. No step starts after one that failed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial

from leastway.errors import LeastwayError, in_words
from leastway.estate import (
    AccessEntry,
    AccessPolicy,
    Address,
    EstateObject,
    Kind,
    Mark,
    Observed,
    Place,
    Realm,
    Role,
    User,
)
from leastway.policy import same_meaning
from leastway.ports import AlreadyThereError, Site, Sites
from leastway.reconcile.plan import Change, ChangeAction, Plan
from leastway.reconcile.results import Outcome, Result
from leastway.reconcile.settling import NotShownError, Settling

__all__ = ["AccountTurn"]


@dataclass
class AccountTurn:
    """The work in one account. `changes` are all changes that the plan has there, including those that write nothing.

    `pool` processes the clusters of all accounts. With `keep_going`, each change is tried, whatever failed before.
    """

    grant: str
    changes: list[Change]
    sites: Sites
    settle: Settling
    pool: ThreadPoolExecutor
    on_result: Callable[[Result], None]
    on_seen: Callable[[Observed], None]
    keep_going: bool = False
    principal_ids: dict[str, str] = field(default_factory=dict)

    @property
    def _place(self) -> Place:
        return Place(self.changes[0].address.place.account)

    def run(self) -> list[Result]:
        """Apply the changes that write; return the result of each."""
        writes = [change for change in self.changes if change.action.writes]
        iam = [change for change in writes if not change.address.place.cluster]
        early = any(change.live is not None for change in iam)
        tags = [change for change in writes if early and _is_tag(change)]
        clusters = [change for change in writes if change.address.place.cluster and not (early and _is_tag(change))]
        results: list[Result] = []
        for act, changes in (
            (self._clusters, tags),
            (self._iam, [change for change in iam if change.action is not ChangeAction.DELETE]),
            (self._clusters, clusters),
            (self._iam, [change for change in reversed(iam) if change.action is ChangeAction.DELETE]),
        ):
            if (failure := _first_failure(results)) and not self.keep_going:
                results += self._skip(changes, f"not tried: {failure.change.address} failed first")
            else:
                results += act(changes)
        return results

    def _iam(self, changes: list[Change]) -> list[Result]:
        return self._turn(Realm.IAM, self._place, changes)

    def _clusters(self, changes: list[Change]) -> list[Result]:
        by_cluster = Plan.by_cluster(changes)
        try:
            self._learn_principals(by_cluster)
        except Exception as error:  # noqa: BLE001 - as in _turn
            return self._reported(self._failed(error, changes, []))
        return [result for results in self.pool.map(self._cluster, by_cluster.items()) for result in results]

    def _cluster(self, entry: tuple[Place, list[Change]]) -> list[Result]:
        place, changes = entry
        making = [change for change in changes if change.action is not ChangeAction.DELETE]
        removing = [change for change in reversed(changes) if change.action is ChangeAction.DELETE]
        results: list[Result] = []
        for group in (making, removing):
            for realm in (Realm.KUBERNETES, Realm.EKS):
                batch = [change for change in group if change.address.kind.realm is realm]
                results.extend(self._turn(realm, place, batch))
        return results

    def _turn(self, realm: Realm, place: Place, changes: list[Change]) -> list[Result]:
        """Apply `changes` one after the other on one site, then wait until they are visible."""
        if not changes:
            return []
        done: list[Change] = []
        failed: dict[Address, Result] = {}
        results: list[Result] = []
        try:
            site = self.sites.site(realm, place)
            for change in changes:
                try:
                    self._apply(site, change)
                except Exception as error:
                    if not self.keep_going:
                        raise
                    failed[change.address] = Result(change, Outcome.FAILED, *in_words(error))
                else:
                    done.append(change)
            for observed in self.settle.until_seen(site, done, self.grant).values():
                self._remember(observed)
                self.on_seen(observed)
        except Exception as error:  # noqa: BLE001 - a failure of any kind in one account must not stop the others
            results = self._failed(error, [change for change in changes if change.address not in failed], done)
        else:
            results = [Result(change, Outcome.DONE) for change in done]
        return self._reported([*results, *failed.values()])

    def _apply(self, site: Site, change: Change) -> None:
        mark, live, wanted = self._mark(change), change.live, change.wanted
        if live is not None and change.action in (ChangeAction.DELETE, ChangeAction.REPLACE):
            self.settle.retrying(partial(site.delete, live))
        if wanted is not None and change.action in (ChangeAction.CREATE, ChangeAction.REPLACE):
            self._create(site, wanted, mark)
        if live is not None and change.action in (ChangeAction.UPDATE, ChangeAction.ADOPT):
            for stage in change.stages:
                self.settle.retrying(partial(site.update, live, stage, mark))
                live = replace(live, object=stage, mark=mark)

    def _create(self, site: Site, wanted: EstateObject, mark: Mark) -> None:
        """Create the object. If it exists with our mark, a call whose response was lost created it: complete it.

        A role with another trust policy was created by somebody else's apply, and may be in use with its external id.
        """
        try:
            self.settle.retrying(partial(site.create, wanted, mark))
        except AlreadyThereError:
            live = site.read([wanted], self.grant).objects.get(wanted.address)
            if live is None or live.mark is None or live.mark.grant != self.grant:
                raise
            if not _is_begun(live.object, wanted):
                raise _made_by_another(wanted) from None
            self.settle.retrying(partial(site.update, live, wanted, mark))

    def _mark(self, change: Change) -> Mark:
        principal = change.wanted.principal if isinstance(change.wanted, AccessEntry | AccessPolicy) else ""
        return Mark(self.grant, self.principal_ids.get(principal, ""))

    def _learn_principals(self, by_cluster: Mapping[Place, list[Change]]) -> None:
        """Read the unique ids of principals that need access entries, unless an earlier step has read them."""
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
        for observed in self.sites.site(Realm.IAM, self._place).read(principals, self.grant).objects.values():
            self._remember(observed)

    def _remember(self, observed: Observed) -> None:
        if isinstance(observed.object, User | Role):
            self.principal_ids[observed.object.arn] = observed.unique_id

    def _failed(self, error: Exception, changes: list[Change], done: list[Change]) -> list[Result]:
        reason, fix = in_words(error)
        results = [Result(change, Outcome.DONE) for change in done]
        rest = changes[len(done) :]
        if isinstance(error, NotShownError) and error.problems:
            return [_judged(result.change, error) for result in results]
        if not rest:  # everything was written, but not everything is visible
            return [*results[:-1], Result(changes[-1], Outcome.FAILED, reason, fix)]
        results.append(Result(rest[0], Outcome.FAILED, reason, fix))
        blame = f"not tried: {rest[0].address} failed first"
        return results + [Result(change, Outcome.SKIPPED, blame) for change in rest[1:]]

    def _skip(self, changes: list[Change], reason: str) -> list[Result]:
        return self._reported([Result(change, Outcome.SKIPPED, reason) for change in changes])

    def _reported(self, results: list[Result]) -> list[Result]:
        for result in results:
            self.on_result(result)
        return results


def _is_tag(change: Change) -> bool:
    return change.address.kind in (Kind.CLUSTER_TAG, Kind.NODEGROUP_TAG) and change.action is not ChangeAction.DELETE


def _is_begun(live: EstateObject, wanted: EstateObject) -> bool:
    """Whether `live` may be what creating `wanted` leaves when it is stopped: a role has its trust policy at once."""
    return not (isinstance(live, Role) and isinstance(wanted, Role)) or same_meaning(live.trust, wanted.trust)


def _made_by_another(wanted: EstateObject) -> LeastwayError:
    return AlreadyThereError(
        "another apply of this grant created it in the meantime, with another trust policy, which stays",
        where=str(wanted.address),
        fix="plan again: the new plan compares both, and says what to do about a different external id",
    )


def _judged(change: Change, error: NotShownError) -> Result:
    """Return the result of a change that was written: failed if it is not visible."""
    if problem := error.problems.get(change.address):
        return Result(change, Outcome.FAILED, problem, error.fix or "")
    return Result(change, Outcome.DONE)


def _first_failure(results: list[Result]) -> Result | None:
    return next((result for result in results if result.outcome is Outcome.FAILED), None)

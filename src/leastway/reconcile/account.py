"""One account's turn.

The procedure:
1. where IAM objects that are there change or go, set the tags of clusters: a policy may ask for other tags than before;
2. make and change its IAM objects, in the order of making;
3. wait until they are seen, and learn the unique ids of the principals;
4. in each cluster, side by side: make and change, then remove in the opposite order;
5. remove IAM objects that are no longer wanted, in the opposite order.
Each step waits until what it did is seen, and none is begun after one that failed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial

from leastway.errors import in_words
from leastway.estate import AccessEntry, AccessPolicy, EstateObject, Kind, Mark, Observed, Place, Realm, Role, User
from leastway.ports import AlreadyThereError, Site, Sites
from leastway.reconcile.plan import Change, ChangeAction, Plan
from leastway.reconcile.results import Outcome, Result
from leastway.reconcile.settling import Settling

__all__ = ["AccountTurn"]


@dataclass
class AccountTurn:
    """What is done in one account: `changes` are all of the plan's there, those that write nothing among them.

    `pool` works on the clusters, of all accounts.
    """

    grant: str
    changes: list[Change]
    sites: Sites
    settle: Settling
    pool: ThreadPoolExecutor
    on_result: Callable[[Result], None]
    on_seen: Callable[[Observed], None]
    principal_ids: dict[str, str] = field(default_factory=dict)

    @property
    def _place(self) -> Place:
        return Place(self.changes[0].address.place.account)

    def run(self) -> list[Result]:
        """Make the changes that write; return how each of them ended."""
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
            if failure := _first_failure(results):
                results += self._skip(changes, f"not tried: {failure.change.address} failed before it")
            else:
                results += act(changes)
        return results

    def _iam(self, changes: list[Change]) -> list[Result]:
        return self._turn(Realm.IAM, self._place, changes)

    def _clusters(self, changes: list[Change]) -> list[Result]:
        by_cluster = Plan.by_cluster(changes)
        try:
            self._learn_principals(by_cluster)
        except Exception as error:  # noqa: BLE001 - as in a turn
            return self._told(self._failed(error, changes, []))
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
                self.on_seen(observed)
        except Exception as error:  # noqa: BLE001 - one account's failure, of whatever kind, stops no other
            results = self._failed(error, changes, done)
        else:
            results = [Result(change, Outcome.DONE) for change in changes]
        return self._told(results)

    def _make(self, site: Site, change: Change) -> None:
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
        """Make the object. One that is there and has our mark was made by a call whose answer was lost: complete it."""
        try:
            self.settle.retrying(partial(site.create, wanted, mark))
        except AlreadyThereError:
            live = site.read([wanted], self.grant).objects.get(wanted.address)
            if live is None or live.mark is None or live.mark.grant != self.grant:
                raise
            self.settle.retrying(partial(site.update, live, wanted, mark))

    def _mark(self, change: Change) -> Mark:
        principal = change.wanted.principal if isinstance(change.wanted, AccessEntry | AccessPolicy) else ""
        return Mark(self.grant, self.principal_ids.get(principal, ""))

    def _learn_principals(self, by_cluster: Mapping[Place, list[Change]]) -> None:
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
        for observed in self.sites.site(Realm.IAM, self._place).read(principals, self.grant).objects.values():
            self._remember(observed)

    def _remember(self, observed: Observed) -> None:
        if isinstance(observed.object, User | Role):
            self.principal_ids[observed.object.arn] = observed.unique_id

    def _failed(self, error: Exception, changes: list[Change], done: list[Change]) -> list[Result]:
        reason, fix = in_words(error)
        results = [Result(change, Outcome.DONE) for change in done]
        rest = changes[len(done) :]
        if not rest:  # all was written, and not all of it was seen
            return [*results[:-1], Result(changes[-1], Outcome.FAILED, reason, fix)]
        results.append(Result(rest[0], Outcome.FAILED, reason, fix))
        blame = f"not tried: {rest[0].address} failed before it"
        return results + [Result(change, Outcome.SKIPPED, blame) for change in rest[1:]]

    def _skip(self, changes: list[Change], reason: str) -> list[Result]:
        return self._told([Result(change, Outcome.SKIPPED, reason) for change in changes])

    def _told(self, results: list[Result]) -> list[Result]:
        for result in results:
            self.on_result(result)
        return results


def _is_tag(change: Change) -> bool:
    return change.address.kind in (Kind.CLUSTER_TAG, Kind.NODEGROUP_TAG) and change.action is not ChangeAction.DELETE


def _first_failure(results: list[Result]) -> Result | None:
    return next((result for result in results if result.outcome is Outcome.FAILED), None)

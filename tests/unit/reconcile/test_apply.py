import datetime as dt
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from leastway.estate import (
    AccessEntry,
    Address,
    ClusterTag,
    Estate,
    Kind,
    ManagedPolicy,
    Mark,
    Observed,
    Place,
    Realm,
    User,
)
from leastway.ports.memory import MemorySites, Stopped
from leastway.reconcile import Applied, ChangeAction, Convergence, Outcome, Plan, Result, apply, asks, diff, observe
from tests.unit.reconcile.conftest import ACCOUNT, CLUSTER, ENTRY, OBJECTS, POLICY, ROLE, USER, document, trust

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class QuickClock:
    """A clock that does not really wait."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> dt.datetime:
        return NOW + dt.timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


PLACES = (Place(ACCOUNT), CLUSTER)


def plan_for(estate: Estate, sites: MemorySites) -> Plan:
    return diff(estate, observe(sites, estate.grant, asks(estate, PLACES, ()), workers=2))


def apply_all(plan: Plan, sites: MemorySites) -> Applied:
    return apply(plan, sites, convergence=Convergence(successes=2, interval=1, deadline=10), clock=QuickClock())


def test_nothing_is_left_to_do_after_apply(estate: Estate) -> None:
    sites = MemorySites()
    assert apply_all(plan_for(estate, sites), sites).is_complete
    assert plan_for(estate, sites).is_clean
    assert sites.objects.keys() == {one.address for one in OBJECTS}


def test_access_entry_is_marked_with_the_unique_id_of_its_principal(estate: Estate) -> None:
    sites = MemorySites()
    apply_all(plan_for(estate, sites), sites)
    assert sites.objects[ENTRY.address].mark == Mark("acme", sites.objects[USER.address].unique_id)


def test_access_entry_is_replaced_in_the_apply_that_recreates_its_principal(estate: Estate) -> None:
    sites = MemorySites()
    apply_all(plan_for(estate, sites), sites)
    del sites.objects[USER.address]
    plan = plan_for(estate, sites)
    assert next(c for c in plan if isinstance(c.wanted, AccessEntry)).action is ChangeAction.REPLACE
    apply_all(plan, sites)
    assert plan_for(estate, sites).is_clean
    assert sites.objects[ENTRY.address].mark == Mark("acme", sites.objects[USER.address].unique_id)


def test_access_entry_is_replaced_when_others_recreated_its_principal(estate: Estate) -> None:
    sites = MemorySites()
    apply_all(plan_for(estate, sites), sites)
    sites.objects[USER.address] = replace(sites.objects[USER.address], unique_id="another")
    plan = plan_for(estate, sites)
    assert next(c for c in plan if isinstance(c.wanted, AccessEntry)).action is ChangeAction.REPLACE
    apply_all(plan, sites)
    assert plan_for(estate, sites).is_clean
    assert sites.objects[ENTRY.address].mark == Mark("acme", "another")


@pytest.mark.parametrize("writes", range(1, len(OBJECTS) + 1))
def test_next_run_reaches_the_same_state_after_a_kill_at_any_write(estate: Estate, writes: int) -> None:
    sites = MemorySites(stop_after=writes)
    with pytest.raises(Stopped):
        apply_all(plan_for(estate, sites), sites)
    sites.stop_after = None
    apply_all(plan_for(estate, sites), sites)
    assert plan_for(estate, sites).is_clean
    assert sites.objects.keys() == {one.address for one in OBJECTS}


def test_offboarding_deletes_marked_objects_and_keeps_the_rest(estate: Estate) -> None:
    sites = MemorySites()
    stranger = AccessEntry(CLUSTER, f"arn:aws:iam::{ACCOUNT}:role/node")
    sites.put(stranger)
    apply_all(plan_for(estate, sites), sites)
    nothing = Estate.of("acme", ())
    assert apply_all(plan_for(nothing, sites), sites).is_complete
    assert set(sites.objects) == {stranger.address}


def test_failing_cluster_stops_neither_the_account_nor_other_clusters() -> None:
    other = Place(ACCOUNT, "eu-central-1", "stage")
    estate = Estate.of("acme", [USER, ENTRY, AccessEntry(other, USER.arn)])
    sites = MemorySites()
    plan = diff(estate, observe(sites, "acme", asks(estate, (), ()), workers=2))
    sites.broken.add((Realm.EKS, CLUSTER))
    applied = apply_all(plan, sites)
    outcomes = {result.change.address: result.outcome for result in applied.results}
    assert outcomes == {
        USER.address: Outcome.DONE,
        ENTRY.address: Outcome.FAILED,
        AccessEntry(other, USER.arn).address: Outcome.DONE,
    }


class IgnoringWrites(dict[Address, Observed]):
    """Objects that ignore writes to one kind."""

    def __init__(self, kind: Kind, objects: Mapping[Address, Observed]) -> None:
        super().__init__(objects)
        self.kind = kind

    def __setitem__(self, address: Address, observed: Observed) -> None:
        if address.kind is not self.kind:
            super().__setitem__(address, observed)

    def pop(self, address: Address, *default: Any) -> Any:
        return self[address] if address in self and address.kind is self.kind else super().pop(address, *default)


@pytest.mark.parametrize("kind", [Kind.ACCESS_ENTRY, Kind.ACCESS_POLICY])
def test_written_object_that_does_not_become_visible_is_a_failure(kind: Kind) -> None:
    wanted = [one for one in OBJECTS if one.kind is not Kind.ACCESS_POLICY or one.kind is kind]
    sites = MemorySites()
    sites.objects = IgnoringWrites(kind, {})
    (failed,) = apply_all(plan_for(Estate.of("acme", wanted), sites), sites).having(Outcome.FAILED)
    assert failed.change.address.kind is kind
    assert "does not show the change yet" in failed.reason


def test_deleted_object_that_is_still_visible_is_a_failure() -> None:
    sites = MemorySites()
    apply_all(plan_for(Estate.of("acme", [USER, ENTRY]), sites), sites)
    plan = plan_for(Estate.of("acme", [USER]), sites)
    sites.objects = IgnoringWrites(Kind.ACCESS_ENTRY, sites.objects)
    (failed,) = apply_all(plan, sites).having(Outcome.FAILED)
    assert failed.change.address == ENTRY.address
    assert "still exists" in failed.reason


def test_clusters_are_skipped_when_their_principal_fails(estate: Estate) -> None:
    sites = MemorySites()
    plan = plan_for(estate, sites)
    sites.broken.add((Realm.IAM, Place(ACCOUNT)))
    applied = apply_all(plan, sites)
    assert not sites.writes
    assert len(applied.having(Outcome.FAILED)) == 1
    skipped = applied.having(Outcome.SKIPPED)
    assert len(skipped) == len(OBJECTS) - 1
    assert all("failed first" in result.reason for result in skipped)


def test_principal_that_can_no_longer_be_read_fails_only_its_own_account(estate: Estate) -> None:
    other = replace(USER, account="444455556666")
    sites = MemorySites()
    apply_all(plan_for(estate, sites), sites)
    del sites.objects[ENTRY.address]
    both = Estate.of("acme", [*OBJECTS, other])
    plan = plan_for(both, sites)
    sites.broken.add((Realm.IAM, Place(ACCOUNT)))
    applied = apply_all(plan, sites)
    assert [result.change.address for result in applied.having(Outcome.FAILED)] == [ENTRY.address]
    assert other.address in sites.objects


def test_unreadable_objects_are_not_written(estate: Estate) -> None:
    sites = MemorySites(broken={(Realm.EKS, CLUSTER)})
    plan = plan_for(estate, sites)
    assert {c.action for c in plan if c.address.place == CLUSTER} == {ChangeAction.UNKNOWN}
    apply_all(plan, sites)
    assert {address.kind for address in sites.objects} == {Kind.MANAGED_POLICY, Kind.USER, Kind.ROLE, Kind.ACCESS_KEY}


def test_role_is_created_after_the_user_that_it_trusts(estate: Estate) -> None:
    sites = MemorySites()
    apply_all(plan_for(estate, sites), sites)
    made = [address for _, address in sites.writes]
    assert made.index(USER.address) < made.index(ROLE.address)


def test_object_created_by_a_call_with_a_lost_response_is_completed(estate: Estate) -> None:
    sites = MemorySites()
    plan = plan_for(estate, sites)
    for one in OBJECTS[:3]:  # created by calls that failed as far as the caller knows
        half = replace(one, policies=frozenset()) if isinstance(one, User) else one
        sites.put(half, Observed(half, Mark("acme"), unique_id=sites.new_id(half)))
    assert apply_all(plan, sites).is_complete
    assert plan_for(estate, sites).is_clean


@pytest.mark.parametrize("mark", [None, Mark("globex")])
def test_object_that_others_created_in_the_meantime_is_not_taken_over(estate: Estate, mark: Mark | None) -> None:
    sites = MemorySites()
    plan = plan_for(estate, sites)
    theirs = replace(USER, boundary="")
    sites.put(theirs, Observed(theirs, mark, unique_id=sites.new_id(theirs)))
    (failed,) = apply_all(plan, sites).having(Outcome.FAILED)
    assert failed.change.address == USER.address
    assert sites.objects[USER.address].object == theirs


def test_a_role_that_another_apply_created_in_the_meantime_keeps_its_trust_policy(estate: Estate) -> None:
    sites = MemorySites()
    plan = plan_for(estate, sites)
    theirs = replace(ROLE, trust=trust(f"{USER.arn}-of-another-apply"), inline=())
    sites.put(theirs, Observed(theirs, Mark("acme"), unique_id=sites.new_id(theirs)))
    (failed,) = apply_all(plan, sites).having(Outcome.FAILED)
    assert failed.change.address == ROLE.address
    assert "another apply" in failed.reason
    assert sites.objects[ROLE.address].object == theirs


def test_each_written_object_that_is_not_visible_is_a_failure_and_no_other() -> None:
    other = replace(ROLE, name="humanitec-sqs")
    sites = MemorySites()
    plan = plan_for(Estate.of("acme", [POLICY, USER, ROLE, other]), sites)
    sites.objects = IgnoringWrites(Kind.ROLE, {})
    applied = apply_all(plan, sites)
    failed = {result.change.address: result.reason for result in applied.having(Outcome.FAILED)}
    reason = "not confirmed after 10 s: it does not show the change yet"
    assert failed == {ROLE.address: reason, other.address: reason}
    assert {result.change.address for result in applied.having(Outcome.DONE)} == {POLICY.address, USER.address}


def test_policy_requires_a_new_tag_only_after_the_clusters_have_it(estate: Estate) -> None:
    sites = MemorySites()
    apply_all(plan_for(estate, sites), sites)
    sites.writes.clear()
    policy = replace(POLICY, document=document("eks:ListNodegroups"))
    tag = ClusterTag(CLUSTER, "Other", "true")
    moved = Estate.of(
        "acme", [policy, tag, *(one for one in OBJECTS if not isinstance(one, ManagedPolicy | ClusterTag))]
    )
    assert apply_all(plan_for(moved, sites), sites).is_complete
    assert plan_for(moved, sites).is_clean
    old = ClusterTag(CLUSTER, "Humanitec", "true")
    assert [address for _, address in sites.writes] == [tag.address, POLICY.address, old.address]


def test_policy_is_not_changed_when_a_cluster_could_not_be_tagged(estate: Estate) -> None:
    sites = MemorySites()
    apply_all(plan_for(estate, sites), sites)
    policy = replace(POLICY, document=document("eks:ListNodegroups"))
    tag = ClusterTag(CLUSTER, "Other", "true")
    moved = Estate.of(
        "acme", [policy, tag, *(one for one in OBJECTS if not isinstance(one, ManagedPolicy | ClusterTag))]
    )
    plan = plan_for(moved, sites)
    sites.broken.add((Realm.EKS, CLUSTER))
    applied = apply_all(plan, sites)
    assert [result.change.address for result in applied.having(Outcome.FAILED)] == [tag.address]
    assert sites.objects[POLICY.address].object == POLICY


def test_interruption_starts_nothing_new_and_the_next_run_reaches_the_same_state() -> None:
    other, elsewhere = "444455556666", Place("444455556666", "eu-central-1", "prod")
    tag = ClusterTag(elsewhere, "Humanitec", "true")
    estate = Estate.of("acme", (USER, replace(USER, account=other), tag))
    places = (Place(ACCOUNT), Place(other), elsewhere)
    sites = MemorySites()
    at_work = threading.Event()

    def interrupt(result: Result) -> None:
        if result.change.address.place.account == other:
            at_work.set()
            time.sleep(0.5)
            return
        at_work.wait(5)
        raise KeyboardInterrupt

    def plan() -> Plan:
        return diff(estate, observe(sites, estate.grant, asks(estate, places, ()), workers=2))

    quick = Convergence(successes=1, interval=1, deadline=10)
    with pytest.raises(KeyboardInterrupt):
        apply(plan(), sites, convergence=quick, clock=QuickClock(), on_result=interrupt)
    for thread in [one for one in threading.enumerate() if one.name.startswith(("account", "cluster"))]:
        thread.join(5)
    assert tag.address not in sites.objects
    assert apply_all(plan(), sites).is_complete
    assert plan().is_clean

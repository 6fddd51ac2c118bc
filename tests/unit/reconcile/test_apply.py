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
from tests.unit.reconcile.conftest import ACCOUNT, CLUSTER, ENTRY, OBJECTS, POLICY, ROLE, USER, document

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class QuickClock:
    """A clock whose waits pass at once."""

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


def test_applying_leaves_nothing_to_do(estate: Estate) -> None:
    sites = MemorySites()
    assert apply_all(plan_for(estate, sites), sites).is_complete
    assert plan_for(estate, sites).is_clean
    assert sites.objects.keys() == {one.address for one in OBJECTS}


def test_an_entry_is_marked_with_its_principals_unique_id(estate: Estate) -> None:
    sites = MemorySites()
    apply_all(plan_for(estate, sites), sites)
    assert sites.objects[ENTRY.address].mark == Mark("acme", sites.objects[USER.address].unique_id)


def test_a_principal_that_is_made_anew_gets_its_entry_anew_in_the_same_apply(estate: Estate) -> None:
    sites = MemorySites()
    apply_all(plan_for(estate, sites), sites)
    del sites.objects[USER.address]
    plan = plan_for(estate, sites)
    assert next(c for c in plan if isinstance(c.wanted, AccessEntry)).action is ChangeAction.REPLACE
    apply_all(plan, sites)
    assert plan_for(estate, sites).is_clean
    assert sites.objects[ENTRY.address].mark == Mark("acme", sites.objects[USER.address].unique_id)


def test_a_principal_that_somebody_made_anew_gets_its_entry_anew(estate: Estate) -> None:
    sites = MemorySites()
    apply_all(plan_for(estate, sites), sites)
    sites.objects[USER.address] = replace(sites.objects[USER.address], unique_id="another")
    plan = plan_for(estate, sites)
    assert next(c for c in plan if isinstance(c.wanted, AccessEntry)).action is ChangeAction.REPLACE
    apply_all(plan, sites)
    assert plan_for(estate, sites).is_clean
    assert sites.objects[ENTRY.address].mark == Mark("acme", "another")


@pytest.mark.parametrize("writes", range(1, len(OBJECTS) + 1))
def test_a_kill_after_any_write_ends_in_the_same_state_when_run_again(estate: Estate, writes: int) -> None:
    sites = MemorySites(stop_after=writes)
    with pytest.raises(Stopped):
        apply_all(plan_for(estate, sites), sites)
    sites.stop_after = None
    apply_all(plan_for(estate, sites), sites)
    assert plan_for(estate, sites).is_clean
    assert sites.objects.keys() == {one.address for one in OBJECTS}


def test_offboarding_removes_what_is_marked_and_leaves_the_rest(estate: Estate) -> None:
    sites = MemorySites()
    stranger = AccessEntry(CLUSTER, f"arn:aws:iam::{ACCOUNT}:role/node")
    sites.put(stranger)
    apply_all(plan_for(estate, sites), sites)
    nothing = Estate.of("acme", ())
    assert apply_all(plan_for(nothing, sites), sites).is_complete
    assert set(sites.objects) == {stranger.address}


def test_a_broken_cluster_stops_neither_the_account_nor_another_cluster() -> None:
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


class Unmoved(dict[Address, Observed]):
    """Objects of which those of one kind stay as they are, whatever is written."""

    def __init__(self, kind: Kind, objects: Mapping[Address, Observed]) -> None:
        super().__init__(objects)
        self.kind = kind

    def __setitem__(self, address: Address, observed: Observed) -> None:
        if address.kind is not self.kind:
            super().__setitem__(address, observed)

    def pop(self, address: Address, *default: Any) -> Any:
        return self[address] if address in self and address.kind is self.kind else super().pop(address, *default)


@pytest.mark.parametrize("kind", [Kind.ACCESS_ENTRY, Kind.ACCESS_POLICY])
def test_an_entry_or_a_policy_that_is_written_and_not_seen_is_not_done(kind: Kind) -> None:
    wanted = [one for one in OBJECTS if one.kind is not Kind.ACCESS_POLICY or one.kind is kind]
    sites = MemorySites()
    sites.objects = Unmoved(kind, {})
    (failed,) = apply_all(plan_for(Estate.of("acme", wanted), sites), sites).having(Outcome.FAILED)
    assert failed.change.address.kind is kind
    assert "does not show the change yet" in failed.reason


def test_what_is_removed_and_still_seen_is_not_done() -> None:
    sites = MemorySites()
    apply_all(plan_for(Estate.of("acme", [USER, ENTRY]), sites), sites)
    plan = plan_for(Estate.of("acme", [USER]), sites)
    sites.objects = Unmoved(Kind.ACCESS_ENTRY, sites.objects)
    (failed,) = apply_all(plan, sites).having(Outcome.FAILED)
    assert failed.change.address == ENTRY.address
    assert "is still there" in failed.reason


def test_when_the_principal_fails_its_clusters_are_not_tried(estate: Estate) -> None:
    sites = MemorySites()
    plan = plan_for(estate, sites)
    sites.broken.add((Realm.IAM, Place(ACCOUNT)))
    applied = apply_all(plan, sites)
    assert not sites.writes
    assert len(applied.having(Outcome.FAILED)) == 1
    skipped = applied.having(Outcome.SKIPPED)
    assert len(skipped) == len(OBJECTS) - 1
    assert all("failed before it" in result.reason for result in skipped)


def test_a_principal_that_cannot_be_read_again_fails_its_own_account_only(estate: Estate) -> None:
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


def test_what_is_unreadable_is_not_touched(estate: Estate) -> None:
    sites = MemorySites(broken={(Realm.EKS, CLUSTER)})
    plan = plan_for(estate, sites)
    assert {c.action for c in plan if c.address.place == CLUSTER} == {ChangeAction.UNKNOWN}
    apply_all(plan, sites)
    assert {address.kind for address in sites.objects} == {Kind.MANAGED_POLICY, Kind.USER, Kind.ROLE, Kind.ACCESS_KEY}


def test_a_role_is_made_after_the_user_that_it_trusts(estate: Estate) -> None:
    sites = MemorySites()
    apply_all(plan_for(estate, sites), sites)
    made = [address for _, address in sites.writes]
    assert made.index(USER.address) < made.index(ROLE.address)


def test_what_a_lost_answer_left_behind_is_completed(estate: Estate) -> None:
    sites = MemorySites()
    plan = plan_for(estate, sites)
    for one in OBJECTS[:3]:  # made by calls that failed for all that the caller knows
        half = replace(one, policies=frozenset()) if isinstance(one, User) else one
        sites.put(half, Observed(half, Mark("acme"), unique_id=sites.new_id(half)))
    assert apply_all(plan, sites).is_complete
    assert plan_for(estate, sites).is_clean


@pytest.mark.parametrize("mark", [None, Mark("globex")])
def test_what_somebody_else_made_meanwhile_is_not_taken(estate: Estate, mark: Mark | None) -> None:
    sites = MemorySites()
    plan = plan_for(estate, sites)
    theirs = replace(USER, boundary="")
    sites.put(theirs, Observed(theirs, mark, unique_id=sites.new_id(theirs)))
    (failed,) = apply_all(plan, sites).having(Outcome.FAILED)
    assert failed.change.address == USER.address
    assert sites.objects[USER.address].object == theirs


def test_a_policy_asks_for_another_tag_only_when_the_clusters_have_it(estate: Estate) -> None:
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


def test_an_untagged_cluster_keeps_the_policy_as_it_is(estate: Estate) -> None:
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


def test_an_interruption_begins_nothing_more_and_the_next_run_ends_in_the_same_state() -> None:
    other, elsewhere = "444455556666", Place("444455556666", "eu-central-1", "prod")
    tag = ClusterTag(elsewhere, "Humanitec", "true")
    estate = Estate.of("acme", (USER, replace(USER, account=other), tag))
    places = (Place(ACCOUNT), Place(other), elsewhere)
    sites = MemorySites()
    at_work = threading.Event()

    def interrupting(result: Result) -> None:
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
        apply(plan(), sites, convergence=quick, clock=QuickClock(), on_result=interrupting)
    for thread in [one for one in threading.enumerate() if one.name.startswith(("account", "cluster"))]:
        thread.join(5)
    assert tag.address not in sites.objects
    assert apply_all(plan(), sites).is_complete
    assert plan().is_clean

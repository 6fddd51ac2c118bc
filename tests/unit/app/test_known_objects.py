"""The store knows what was created and adopted, even by killed runs; marks on other objects are not trusted."""

from dataclasses import replace

import pytest

from leastway.app.apply import apply_plan
from leastway.app.evidence import evidence
from leastway.app.offboard import forget_what_is_gone, offboard, plan_offboarding
from leastway.app.open_grant import OpenGrant
from leastway.app.plan import make_plan
from leastway.estate import Address, Kind, Mark, Observed, Place, Role
from leastway.ports.memory import MemorySites, Stopped
from leastway.ports.memory_store import MemoryStore
from leastway.reconcile import ChangeAction
from tests.unit.compiler.conftest import ACCOUNT
from tests.unit.reconcile.conftest import ROLE

FORGED = replace(ROLE, account=ACCOUNT, name="humanitec-other")


def apply(work: OpenGrant) -> None:
    assert apply_plan(work, make_plan(work)).is_complete


def test_the_store_knows_created_objects_by_their_ids(work: OpenGrant, sites: MemorySites) -> None:
    apply(work)
    parts = (Kind.ACCESS_KEY, Kind.ACCESS_POLICY)
    assert work.store.made("acme") == {
        address: observed.unique_id for address, observed in sites.objects.items() if address.kind not in parts
    }


def test_offboarding_keeps_a_role_with_a_forged_mark_and_removes_the_rest(work: OpenGrant, sites: MemorySites) -> None:
    apply(work)
    sites.put(FORGED, Observed(FORGED, Mark("acme"), unique_id="role-forged"))
    plan = make_plan(work).plan
    assert plan.unbelieved == (FORGED.address,)
    assert not plan.writes
    done = offboard(work, plan_offboarding(work))
    assert not done.is_complete
    assert set(sites.objects) == {FORGED.address}
    held = evidence(work, done)["held"]
    assert [one["what"] for one in held] == [str(FORGED.address)]  # type: ignore[attr-defined]
    done = offboard(work, plan_offboarding(work, trust_marks=True))
    assert done.is_complete
    assert not sites.objects


def test_a_role_recreated_under_the_same_name_is_adopted_or_left(work: OpenGrant, sites: MemorySites) -> None:
    apply(work)
    role = next(one for one in sites.objects.values() if isinstance(one.object, Role))
    address = role.object.address
    assert isinstance(role.object, Role)
    sites.objects[address] = replace(role, object=replace(role.object, max_session=7200), unique_id="role-recreated")
    change = next(change for change in make_plan(work).plan if change.address == address)
    assert change.action is ChangeAction.ADOPT
    assert f"that was {role.unique_id}, and this is role-recreated" in change.reason
    assert plan_offboarding(work).unbelieved == (address,)
    apply(work)
    assert work.store.made("acme")[address] == "role-recreated"
    assert not plan_offboarding(work).unbelieved


@pytest.mark.parametrize("writes", [1, 3, 6, 9])
def test_the_store_knows_objects_that_a_killed_run_created(work: OpenGrant, sites: MemorySites, writes: int) -> None:
    sites.stop_after = writes
    with pytest.raises(Stopped):
        apply(work)
    sites.stop_after = None
    assert sites.objects
    assert not plan_offboarding(work).unbelieved
    assert not make_plan(work).plan.unbelieved
    apply(work)
    assert offboard(work, plan_offboarding(work)).is_complete
    assert not sites.objects


def test_an_apply_without_changes_fills_a_new_store(work: OpenGrant, sites: MemorySites) -> None:
    apply(work)
    new = replace(work, store=MemoryStore())
    assert make_plan(new).plan.is_clean
    before = len(sites.writes)
    assert len(plan_offboarding(new).unbelieved) == len(sites.objects)
    assert offboard(new, plan_offboarding(new)).is_complete is False
    assert len(sites.writes) == before
    apply(new)
    assert len(sites.writes) == before
    assert offboard(new, plan_offboarding(new)).is_complete
    assert not sites.objects


def test_trusted_marks_allow_removal_when_the_store_was_lost(work: OpenGrant, sites: MemorySites) -> None:
    apply(work)
    new = replace(work, store=MemoryStore())
    assert offboard(new, plan_offboarding(new, trust_marks=True)).is_complete
    assert not sites.objects


def test_the_store_forgets_removed_objects(work: OpenGrant, sites: MemorySites) -> None:
    apply(work)
    (account,) = work.grant.accounts
    fewer = replace(work, grant=replace(work.grant, accounts=(replace(account, roles=()),)))
    assert Address(Place(ACCOUNT), Kind.ROLE, "humanitec-s3") in work.store.made("acme")
    apply(fewer)
    assert Address(Place(ACCOUNT), Kind.ROLE, "humanitec-s3") not in work.store.made("acme")
    done = offboard(fewer, plan_offboarding(fewer))
    forget_what_is_gone(fewer, done)
    assert not work.store.made("acme")

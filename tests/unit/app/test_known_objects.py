"""The store knows what was created and adopted, even by killed runs; marks on other objects are not trusted."""

from dataclasses import replace

import pytest

from leastway.app.apply import apply_plan
from leastway.app.evidence import evidence
from leastway.app.offboard import forget_what_is_gone, offboard, plan_offboarding
from leastway.app.open_grant import OpenGrant
from leastway.app.plan import make_plan
from leastway.estate import AccessKey, Address, Kind, Mark, Observed, Place, Role
from leastway.ports.memory import MemorySites, Stopped
from leastway.ports.memory_store import MemoryStore
from leastway.reconcile import ChangeAction
from tests.unit.compiler.conftest import ACCOUNT
from tests.unit.reconcile.conftest import ROLE

FORGED = replace(ROLE, account=ACCOUNT, name="humanitec-other")


def apply(open_grant: OpenGrant) -> None:
    assert apply_plan(open_grant, make_plan(open_grant)).is_complete


def test_the_store_knows_created_objects_by_their_ids(open_grant: OpenGrant, sites: MemorySites) -> None:
    apply(open_grant)
    assert open_grant.store.made("acme") == {
        address: observed.unique_id
        for address, observed in sites.objects.items()
        if address.kind is not Kind.ACCESS_POLICY
    }


def test_the_store_does_not_know_a_key_that_leastway_did_not_create(open_grant: OpenGrant, sites: MemorySites) -> None:
    apply(open_grant)
    key = AccessKey(ACCOUNT, "humanitec")
    open_grant.store.forget_made("acme", [key.address])
    apply(open_grant)
    assert key.address in sites.objects
    assert key.address not in open_grant.store.made("acme")


def test_offboarding_keeps_a_role_with_a_forged_mark_and_removes_the_rest(
    open_grant: OpenGrant, sites: MemorySites
) -> None:
    apply(open_grant)
    sites.put(FORGED, Observed(FORGED, Mark("acme"), unique_id="role-forged"))
    plan = make_plan(open_grant).plan
    assert plan.unverified == (FORGED.address,)
    assert not plan.writes
    done = offboard(open_grant, plan_offboarding(open_grant))
    assert not done.is_complete
    assert set(sites.objects) == {FORGED.address}
    held = evidence(open_grant, done)["held"]
    assert [one["what"] for one in held] == [str(FORGED.address)]  # type: ignore[attr-defined]
    done = offboard(open_grant, plan_offboarding(open_grant, trust_marks=True))
    assert done.is_complete
    assert not sites.objects


def test_a_role_recreated_under_the_same_name_is_adopted_or_left(open_grant: OpenGrant, sites: MemorySites) -> None:
    apply(open_grant)
    role = next(one for one in sites.objects.values() if isinstance(one.object, Role))
    address = role.object.address
    assert isinstance(role.object, Role)
    sites.objects[address] = replace(role, object=replace(role.object, max_session=7200), unique_id="role-recreated")
    change = next(change for change in make_plan(open_grant).plan if change.address == address)
    assert change.action is ChangeAction.ADOPT
    assert f"that was {role.unique_id}, this is role-recreated" in change.reason
    assert plan_offboarding(open_grant).unverified == (address,)
    apply(open_grant)
    assert open_grant.store.made("acme")[address] == "role-recreated"
    assert not plan_offboarding(open_grant).unverified


@pytest.mark.parametrize("writes", [1, 3, 6, 9])
def test_the_store_knows_objects_that_a_killed_run_created(
    open_grant: OpenGrant, sites: MemorySites, writes: int
) -> None:
    sites.stop_after = writes
    with pytest.raises(Stopped):
        apply(open_grant)
    sites.stop_after = None
    assert sites.objects
    assert not plan_offboarding(open_grant).unverified
    assert not make_plan(open_grant).plan.unverified
    apply(open_grant)
    assert offboard(open_grant, plan_offboarding(open_grant)).is_complete
    assert not sites.objects


def test_an_apply_without_changes_fills_a_new_store(open_grant: OpenGrant, sites: MemorySites) -> None:
    apply(open_grant)
    new = replace(open_grant, store=MemoryStore())
    assert make_plan(new).plan.is_clean
    before = len(sites.writes)
    assert len(plan_offboarding(new).unverified) == len(sites.objects)
    assert offboard(new, plan_offboarding(new)).is_complete is False
    assert len(sites.writes) == before
    apply(new)
    assert len(sites.writes) == before
    assert offboard(new, plan_offboarding(new)).is_complete
    assert not sites.objects


def test_trusted_marks_allow_removal_when_the_store_was_lost(open_grant: OpenGrant, sites: MemorySites) -> None:
    apply(open_grant)
    new = replace(open_grant, store=MemoryStore())
    assert offboard(new, plan_offboarding(new, trust_marks=True)).is_complete
    assert not sites.objects


def test_the_store_forgets_removed_objects(open_grant: OpenGrant, sites: MemorySites) -> None:
    apply(open_grant)
    (account,) = open_grant.grant.accounts
    fewer = replace(open_grant, grant=replace(open_grant.grant, accounts=(replace(account, roles=()),)))
    assert Address(Place(ACCOUNT), Kind.ROLE, "humanitec-s3") in open_grant.store.made("acme")
    apply(fewer)
    assert Address(Place(ACCOUNT), Kind.ROLE, "humanitec-s3") not in open_grant.store.made("acme")
    done = offboard(fewer, plan_offboarding(fewer))
    forget_what_is_gone(fewer, done)
    assert not open_grant.store.made("acme")

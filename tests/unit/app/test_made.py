"""What is made and taken over is known afterwards, killed or not, and what is not known is asked about."""

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


def test_all_that_was_made_is_known_by_its_id(work: OpenGrant, sites: MemorySites) -> None:
    apply(work)
    parts = (Kind.ACCESS_KEY, Kind.ACCESS_POLICY)
    assert work.store.made("acme") == {
        address: observed.unique_id for address, observed in sites.objects.items() if address.kind not in parts
    }


def test_a_role_that_somebody_marked_is_left_and_named_and_all_else_goes(work: OpenGrant, sites: MemorySites) -> None:
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


def test_a_role_made_anew_under_the_name_of_ours_is_taken_over_or_left(work: OpenGrant, sites: MemorySites) -> None:
    apply(work)
    role = next(one for one in sites.objects.values() if isinstance(one.object, Role))
    address = role.object.address
    assert isinstance(role.object, Role)
    sites.objects[address] = replace(role, object=replace(role.object, max_session=7200), unique_id="role-anew")
    change = next(change for change in make_plan(work).plan if change.address == address)
    assert change.action is ChangeAction.ADOPT
    assert f"that was {role.unique_id}, this is role-anew" in change.reason
    assert plan_offboarding(work).unbelieved == (address,)
    apply(work)
    assert work.store.made("acme")[address] == "role-anew"
    assert not plan_offboarding(work).unbelieved


@pytest.mark.parametrize("writes", [1, 3, 6, 9])
def test_what_a_run_made_that_was_killed_is_known(work: OpenGrant, sites: MemorySites, writes: int) -> None:
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


def test_what_is_there_in_a_store_that_is_new_is_known_after_an_apply_that_changes_nothing(
    work: OpenGrant, sites: MemorySites
) -> None:
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


def test_a_lost_store_lets_all_be_removed_on_a_persons_word(work: OpenGrant, sites: MemorySites) -> None:
    apply(work)
    new = replace(work, store=MemoryStore())
    assert offboard(new, plan_offboarding(new, trust_marks=True)).is_complete
    assert not sites.objects


def test_what_was_removed_is_forgotten(work: OpenGrant, sites: MemorySites) -> None:
    apply(work)
    (account,) = work.grant.accounts
    fewer = replace(work, grant=replace(work.grant, accounts=(replace(account, roles=()),)))
    assert Address(Place(ACCOUNT), Kind.ROLE, "humanitec-s3") in work.store.made("acme")
    apply(fewer)
    assert Address(Place(ACCOUNT), Kind.ROLE, "humanitec-s3") not in work.store.made("acme")
    done = offboard(fewer, plan_offboarding(fewer))
    forget_what_is_gone(fewer, done)
    assert not work.store.made("acme")

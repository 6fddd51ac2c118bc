"""Plan, apply, plan again and offboard, with every implementation of the ports."""

from leastway.estate import Estate, Place
from leastway.ports import Observation
from leastway.reconcile import ChangeAction, Convergence, Plan, apply, asks, diff, observe
from tests.contract.live.world import ACCOUNT, EVERYTHING, PROD, World

QUICK = Convergence(successes=1, interval=0.01, deadline=5)


def plan(world: World, estate: Estate) -> Plan:
    wanted = asks(estate, [Place(ACCOUNT), PROD], [])
    observation: Observation = observe(world.sites, estate.grant, wanted, workers=4)
    return diff(estate, observation)


def test_a_grant_is_applied_planned_empty_and_offboarded(world: World) -> None:
    estate = Estate.of("acme", EVERYTHING)
    first = plan(world, estate)
    assert {change.action for change in first} == {ChangeAction.CREATE}
    applied = apply(first, world.sites, convergence=QUICK)
    assert applied.is_complete, applied.results
    again = plan(world, estate)
    assert again.is_clean, [change for change in again if change.action is not ChangeAction.NONE]
    nothing = Estate.of("acme", ())
    last = plan(world, nothing)
    assert {change.address for change in last.writes} == {one.address for one in EVERYTHING}
    assert apply(last, world.sites, convergence=QUICK).is_complete
    assert not plan(world, nothing).changes


def test_a_manual_object_is_adopted_and_then_deleted(world: World) -> None:
    for one in EVERYTHING:
        world.by_hand(one)
    estate = Estate.of("acme", EVERYTHING)
    first = plan(world, estate)
    assert {change.action for change in first} == {ChangeAction.ADOPT}
    assert apply(first, world.sites, convergence=QUICK).is_complete
    assert plan(world, estate).is_clean
    assert apply(plan(world, Estate.of("acme", ())), world.sites, convergence=QUICK).is_complete
    assert {change.action for change in plan(world, estate)} == {ChangeAction.CREATE}

"""Offboardings and plans end, even if places that leastway wrote to no longer exist."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest

from leastway.app.apply import apply_plan
from leastway.app.evidence import evidence
from leastway.app.offboard import forget_what_is_gone, offboard, plan_offboarding
from leastway.app.open_grant import OpenGrant, giving_up
from leastway.app.plan import make_plan
from leastway.errors import InvalidInputError
from leastway.estate import ClusterFacts, Place, Realm, Unreadable
from leastway.ports.memory import MemorySites
from leastway.primitives import AccountId
from tests.unit.compiler.conftest import ACCOUNT

OTHER = "444455556666"
API, BOTH, MAP = (Place(ACCOUNT, "eu-central-1", name) for name in ("api", "both", "map"))


def apply(open_grant: OpenGrant) -> None:
    assert apply_plan(open_grant, make_plan(open_grant)).is_complete


def without_clusters(open_grant: OpenGrant, *, keep: int) -> OpenGrant:
    (account,) = open_grant.grant.accounts
    return replace(
        open_grant, grant=replace(open_grant.grant, accounts=(replace(account, clusters=account.clusters[:keep]),))
    )


def with_a_second_account(open_grant: OpenGrant) -> OpenGrant:
    (account,) = open_grant.grant.accounts
    other = replace(account, id=AccountId(OTHER), clusters=())
    return replace(open_grant, grant=replace(open_grant.grant, accounts=(account, other)))


def no_longer_there(sites: MemorySites, monkeypatch: pytest.MonkeyPatch, *places: Place) -> None:
    """Make EKS report that the clusters do not exist, and make them inaccessible."""
    ask = sites.discover

    def discover(asked: Iterable[Place]) -> Mapping[Place, ClusterFacts | Unreadable]:
        found = dict(ask(asked))
        return found | {
            place: Unreadable(place, "there is no such cluster", absent=True) for place in places if place in found
        }

    monkeypatch.setattr(sites, "discover", discover)
    for place in places:
        for address in [address for address in sites.objects if address.place == place]:
            del sites.objects[address]
        sites.broken |= {(Realm.EKS, place), (Realm.KUBERNETES, place)}


def test_a_deleted_cluster_that_left_the_grant_does_not_block_offboarding(
    open_grant: OpenGrant, sites: MemorySites, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(open_grant)
    no_longer_there(sites, monkeypatch, MAP)
    fewer = without_clusters(open_grant, keep=2)
    assert not make_plan(fewer).plan.unreadable
    apply(fewer)
    assert make_plan(fewer).plan.is_clean
    done = offboard(fewer, plan_offboarding(fewer))
    assert done.is_complete
    assert not sites.objects
    forget_what_is_gone(fewer, done)
    assert not open_grant.store.touched("acme")


def test_an_unreadable_cluster_that_left_the_grant_is_not_treated_as_deleted(
    open_grant: OpenGrant, sites: MemorySites
) -> None:
    apply(open_grant)
    del sites.facts[MAP]
    sites.broken |= {(Realm.EKS, MAP), (Realm.KUBERNETES, MAP)}
    fewer = without_clusters(open_grant, keep=2)
    assert {problem.where for problem in make_plan(fewer).plan.unreadable} == {MAP}
    assert not offboard(fewer, plan_offboarding(fewer)).is_complete


def test_a_closed_account_can_be_given_up_and_evidence_names_it(open_grant: OpenGrant, sites: MemorySites) -> None:
    both = with_a_second_account(open_grant)
    apply(both)
    sites.broken.add((Realm.IAM, Place(OTHER)))
    assert not offboard(open_grant, plan_offboarding(open_grant)).is_complete
    assert not make_plan(open_grant).plan.is_clean
    given = giving_up(open_grant, [OTHER], even_of_the_grant=True)
    done = offboard(given, plan_offboarding(given))
    assert done.is_complete
    output = evidence(given, done)
    assert (output["complete"], output["given_up"]) == (True, [OTHER])
    forget_what_is_gone(given, done)
    assert not open_grant.store.touched("acme")
    assert not open_grant.store.made("acme")


def test_later_plans_do_not_read_a_place_that_was_given_up(open_grant: OpenGrant, sites: MemorySites) -> None:
    both = with_a_second_account(open_grant)
    apply(both)
    sites.broken.add((Realm.IAM, Place(OTHER)))
    given = giving_up(open_grant, [OTHER], even_of_the_grant=False)
    assert make_plan(given).plan.is_clean
    assert not make_plan(open_grant).plan.is_clean  # a plan does not store what was given up
    apply_plan(given, make_plan(given))
    assert make_plan(open_grant).plan.is_clean


def test_only_an_offboarding_may_give_up_the_only_account(open_grant: OpenGrant, sites: MemorySites) -> None:
    apply(open_grant)
    sites.broken |= {(realm, place) for realm in Realm for place in (Place(ACCOUNT), API, BOTH, MAP)}
    given = giving_up(open_grant, [ACCOUNT], even_of_the_grant=True)
    assert offboard(given, plan_offboarding(given)).is_complete
    with pytest.raises(InvalidInputError, match="it is part of the grant"):
        giving_up(open_grant, [ACCOUNT], even_of_the_grant=False)


def test_a_cluster_can_be_given_up(open_grant: OpenGrant, sites: MemorySites) -> None:
    apply(open_grant)
    sites.broken |= {(Realm.EKS, MAP), (Realm.KUBERNETES, MAP)}
    given = giving_up(open_grant, [str(MAP)], even_of_the_grant=True)
    assert offboard(given, plan_offboarding(given)).is_complete
    assert {address.place for address in sites.objects} == {MAP}


def test_a_place_that_leastway_never_wrote_to_cannot_be_given_up(open_grant: OpenGrant) -> None:
    with pytest.raises(InvalidInputError, match="never wrote there") as caught:
        giving_up(open_grant, ["999988887777"], even_of_the_grant=True)
    assert ACCOUNT in (caught.value.fix or "")

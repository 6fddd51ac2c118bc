"""Runs that include some accounts or clusters of a grant touch nothing else, and say what they leave out."""

from dataclasses import replace

import pytest

from leastway.app.apply import apply_plan
from leastway.app.evidence import evidence
from leastway.app.offboard import Offboarded, forget_what_is_gone, offboard, plan_offboarding
from leastway.app.open_grant import OpenGrant, targeting
from leastway.app.plan import make_plan
from leastway.app.status import status_of
from leastway.app.verify import verify_grant
from leastway.estate import AuthMode, Kind, ManagedPolicy, Observed, Place, Realm, Role, RoleIds, Stage
from leastway.ports.memory import MemorySites
from leastway.primitives import AccountId
from leastway.proof import Look
from leastway.reconcile import ChangeAction, removals_of
from leastway.store import PendingRemovals
from leastway.verify import PlatformCaller
from tests.unit.compiler.conftest import ACCOUNT, S3_ROLE, cluster, facts_of

OTHER = AccountId("444455556666")
API, BOTH, MAP = (Place(ACCOUNT, "eu-central-1", name) for name in ("api", "both", "map"))


@pytest.fixture
def two_accounts(open_grant: OpenGrant, sites: MemorySites) -> OpenGrant:
    """The grant in two accounts, of which the second has one cluster."""
    (first,) = open_grant.grant.accounts
    second = replace(first, id=OTHER, clusters=(cluster("api"),))
    (facts,) = facts_of("api", AuthMode.API).values()
    place = Place(OTHER, "eu-central-1", "api")
    sites.facts[place] = replace(facts, place=place)
    return replace(open_grant, grant=replace(open_grant.grant, accounts=(first, second)))


def apply(open_grant: OpenGrant) -> None:
    assert apply_plan(open_grant, make_plan(open_grant)).is_complete


def remove(open_grant: OpenGrant) -> Offboarded:
    done = offboard(open_grant, plan_offboarding(open_grant))
    assert done.is_complete
    forget_what_is_gone(open_grant, done)
    return done


def places(sites: MemorySites) -> set[Place]:
    return {address.place for address in sites.objects}


def test_apply_changes_only_the_accounts_that_are_included(two_accounts: OpenGrant, sites: MemorySites) -> None:
    sites.broken.add((Realm.IAM, Place(ACCOUNT)))
    targeted = targeting(two_accounts, ["4444*"], ())
    planned = make_plan(targeted, look=Look.EVERYWHERE)
    assert planned.plan.left_out == (Place(ACCOUNT),)
    apply(targeted)
    assert places(sites) == {Place(OTHER), Place(OTHER, "eu-central-1", "api")}
    assert make_plan(targeted).plan.is_clean
    assert {one.place.account for one in status_of(targeted, planned)} == {OTHER}


def test_apply_of_a_cluster_creates_the_principal_with_its_whole_policy_and_no_role_for_terraform(
    open_grant: OpenGrant, sites: MemorySites
) -> None:
    targeted = targeting(open_grant, (), ["api"])
    apply(targeted)
    assert places(sites) == {Place(ACCOUNT), API}
    in_account = {address.kind: observed for address, observed in sites.objects.items() if not address.place.cluster}
    assert in_account.keys() == {Kind.MANAGED_POLICY, Kind.USER, Kind.ACCESS_KEY}
    policy = in_account[Kind.MANAGED_POLICY].object
    assert isinstance(policy, ManagedPolicy)
    assert "cluster/both" in str(policy.document)
    assert make_plan(targeted).plan.is_clean
    assert not make_plan(open_grant).plan.is_clean


def test_a_cluster_that_is_not_included_need_not_be_readable(open_grant: OpenGrant, sites: MemorySites) -> None:
    del sites.facts[BOTH]
    plan = make_plan(targeting(open_grant, (), ["api"]), look=Look.EVERYWHERE).plan
    assert not plan.unreadable
    assert {str(where) for where in plan.left_out} == {str(BOTH), str(MAP), f"{ACCOUNT}/role/{S3_ROLE.name}"}


def test_roles_that_are_not_included_are_neither_removed_nor_given_other_external_ids(
    open_grant: OpenGrant, sites: MemorySites
) -> None:
    apply(open_grant)
    key = (str(ACCOUNT), S3_ROLE.name)
    changing = RoleIds("a-new-id-of-enough-length", ("an-old-id-of-enough-length",), Stage.CHANGING)
    open_grant.store.keep(open_grant.grant.name, {key: changing})
    narrower = replace(open_grant.grant, accounts=tuple(replace(one, roles=()) for one in open_grant.grant.accounts))
    without_role = targeting(replace(open_grant, grant=narrower), (), ["api"])
    assert not [change for change in make_plan(without_role).plan if change.action is ChangeAction.DELETE]
    apply(targeting(open_grant, (), ["api"]))
    assert open_grant.store.external_ids(open_grant.grant.name)[key] == changing


def test_what_was_removed_from_the_grant_is_deleted_only_where_it_is_included(
    open_grant: OpenGrant, sites: MemorySites
) -> None:
    apply(open_grant)
    (account,) = open_grant.grant.accounts
    narrower = replace(open_grant.grant, accounts=(replace(account, clusters=account.clusters[:1]),))
    changed = replace(open_grant, grant=narrower)
    plan = make_plan(targeting(changed, (), ["both"])).plan
    deleted = {change.address.place for change in plan if change.action is ChangeAction.DELETE}
    assert deleted == {BOTH}
    assert MAP in plan.left_out


def test_verify_makes_only_the_checks_of_what_is_included(open_grant: OpenGrant) -> None:
    targeted = targeting(open_grant, (), ["api"])
    answers = verify_grant(targeted, make_plan(targeted), PlatformCaller())
    asked = " ".join(one.probe.asked for one in answers)
    assert "api" in asked
    assert not any(name in asked for name in ("both", "map", S3_ROLE.name))


def test_offboarding_of_an_account_keeps_the_others_and_their_records(
    two_accounts: OpenGrant, sites: MemorySites
) -> None:
    apply(two_accounts)
    name = two_accounts.grant.name
    two_accounts.store.remember_file(name, "grant.yaml")
    done = remove(targeting(two_accounts, [OTHER], ()))
    assert {place.account for place in places(sites)} == {ACCOUNT}
    assert evidence(two_accounts, done)["not_included"] == [ACCOUNT]
    assert two_accounts.store.file_of(name) == "grant.yaml"
    assert {address.place.account for address in two_accounts.store.made(name)} == {ACCOUNT}
    assert {place.account for _, place in two_accounts.store.touched(name)} == {ACCOUNT}
    first = targeting(two_accounts, [ACCOUNT], ())
    assert make_plan(first).plan.is_clean, "the marks of the first account are still verified"


def test_offboarding_of_a_cluster_keeps_the_principal(open_grant: OpenGrant, sites: MemorySites) -> None:
    apply(open_grant)
    remove(targeting(open_grant, (), ["map"]))
    assert places(sites) == {Place(ACCOUNT), API, BOTH}
    kinds = {address.kind for address in open_grant.store.made(open_grant.grant.name) if not address.place.cluster}
    assert Kind.USER in kinds


def test_offboarding_of_a_cluster_keeps_the_pending_removals_of_others(
    open_grant: OpenGrant, sites: MemorySites
) -> None:
    apply(open_grant)
    plan = plan_offboarding(open_grant)
    pending = PendingRemovals(open_grant.settings.evidence / f"{open_grant.grant.name}.begun.json")
    pending.begin(removals_of(plan, open_grant.clock.now()))
    done = remove(targeting(open_grant, (), ["map"]))
    assert not done.earlier, "objects elsewhere were not looked at, so they are not reported as removed"
    left = {removal.what.split("/")[2] for removal in pending.begin(()) if removal.what.count("/") > 2}
    assert {"api", "both"} <= left
    assert "map" not in left


def test_a_marked_object_in_the_account_is_not_reported_for_a_cluster(
    open_grant: OpenGrant, sites: MemorySites
) -> None:
    apply(open_grant)
    marked = next(one for one in sites.objects.values() if isinstance(one.object, Role))
    assert isinstance(marked.object, Role)
    stray = replace(marked.object, name="humanitec-left-over")
    sites.put(stray, Observed(stray, marked.mark, unique_id="x"))
    assert stray.address in {change.address for change in make_plan(open_grant).plan}
    assert stray.address not in {change.address for change in make_plan(targeting(open_grant, (), ["api"])).plan}

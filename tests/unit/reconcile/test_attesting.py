"""A mark can be set by whoever may tag: what it says is held against what the store knows."""

from dataclasses import replace

import pytest

from leastway.estate import (
    AccessEntry,
    AccessKey,
    AccessPolicy,
    AwsAuthMapping,
    ClusterTag,
    Estate,
    EstateObject,
    Mark,
    Observed,
    Owner,
    RbacBinding,
)
from leastway.ports import Observation
from leastway.reconcile import Change, ChangeAction, Made, Plan, diff
from tests.unit.reconcile.conftest import ACCOUNT, CLUSTER, ENTRY, POLICY, ROLE, USER, VIEW, document

OURS = Mark("acme")
TAG = ClusterTag(CLUSTER, "Humanitec", "true")
KEY = AccessKey(ACCOUNT, "humanitec")
ASSOCIATED = AccessPolicy(CLUSTER, USER.arn, VIEW)
BINDING = RbacBinding(CLUSTER, "shop", "deployer", "deployer", False, "deployer")
MAPPING = AwsAuthMapping(CLUSTER, USER.arn, "humanitec", frozenset({"humanitec"}))
OWN = (POLICY, USER, ROLE, TAG, ENTRY, BINDING, MAPPING)

each = pytest.mark.parametrize("one", OWN, ids=lambda one: one.kind.value)


def plan_of(*wanted: EstateObject, found: list[Observed], made: Made) -> Plan:
    observation = Observation({one.object.address: one for one in found})
    return diff(Estate.of("acme", wanted), observation, made=made)


def only(plan: Plan) -> Change:
    (change,) = plan
    return change


@each
def test_what_leastway_made_is_removed(one: EstateObject) -> None:
    for known in ("id-1", ""):  # "": about to be made when a run was killed, or a kind without an id
        plan = plan_of(found=[Observed(one, OURS, unique_id="id-1")], made=Made({one.address: known}))
        assert only(plan).action is ChangeAction.DELETE


@each
@pytest.mark.parametrize(
    ("known", "why"),
    [
        (None, "leastway's store does not know that leastway made it"),
        ("id-0", "is not the one that leastway made: that was id-0, and this is id-1"),
    ],
    ids=["unknown", "made anew"],
)
def test_what_carries_the_mark_alone_is_left_until_a_person_believes_it(
    one: EstateObject, known: str | None, why: str
) -> None:
    ids = {} if known is None else {one.address: known}
    found = [Observed(one, OURS, unique_id="id-1")]
    change = only(plan_of(found=found, made=Made(ids)))
    assert (change.action, change.consent) == (ChangeAction.BLOCKED, "--trust-marks")
    assert why in change.reason
    assert "--trust-marks" in change.fix
    assert only(plan_of(found=found, made=Made(ids, trusted=True))).action is ChangeAction.DELETE


@pytest.mark.parametrize(("part", "whole"), [(KEY, USER), (ASSOCIATED, ENTRY)], ids=["key", "access policy"])
def test_a_part_is_believed_as_its_whole_is(part: EstateObject, whole: EstateObject) -> None:
    found = [Observed(part, OURS, unique_id="part"), Observed(whole, OURS, unique_id="id-1")]
    for known, fate in (("id-1", ChangeAction.DELETE), ("id-0", ChangeAction.BLOCKED), (None, ChangeAction.BLOCKED)):
        ids = {} if known is None else {whole.address: known}
        assert {change.action for change in plan_of(found=found, made=Made(ids))} == {fate}


def test_what_is_wanted_and_as_meant_stays_whoever_made_it() -> None:
    for one in OWN:
        plan = plan_of(one, found=[Observed(one, OURS)], made=Made({}))
        assert only(plan).action is ChangeAction.NONE
        assert plan.is_clean


def test_what_is_wanted_and_differs_is_taken_over_as_if_it_had_no_mark() -> None:
    live = replace(POLICY, document=document("s3:*"))
    change = only(plan_of(POLICY, found=[Observed(live, OURS)], made=Made({})))
    assert change.action is ChangeAction.ADOPT
    assert "leastway's store does not know that leastway made it" in change.reason
    assert (
        only(plan_of(POLICY, found=[Observed(live, OURS)], made=Made({POLICY.address: ""}))).action
        is ChangeAction.UPDATE
    )


def test_a_mark_that_is_not_believed_does_not_take_an_object_from_its_owner() -> None:
    live = Observed(replace(ROLE, max_session=7200), OURS, Owner("Terraform", ""), "AROA1")
    foreign = only(plan_of(ROLE, found=[live], made=Made({})))
    assert foreign.action is ChangeAction.FOREIGN
    assert "leastway's store does not know that leastway made it; max_session differ" in foreign.reason
    assert only(plan_of(ROLE, found=[live], made=Made({ROLE.address: "AROA0"}))).action is ChangeAction.FOREIGN
    assert only(plan_of(ROLE, found=[live], made=Made({ROLE.address: "AROA1"}))).action is ChangeAction.UPDATE
    assert only(plan_of(ROLE, found=[live], made=Made({}, trusted=True))).action is ChangeAction.UPDATE


def test_a_policy_that_a_tools_user_uses_is_the_tools_though_somebody_marked_it() -> None:
    stack = Owner("CloudFormation", "onboarding")
    found = [
        Observed(replace(POLICY, document=document("s3:*")), OURS, unique_id="ANPA1"),
        Observed(USER, OURS, stack, "AIDA1"),
    ]
    for known, fate in (
        ({}, ChangeAction.FOREIGN),
        ({USER.address: "AIDA1"}, ChangeAction.ADOPT),  # the user was taken over, and what it uses is nobody's
        ({POLICY.address: "ANPA1"}, ChangeAction.UPDATE),
    ):
        assert plan_of(POLICY, USER, found=found, made=Made(known)).changes[0].action is fate


def test_a_binding_of_another_role_is_made_anew_only_where_it_is_known() -> None:
    found = [Observed(replace(BINDING, role="admin"), OURS, unique_id="uid-1")]
    assert only(plan_of(BINDING, found=found, made=Made({}))).action is ChangeAction.BLOCKED
    assert only(plan_of(BINDING, found=found, made=Made({BINDING.address: "uid-1"}))).action is ChangeAction.REPLACE


def test_a_policy_on_an_entry_that_is_taken_over_goes_though_the_store_is_new() -> None:
    found = [Observed(ENTRY, OURS, unique_id="entry"), Observed(ASSOCIATED, OURS)]
    fates = {change.address: change.action for change in plan_of(ENTRY, found=found, made=Made({}))}
    assert fates == {ENTRY.address: ChangeAction.NONE, ASSOCIATED.address: ChangeAction.DELETE}


def test_an_entry_of_a_principal_that_was_made_anew_is_replaced_though_the_store_is_new() -> None:
    entry = Observed(AccessEntry(CLUSTER, USER.arn), Mark("acme", "AIDA0"), unique_id="entry")
    plan = plan_of(USER, ENTRY, found=[entry, Observed(USER, OURS, unique_id="AIDA1")], made=Made({}))
    assert [change.action for change in plan] == [ChangeAction.NONE, ChangeAction.REPLACE]

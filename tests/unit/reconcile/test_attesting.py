"""Anyone who can tag can set a mark, so it is verified against the store."""

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
from leastway.reconcile import Change, ChangeAction, CreationRecords, Plan, diff
from tests.unit.reconcile.conftest import ACCOUNT, CLUSTER, ENTRY, POLICY, ROLE, USER, VIEW, document

OURS = Mark("acme")
TAG = ClusterTag(CLUSTER, "Humanitec", "true")
KEY = AccessKey(ACCOUNT, "humanitec")
ASSOCIATED = AccessPolicy(CLUSTER, USER.arn, VIEW)
BINDING = RbacBinding(CLUSTER, "shop", "deployer", "deployer", False, "deployer")
MAPPING = AwsAuthMapping(CLUSTER, USER.arn, "humanitec", frozenset({"humanitec"}))
OWN = (POLICY, USER, ROLE, TAG, ENTRY, BINDING, MAPPING)

each = pytest.mark.parametrize("one", OWN, ids=lambda one: one.kind.value)


def plan_of(*wanted: EstateObject, found: list[Observed], made: CreationRecords) -> Plan:
    observation = Observation({one.object.address: one for one in found})
    return diff(Estate.of("acme", wanted), observation, made=made)


def only(plan: Plan) -> Change:
    (change,) = plan
    return change


@each
def test_object_that_leastway_created_is_deleted(one: EstateObject) -> None:
    for known in ("id-1", ""):  # "": a run was killed while it created the object, or the kind has no id
        plan = plan_of(found=[Observed(one, OURS, unique_id="id-1")], made=CreationRecords({one.address: known}))
        assert only(plan).action is ChangeAction.DELETE


@each
@pytest.mark.parametrize(
    ("known", "why"),
    [
        (None, "leastway's store has no record of it"),
        ("id-0", "is not the object that leastway created: that was id-0, this is id-1"),
    ],
    ids=["no record", "recreated"],
)
def test_object_with_an_unverified_mark_is_kept_until_marks_are_trusted(
    one: EstateObject, known: str | None, why: str
) -> None:
    ids = {} if known is None else {one.address: known}
    found = [Observed(one, OURS, unique_id="id-1")]
    change = only(plan_of(found=found, made=CreationRecords(ids)))
    assert (change.action, change.consent) == (ChangeAction.BLOCKED, "--trust-marks")
    assert why in change.reason
    assert "--trust-marks" in change.fix
    assert only(plan_of(found=found, made=CreationRecords(ids, trusted=True))).action is ChangeAction.DELETE


@pytest.mark.parametrize(("part", "whole"), [(KEY, USER), (ASSOCIATED, ENTRY)], ids=["key", "access policy"])
def test_key_or_access_policy_is_verified_by_the_record_of_its_user_or_entry(
    part: EstateObject, whole: EstateObject
) -> None:
    found = [Observed(part, OURS, unique_id="part"), Observed(whole, OURS, unique_id="id-1")]
    for known, fate in (("id-1", ChangeAction.DELETE), ("id-0", ChangeAction.BLOCKED), (None, ChangeAction.BLOCKED)):
        ids = {} if known is None else {whole.address: known}
        assert {change.action for change in plan_of(found=found, made=CreationRecords(ids))} == {fate}


def test_matching_object_is_kept_without_a_record() -> None:
    for one in OWN:
        plan = plan_of(one, found=[Observed(one, OURS)], made=CreationRecords({}))
        assert only(plan).action is ChangeAction.NONE
        assert plan.is_clean


def test_differing_object_with_an_unverified_mark_is_adopted() -> None:
    live = replace(POLICY, document=document("s3:*"))
    change = only(plan_of(POLICY, found=[Observed(live, OURS)], made=CreationRecords({})))
    assert change.action is ChangeAction.ADOPT
    assert "leastway's store has no record of it" in change.reason
    assert (
        only(plan_of(POLICY, found=[Observed(live, OURS)], made=CreationRecords({POLICY.address: ""}))).action
        is ChangeAction.UPDATE
    )


def test_unverified_mark_does_not_override_the_owner_tag() -> None:
    live = Observed(replace(ROLE, max_session=7200), OURS, Owner("Terraform", ""), "AROA1")
    foreign = only(plan_of(ROLE, found=[live], made=CreationRecords({})))
    assert foreign.action is ChangeAction.FOREIGN
    assert "leastway's store has no record of it; it differs in max_session" in foreign.reason
    assert (
        only(plan_of(ROLE, found=[live], made=CreationRecords({ROLE.address: "AROA0"}))).action is ChangeAction.FOREIGN
    )
    assert (
        only(plan_of(ROLE, found=[live], made=CreationRecords({ROLE.address: "AROA1"}))).action is ChangeAction.UPDATE
    )
    assert only(plan_of(ROLE, found=[live], made=CreationRecords({}, trusted=True))).action is ChangeAction.UPDATE


def test_policy_used_by_a_tools_user_belongs_to_the_tool_despite_an_unverified_mark() -> None:
    stack = Owner("CloudFormation", "onboarding")
    found = [
        Observed(replace(POLICY, document=document("s3:*")), OURS, unique_id="ANPA1"),
        Observed(USER, OURS, stack, "AIDA1"),
    ]
    for known, fate in (
        ({}, ChangeAction.FOREIGN),
        ({USER.address: "AIDA1"}, ChangeAction.ADOPT),  # the user was adopted, so the policy that it uses has no owner
        ({POLICY.address: "ANPA1"}, ChangeAction.UPDATE),
    ):
        assert plan_of(POLICY, USER, found=found, made=CreationRecords(known)).changes[0].action is fate


def test_binding_to_another_role_is_replaced_only_when_its_mark_is_verified() -> None:
    found = [Observed(replace(BINDING, role="admin"), OURS, unique_id="uid-1")]
    assert only(plan_of(BINDING, found=found, made=CreationRecords({}))).action is ChangeAction.BLOCKED
    assert (
        only(plan_of(BINDING, found=found, made=CreationRecords({BINDING.address: "uid-1"}))).action
        is ChangeAction.REPLACE
    )


def test_policy_of_an_adopted_entry_is_deleted_even_with_an_empty_store() -> None:
    found = [Observed(ENTRY, OURS, unique_id="entry"), Observed(ASSOCIATED, OURS)]
    fates = {change.address: change.action for change in plan_of(ENTRY, found=found, made=CreationRecords({}))}
    assert fates == {ENTRY.address: ChangeAction.NONE, ASSOCIATED.address: ChangeAction.DELETE}


def test_entry_of_a_recreated_principal_is_replaced_even_with_an_empty_store() -> None:
    entry = Observed(AccessEntry(CLUSTER, USER.arn), Mark("acme", "AIDA0"), unique_id="entry")
    plan = plan_of(USER, ENTRY, found=[entry, Observed(USER, OURS, unique_id="AIDA1")], made=CreationRecords({}))
    assert [change.action for change in plan] == [ChangeAction.NONE, ChangeAction.REPLACE]

"""Facts in, changes out: every row of the decision table in the docstring of `diff`."""

from dataclasses import replace

import pytest

from leastway.estate import (
    AccessKey,
    AccessPolicy,
    Address,
    AwsAuthMapping,
    ClusterTag,
    Estate,
    EstateObject,
    Kind,
    Mark,
    Observed,
    Obstacle,
    Owner,
    Place,
    RbacBinding,
    RbacRole,
    Role,
    Unreadable,
    Use,
)
from leastway.policy import Document
from leastway.ports import Observation
from leastway.rbac import RbacRule
from leastway.reconcile import Change, ChangeAction, Plan, diff, differences
from tests.unit.reconcile.conftest import ACCOUNT, CLUSTER, ENTRY, OBJECTS, POLICY, ROLE, USER, VIEW, document, trust

OURS = Mark("acme")
KEY = AccessKey(ACCOUNT, "humanitec")


def seen(*observed: Observed) -> Observation:
    return Observation({one.object.address: one for one in observed})


def plan_of(*wanted: EstateObject, observation: Observation, adopt: bool = False) -> Plan:
    return diff(Estate.of("acme", wanted), observation, adopt=adopt)


def only(plan: Plan) -> Change:
    (change,) = plan
    return change


def test_absent_objects_are_created_in_creation_order(estate: Estate) -> None:
    plan = diff(estate, Observation())
    assert [change.action for change in plan] == [ChangeAction.CREATE] * len(OBJECTS)
    assert [change.address.kind for change in plan if not change.address.place.cluster] == [
        Kind.MANAGED_POLICY,
        Kind.USER,
        Kind.ROLE,
        Kind.ACCESS_KEY,
    ]


STACK = Owner("CloudFormation", "onboarding")
TYPED = replace(ENTRY, type="EC2_LINUX")
POLICIES = AccessPolicy(CLUSTER, USER.arn, VIEW)
DEPLOYER = RbacRole(CLUSTER, "shop", "deployer", (RbacRule(("",), ("pods",), ("get",)),))
BINDING = RbacBinding(CLUSTER, "shop", "deployer", "deployer", False, "deployer")


@pytest.mark.parametrize(
    ("live", "wanted", "why"),
    [
        (Observed(ENTRY, Mark("globex")), POLICIES, "it carries the mark of the grant 'globex'"),
        (Observed(TYPED, OURS), POLICIES, "its type cannot be changed"),
        (
            Observed(replace(ENTRY, groups=frozenset({"x"})), owner=STACK),
            POLICIES,
            "CloudFormation (onboarding) owns it",
        ),
        (Observed(ENTRY, owner=STACK), POLICIES, "CloudFormation (onboarding) owns it"),
        (Observed(USER, Mark("globex")), KEY, "it carries the mark of the grant 'globex'"),
        (Observed(USER, owner=STACK), KEY, "CloudFormation (onboarding) owns it"),
        (Observed(POLICY, Mark("globex")), USER, "it carries the mark of the grant 'globex'"),
        (Observed(replace(POLICY, path="/x/")), USER, "its path cannot be changed"),
        (Observed(replace(POLICY, document=document("s3:*")), owner=STACK), USER, "it differs in document"),
        (Observed(USER, Mark("globex")), ROLE, "it would give access to the user humanitec"),
        (Observed(DEPLOYER, Mark("globex")), BINDING, "it carries the mark of the grant 'globex'"),
        (Observed(replace(DEPLOYER, rules=()), owner=STACK), BINDING, "it differs in rules"),
    ],
    ids=lambda one: type(one).__name__ if not isinstance(one, Observed | str) else None,
)
def test_change_is_blocked_for_the_same_reason_as_the_object_it_needs(
    live: Observed, wanted: EstateObject, why: str
) -> None:
    ground = next(one for one in (*OBJECTS, DEPLOYER, ENTRY) if one.address == live.object.address)
    plan = plan_of(ground, wanted, observation=seen(live))
    change = next(change for change in plan if change.address == wanted.address)
    assert change.action is ChangeAction.BLOCKED
    assert why in change.reason
    assert change.fix
    assert not plan.writes


@pytest.mark.parametrize(("unread", "dependent"), [(ENTRY, POLICIES), (USER, KEY), (POLICY, USER), (DEPLOYER, BINDING)])
def test_change_is_blocked_when_an_object_it_needs_could_not_be_read(
    unread: EstateObject, dependent: EstateObject
) -> None:
    observation = Observation(unreadable=(Unreadable(unread.address, "access denied"),))
    plan = plan_of(unread, dependent, observation=observation)
    assert {change.address: change.action for change in plan} == {
        unread.address: ChangeAction.UNKNOWN,
        dependent.address: ChangeAction.BLOCKED,
    }


def test_user_is_adopted_when_a_blocked_policy_is_already_attached() -> None:
    observation = seen(
        Observed(replace(POLICY, document=document("s3:*")), Mark("globex")), Observed(replace(USER, inline=()))
    )
    plan = plan_of(POLICY, USER, observation=observation)
    assert [change.action for change in plan] == [ChangeAction.BLOCKED, ChangeAction.ADOPT]


def test_policy_used_by_a_user_of_a_stack_belongs_to_the_stack() -> None:
    used_by = (Use("user", "humanitec", owner=STACK),)
    found = Observed(replace(POLICY, document=document("s3:*")), used_by=used_by)
    plan = plan_of(POLICY, observation=seen(found))
    change = only(plan)
    assert change.action is ChangeAction.FOREIGN
    assert change.reason.startswith("CloudFormation (onboarding) owns it (by its user humanitec)")
    assert only(plan_of(POLICY, observation=seen(found), adopt=True)).action is ChangeAction.ADOPT


@pytest.mark.parametrize(
    ("found", "fate"),
    [
        (Observed(POLICY, used_by=(Use("user", "humanitec"), Use("group", "all"))), ChangeAction.ADOPT),
        (Observed(POLICY, used_by=(Use("user", "humanitec", OURS, STACK),)), ChangeAction.ADOPT),
        (Observed(POLICY, OURS, used_by=(Use("role", "x", owner=STACK),)), ChangeAction.NONE),
        (Observed(POLICY, used_by=(Use("user", "humanitec"), Use("role", "x", owner=STACK))), ChangeAction.FOREIGN),
    ],
    ids=["no owner", "adopted", "ours", "one of several"],
)
def test_policy_is_foreign_when_a_foreign_principal_uses_it(found: Observed, fate: ChangeAction) -> None:
    assert only(plan_of(POLICY, observation=seen(found))).action is fate


def test_deletion_of_a_policy_is_blocked_and_its_users_are_named() -> None:
    used = Observed(POLICY, OURS, used_by=(Use("user", "humanitec"), Use("role", "jobs"), Use("group", "all")))
    change = only(plan_of(observation=seen(used)))
    assert change.action is ChangeAction.BLOCKED
    assert change.reason == "it is still used by user humanitec, role jobs, group all"
    assert f"aws iam untag-policy --policy-arn {POLICY.arn} --tag-keys leastway:grant" in change.fix


def test_policy_is_deleted_together_with_its_user() -> None:
    used = Observed(POLICY, OURS, used_by=(Use("user", "humanitec", OURS),))
    plan = plan_of(observation=seen(used, Observed(USER, OURS)))
    assert {change.action for change in plan} == {ChangeAction.DELETE}


def test_policy_is_deleted_when_its_user_gets_another_one() -> None:
    other = replace(POLICY, name="HumanitecTwo")
    user = replace(USER, policies=frozenset({other.arn}), boundary=other.arn)
    used = Observed(POLICY, OURS, used_by=(Use("user", "humanitec", OURS),))
    plan = plan_of(other, user, observation=seen(used, Observed(USER, OURS)))
    assert [change.action for change in plan] == [ChangeAction.DELETE, ChangeAction.CREATE, ChangeAction.UPDATE]


def test_deletion_of_a_role_in_an_instance_profile_is_blocked() -> None:
    used = Observed(ROLE, OURS, used_by=(Use("instance profile", "web"),))
    change = only(plan_of(observation=seen(used)))
    assert (change.action, change.reason) == (ChangeAction.BLOCKED, "it is still used by instance profile web")


def test_object_with_an_obstacle_and_its_dependents_are_blocked() -> None:
    obstacle = Obstacle(DEPLOYER.address, "namespace 'shop' does not exist", "create it first")
    plan = plan_of(DEPLOYER, BINDING, observation=Observation(obstacles=(obstacle,)))
    assert [(change.action, change.fix) for change in plan] == [(ChangeAction.BLOCKED, "create it first")] * 2
    assert "namespace 'shop' does not exist" in plan.changes[1].reason
    there = Observation({DEPLOYER.address: Observed(DEPLOYER, OURS)}, obstacles=(obstacle,))
    assert only(plan_of(DEPLOYER, observation=there)).action is ChangeAction.NONE


def test_unreadable_object_is_unknown_and_not_absent() -> None:
    problem = Unreadable(ROLE.address, "access denied", "allow iam:GetRole")
    change = only(plan_of(ROLE, observation=Observation(unreadable=(problem,))))
    assert (change.action, change.reason, change.fix) == (ChangeAction.UNKNOWN, "access denied", "allow iam:GetRole")


@pytest.mark.parametrize(
    ("observation", "why"),
    [
        (
            Observation(unreadable=(Unreadable(USER.address, "access denied", "allow iam:GetUser"),)),
            "its owner is unknown",
        ),
        (seen(Observed(USER, Mark("globex"))), "stays as it is: it carries the mark of the grant 'globex'"),
        (seen(Observed(replace(USER, path="/other/"))), "stays as it is: its path cannot be changed"),
    ],
    ids=["unreadable", "another grant", "blocked"],
)
def test_access_is_blocked_when_the_principal_is_uncertain(observation: Observation, why: str) -> None:
    mapping = AwsAuthMapping(CLUSTER._replace(cluster="legacy"), USER.arn, "humanitec", frozenset({"humanitec"}))
    policy = AccessPolicy(CLUSTER, USER.arn, VIEW)
    tag = ClusterTag(CLUSTER, "Humanitec", "true")
    plan = plan_of(USER, ENTRY, policy, mapping, tag, observation=observation)
    fates = {change.address: change for change in plan}
    for one in (ENTRY, policy, mapping):
        assert fates[one.address].action is ChangeAction.BLOCKED
        assert why in fates[one.address].reason
        assert fates[one.address].fix == fates[USER.address].fix
    assert [change.address for change in plan.writes] == [tag.address]


@pytest.mark.parametrize(
    ("live", "fate"),
    [
        (ROLE, ChangeAction.CREATE),
        (replace(ROLE, description="of the stack", max_session=7200), ChangeAction.CREATE),
        (replace(ROLE, trust=trust(f"arn:aws:iam::{ACCOUNT}:user/jane")), ChangeAction.BLOCKED),
    ],
    ids=["matches", "another description", "another trust"],
)
def test_foreign_role_gets_access_only_when_its_trust_policy_matches(live: Role, fate: ChangeAction) -> None:
    entry = replace(ENTRY, principal=ROLE.arn)
    plan = plan_of(ROLE, entry, observation=seen(Observed(live, owner=Owner("CloudFormation", "onboarding"))))
    fates = {change.address: change.action for change in plan}
    assert fates == {ROLE.address: ChangeAction.FOREIGN, entry.address: fate}


def test_matching_entry_of_an_unreadable_principal_is_kept() -> None:
    unread = Observation({ENTRY.address: Observed(ENTRY, OURS)}, (Unreadable(USER.address, "access denied"),))
    assert {c.address: c.action for c in plan_of(USER, ENTRY, observation=unread)} == {
        USER.address: ChangeAction.UNKNOWN,
        ENTRY.address: ChangeAction.NONE,
    }


def test_all_objects_of_an_unreadable_place_are_unknown() -> None:
    plan = plan_of(ENTRY, ROLE, observation=Observation(unreadable=(Unreadable(CLUSTER, "not reachable"),)))
    assert {change.address.kind: change.action for change in plan} == {
        Kind.ROLE: ChangeAction.CREATE,
        Kind.ACCESS_ENTRY: ChangeAction.UNKNOWN,
    }
    assert not plan.is_clean


def test_no_op_has_a_reason() -> None:
    change = only(plan_of(ROLE, observation=seen(Observed(ROLE, OURS))))
    assert (change.action, change.reason) == (ChangeAction.NONE, "it matches the grant")


def test_policies_that_mean_the_same_do_not_differ() -> None:
    live = replace(POLICY, document=document("EKS:describecluster"))
    assert only(plan_of(POLICY, observation=seen(Observed(live, OURS)))).action is ChangeAction.NONE


def test_differing_fields_are_listed_in_an_update() -> None:
    live = replace(ROLE, max_session=7200, inline=(("old", document("s3:*")),))
    change = only(plan_of(ROLE, observation=seen(Observed(live, OURS))))
    assert change.action is ChangeAction.UPDATE
    assert [difference.field for difference in change.differences] == [
        "inline policy old",
        "inline policy s3",
        "max_session",
    ]


def test_object_with_the_mark_of_another_grant_is_blocked() -> None:
    change = only(plan_of(ROLE, observation=seen(Observed(ROLE, Mark("other")))))
    assert change.action is ChangeAction.BLOCKED
    assert "'other'" in change.reason
    assert change.fix


@pytest.mark.parametrize(
    ("live", "mark"), [(replace(ROLE, path="/team/"), OURS), (replace(ENTRY, type="EC2_LINUX"), None)]
)
def test_difference_in_a_fixed_field_blocks(live: EstateObject, mark: Mark | None) -> None:
    wanted = ROLE if live.kind is Kind.ROLE else ENTRY
    assert only(plan_of(wanted, observation=seen(Observed(live, mark)))).action is ChangeAction.BLOCKED


def test_object_without_an_owner_is_adopted_and_its_differences_are_named() -> None:
    live = replace(USER, policies=frozenset())
    change = only(plan_of(USER, observation=seen(Observed(live))))
    assert change.action is ChangeAction.ADOPT
    assert "it already exists and differs in policies" in change.reason
    assert only(plan_of(USER, observation=seen(Observed(USER)))).action is ChangeAction.ADOPT


def test_foreign_object_is_changed_only_with_adopt() -> None:
    live = Observed(replace(ROLE, max_session=7200), owner=Owner("CloudFormation", "onboarding"))
    left_alone = plan_of(ROLE, observation=seen(live))
    assert only(left_alone).action is ChangeAction.FOREIGN
    assert "--adopt" in only(left_alone).fix
    assert not left_alone.is_clean
    adopted = only(plan_of(ROLE, observation=seen(live), adopt=True))
    assert adopted.action is ChangeAction.ADOPT
    assert "CloudFormation (onboarding) will report drift" in adopted.reason


def test_plan_is_clean_when_a_foreign_object_matches() -> None:
    assert plan_of(ROLE, observation=seen(Observed(ROLE, owner=Owner("Terraform", "")))).is_clean


def test_only_objects_with_the_mark_of_the_grant_are_deleted() -> None:
    other = replace(ROLE, name="humanitec-other")
    stranger = replace(ROLE, name="humanitec-stranger")
    observation = seen(Observed(ROLE, OURS), Observed(other, Mark("other")), Observed(stranger))
    assert {c.address for c in plan_of(observation=observation).writes} == {ROLE.address}


def test_excess_access_of_others_is_reported_as_stray_and_kept() -> None:
    binding = RbacBinding(CLUSTER, "", "humanitec-admin", "cluster-admin", True, "humanitec")
    plan = plan_of(observation=seen(Observed(binding)))
    assert only(plan).action is ChangeAction.STRAY
    assert not plan.writes
    assert not plan.is_clean


def test_mapping_hidden_by_an_access_entry_is_reported_with_its_groups() -> None:
    mapping = AwsAuthMapping(CLUSTER, USER.arn, "jane", frozenset({"system:masters"}))
    change = only(plan_of(observation=seen(Observed(mapping))))
    assert change.action is ChangeAction.STRAY
    assert change.reason == (
        "it maps the platform to system:masters whenever there is no access entry, and leastway did not create it"
    )
    assert "kube-system/aws-auth" in change.fix


def test_extra_policy_of_an_adopted_entry_is_deleted() -> None:
    admin = AccessPolicy(CLUSTER, USER.arn, VIEW.replace("View", "ClusterAdmin"))
    by_hand = seen(Observed(ENTRY), Observed(admin))
    assert {c.address.kind: c.action for c in plan_of(ENTRY, observation=by_hand)} == {
        Kind.ACCESS_ENTRY: ChangeAction.ADOPT,
        Kind.ACCESS_POLICY: ChangeAction.DELETE,
    }
    owner = Owner("CloudFormation", "onboarding")
    foreign = seen(Observed(ENTRY, owner=owner), Observed(admin, owner=owner))
    assert {c.address.kind: c.action for c in plan_of(ENTRY, observation=foreign)} == {
        Kind.ACCESS_ENTRY: ChangeAction.FOREIGN,
        Kind.ACCESS_POLICY: ChangeAction.STRAY,
    }


def test_entry_and_its_policies_are_replaced_when_the_principal_was_recreated() -> None:
    association = next(one for one in OBJECTS if one.kind is Kind.ACCESS_POLICY)
    observation = seen(
        Observed(USER, OURS, unique_id="AIDANEW"),
        Observed(ENTRY, Mark("acme", "AIDAOLD")),
        Observed(association, Mark("acme", "AIDAOLD")),
    )
    by_kind = {c.address.kind: c for c in plan_of(USER, ENTRY, association, observation=observation)}
    assert by_kind[Kind.ACCESS_ENTRY].action is ChangeAction.REPLACE
    assert "AIDAOLD" in by_kind[Kind.ACCESS_ENTRY].reason
    assert by_kind[Kind.ACCESS_POLICY].action is ChangeAction.CREATE


def test_entry_is_replaced_in_the_plan_that_recreates_its_principal() -> None:
    association = next(one for one in OBJECTS if one.kind is Kind.ACCESS_POLICY)
    left = (Observed(ENTRY, Mark("acme", "AIDAOLD")), Observed(association, Mark("acme", "AIDAOLD")))
    assert [(c.address.kind, c.action) for c in plan_of(USER, ENTRY, association, observation=seen(*left))] == [
        (Kind.USER, ChangeAction.CREATE),
        (Kind.ACCESS_ENTRY, ChangeAction.REPLACE),
        (Kind.ACCESS_POLICY, ChangeAction.CREATE),
    ]
    hidden = replace(seen(*left), unreadable=(Unreadable(USER.address, "not permitted"),))
    assert [c.action for c in plan_of(USER, ENTRY, association, observation=hidden)] == [
        ChangeAction.UNKNOWN,
        ChangeAction.NONE,
        ChangeAction.NONE,
    ]


def test_entry_is_kept_when_its_principal_is_the_same() -> None:
    observation = seen(Observed(USER, OURS, unique_id="AIDA1"), Observed(ENTRY, Mark("acme", "AIDA1")))
    assert [c.action for c in plan_of(USER, ENTRY, observation=observation)] == [ChangeAction.NONE, ChangeAction.NONE]


def test_address_list_is_widened_before_it_is_narrowed() -> None:
    live = replace(POLICY, document=document("eks:*", addresses=("192.0.2.1/32", "192.0.2.2/32")))
    wanted = replace(POLICY, document=document("eks:*", addresses=("192.0.2.2/32", "192.0.2.3/32")))
    change = only(plan_of(wanted, observation=seen(Observed(live, OURS))))
    between, last = change.stages
    assert last == wanted
    assert between == replace(
        POLICY, document=document("eks:*", addresses=("192.0.2.1/32", "192.0.2.2/32", "192.0.2.3/32"))
    )


def test_widened_list_includes_that_of_a_deleted_policy_with_another_name() -> None:
    def egress(*addresses: str) -> Document:
        return document("s3:*", addresses=addresses)

    live = replace(ROLE, inline=(("by-hand", egress("192.0.2.1/32", "192.0.2.2/32")),))
    wanted = replace(ROLE, inline=(("egress", egress("192.0.2.2/32", "192.0.2.3/32")),))
    change = only(plan_of(wanted, observation=seen(Observed(live))))
    between, last = change.stages
    assert last == wanted
    assert between == replace(ROLE, inline=(("egress", egress("192.0.2.1/32", "192.0.2.2/32", "192.0.2.3/32")),))


def test_address_list_that_only_grows_is_updated_in_one_step() -> None:
    live = replace(POLICY, document=document("eks:*", addresses=("192.0.2.1/32",)))
    wanted = replace(POLICY, document=document("eks:*", addresses=("192.0.2.1/32", "192.0.2.3/32")))
    assert only(plan_of(wanted, observation=seen(Observed(live, OURS)))).stages == (wanted,)


def test_object_address_is_shown_as_a_path() -> None:
    assert str(ROLE.address) == "111122223333/role/humanitec-s3"
    assert str(Address(Place(ACCOUNT, "eu-central-1", "prod"), Kind.CLUSTER_TAG, "Humanitec")) == (
        "111122223333/eu-central-1/prod/cluster-tag/Humanitec"
    )
    assert VIEW.endswith("AmazonEKSViewPolicy")


def test_rbac_roles_whose_rules_mean_the_same_do_not_differ() -> None:
    place = Place(ACCOUNT, "eu-central-1", "prod")
    both = (RbacRule(("",), ("pods", "services"), ("get", "list")),)
    apart = (RbacRule(("",), ("pods",), ("get", "list")), RbacRule(("",), ("services",), ("list", "get")))
    one, other = (RbacRole(place, "shop", "humanitec", rules) for rules in (both, apart))
    assert not differences(one, other)
    wider = RbacRole(place, "shop", "humanitec", (RbacRule(("",), ("pods",), ("*",)),))
    assert [each.field for each in differences(one, wider)] == ["rules"]

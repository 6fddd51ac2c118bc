"""The policies of docs/permissions.md are enough for each command, and necessary."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from leastway.aws import KeyPair
from leastway.errors import LeastwayError
from leastway.estate import Estate, Place, Realm, Watch, Way, Weight
from leastway.policy import PolicyKind, parse_policy, render_text
from leastway.ports import UserKeys
from leastway.primitives import Secret
from leastway.reconcile import (
    Applied,
    ChangeAction,
    Convergence,
    Outcome,
    Plan,
    Target,
    apply,
    asks,
    cut,
    diff,
    not_cut_yet,
    observe,
)
from tests.contract.live.world import (
    ACCOUNT,
    ASSOCIATION,
    CLUSTER_TAG,
    ENTRY,
    KEY,
    NODEGROUP_TAG,
    POLICY,
    PROD,
    ROLE,
    USER,
    AwsWorld,
    allowing,
    trusting,
)

pytestmark = pytest.mark.integration

PAGE = Path(__file__).parents[3] / "docs" / "permissions.md"
QUICK = Convergence(successes=1, interval=0.01, deadline=5)
HERE = replace(ROLE, path="/")
FIRST = (
    POLICY,
    USER,
    HERE,
    KEY,
    CLUSTER_TAG,
    NODEGROUP_TAG,
    replace(ENTRY, principal=HERE.arn),
    replace(ASSOCIATION, principal=HERE.arn),
)
SECOND = (
    replace(POLICY, document=allowing("eks:DescribeCluster", "eks:ListClusters")),
    USER,
    replace(
        HERE,
        trust=trusting("role/admin"),
        inline=(("other", allowing("s3:GetObject")),),
        policies=frozenset(),
        max_session=3600,
        description="another",
    ),
    KEY,
    CLUSTER_TAG,
    NODEGROUP_TAG,
    replace(ENTRY, principal=HERE.arn, groups=frozenset({"readers"})),
    replace(ASSOCIATION, principal=HERE.arn, namespaces=frozenset({"shop"})),
)


def policies() -> dict[str, str]:
    """Return the page's policies by heading."""
    parts = re.split(r"^## (.+)$", PAGE.read_text(), flags=re.MULTILINE)[1:]
    found = {
        heading: block
        for heading, text in zip(parts[::2], parts[1::2], strict=True)
        for block in re.findall(r"```json\n(.*?)```", text, flags=re.DOTALL)
    }
    assert found.keys() == {"Plan", "Apply", "Rotate", "Remove", "Revoke"}
    return found


def sites_with(aws: AwsWorld, *jobs: str) -> AwsWorld:
    """Return the world with the credentials of a user who has exactly the policies of `jobs`."""
    iam = aws.client("iam")
    name = "-".join(["engineer", *jobs])
    iam.create_user(UserName=name)
    for job in jobs:
        arn = iam.create_policy(PolicyName=f"{name}-{job}", PolicyDocument=policies()[job])["Policy"]["Arn"]
        iam.attach_user_policy(UserName=name, PolicyArn=arn)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return replace(aws, admin=KeyPair(key["AccessKeyId"], Secret(key["SecretAccessKey"])))


def plan(aws: AwsWorld, estate: Estate) -> Plan:
    observation = observe(aws.sites, estate.grant, asks(estate, [Place(ACCOUNT), PROD], []), workers=2)
    assert not observation.unreadable, observation.unreadable
    return diff(estate, observation)


def run(aws: AwsWorld, estate: Estate) -> Applied:
    return apply(plan(aws, estate), aws.sites, convergence=QUICK)


def test_the_first_policy_is_enough_for_planning_and_not_for_writing(aws: AwsWorld) -> None:
    planner = sites_with(aws, "Plan")
    estate = Estate.of("acme", FIRST)
    aws.writes()
    assert {change.action for change in plan(planner, estate)} == {ChangeAction.CREATE}
    assert not any(outcome.reason == "" for outcome in run(planner, estate).results)
    assert aws.writes() == []


def test_the_first_policy_is_enough_to_find_other_access(aws: AwsWorld) -> None:
    planner = sites_with(aws, "Plan")
    for one in FIRST:
        aws.by_hand(one)
    iam, eks = aws.client("iam"), aws.client("eks")
    iam.create_group(GroupName="ops")
    iam.put_group_policy(GroupName="ops", PolicyName="p", PolicyDocument=render_text(allowing("s3:*")))
    iam.attach_group_policy(GroupName="ops", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    iam.add_user_to_group(GroupName="ops", UserName=USER.name)
    iam.create_login_profile(UserName=USER.name, Password="correct-horse-1")
    robot = {"clusterName": "prod", "namespace": "shop", "serviceAccount": "robot"}
    eks.create_pod_identity_association(**robot, roleArn=HERE.arn)
    watch = Watch(
        "arn:aws:iam::767398028804:user/humanitec",
        frozenset({USER.arn, HERE.arn}),
        USER.name,
        ("humanitec",),
        frozenset({PROD}),
    )
    for realm, place, ways in (
        (Realm.IAM, Place(ACCOUNT), {Way.GROUP, Way.PASSWORD}),
        (Realm.EKS, PROD, {Way.POD_IDENTITY}),
    ):
        site = planner.sites.site(realm, place)
        objects = [one for one in FIRST if one.kind.realm is realm]
        other_access = site.other_access(watch, site.observe(objects, "acme"))
        assert {one.way for one in other_access.sightings} == ways
        assert not [one for one in other_access.sightings if one.weight is Weight.UNKNOWN]
        assert not other_access.unread


def test_the_first_two_policies_are_enough_for_applying_and_not_for_removing(aws: AwsWorld) -> None:
    engineer = sites_with(aws, "Plan", "Apply")
    for objects in (FIRST, SECOND):
        applied = run(engineer, Estate.of("acme", objects))
        assert applied.is_complete, [(str(one.change.address), one.reason) for one in applied.results if one.reason]
    nothing = Estate.of("acme", ())
    assert not run(engineer, nothing).is_complete
    assert {change.address for change in plan(engineer, nothing).writes} >= {POLICY.address, USER.address, HERE.address}


def test_the_policy_for_rotations_is_enough_and_the_one_for_planning_is_not(aws: AwsWorld) -> None:
    for one in (POLICY, USER):
        aws.by_hand(one)

    def keys_with(*jobs: str) -> UserKeys:
        aws.custody.intend(ACCOUNT, USER.name, frozenset())
        return sites_with(aws, *jobs).sites.user_keys(ACCOUNT, USER.name, aws.custody)

    with pytest.raises(LeastwayError, match="iam:CreateAccessKey"):
        keys_with("Plan").create()
    keys = keys_with("Plan", "Rotate")
    created = keys.create()
    assert [(key.id, key.is_active, key.last_used) for key in keys.all()] == [(created, True, None)]
    keys.activate(created, active=False)
    assert [key.is_active for key in keys.all()] == [False]
    keys.activate(created, active=True)
    keys.delete(created)
    keys.delete(created)
    assert keys.all() == ()


def test_all_three_policies_are_enough_for_the_whole_life(aws: AwsWorld) -> None:
    engineer = sites_with(aws, "Plan", "Apply", "Remove")
    for objects in (FIRST, SECOND, ()):
        applied = run(engineer, Estate.of("acme", objects))
        assert applied.is_complete, [(str(one.change.address), one.reason) for one in applied.results if one.reason]
    assert not plan(engineer, Estate.of("acme", ())).changes


def test_the_policies_for_planning_and_revoking_are_enough_to_revoke(aws: AwsWorld) -> None:
    assert run(aws, Estate.of("acme", FIRST)).is_complete
    engineer = sites_with(aws, "Plan", "Revoke")
    targets = [Target(USER.address), Target(HERE.address)]
    steps = cut(targets, engineer.sites, workers=1)
    assert [step.reason for step in steps if step.outcome is not Outcome.DONE] == []
    revoker = engineer.sites.revoker(ACCOUNT)
    assert [not_cut_yet(one.principal, revoker.state(one.principal)) for one in targets] == [None, None]
    site = engineer.sites.site(Realm.EKS, PROD)
    entry = replace(ENTRY, principal=HERE.arn)
    site.delete(site.observe([entry], "acme").objects[entry.address])
    assert not site.read([entry], "acme").objects
    planner = sites_with(aws, "Plan")
    denied = cut(targets, planner.sites, workers=1)
    assert {step.reason for step in denied} == {"already done"}
    assert run(aws, Estate.of("acme", FIRST)).is_complete
    denied = cut(targets, planner.sites, workers=1)
    assert {step.outcome for step in denied if step.reason != "already done"} == {Outcome.FAILED}


def test_objects_outside_the_platform_s_names_are_denied(aws: AwsWorld) -> None:
    engineer = sites_with(aws, "Plan", "Apply", "Remove")
    iam, eks = engineer.client("iam"), engineer.client("eks")
    aws.by_hand(replace(HERE, name="deployer", policies=frozenset()))
    arn = eks.describe_cluster(name="prod")["cluster"]["arn"]
    admin = f"arn:aws:iam::{ACCOUNT}:user/admin"
    on_the_admin = {"clusterName": "prod", "principalArn": admin}
    for call, arguments in (
        (iam.delete_role_policy, {"RoleName": "deployer", "PolicyName": "s3"}),
        (iam.create_user, {"UserName": "deployer"}),
        (eks.tag_resource, {"resourceArn": arn, "tags": {"team": "mine"}}),
        (eks.update_access_entry, {**on_the_admin, "kubernetesGroups": ["x"]}),
        (eks.create_access_entry, {"clusterName": "prod", "principalArn": f"arn:aws:iam::{ACCOUNT}:role/deployer"}),
    ):
        with pytest.raises(ClientError, match="not authorized to perform"):
            call(**arguments)


def test_unmarked_objects_cannot_be_removed(aws: AwsWorld) -> None:
    engineer = sites_with(aws, "Plan", "Apply", "Remove")
    iam, eks = engineer.client("iam"), engineer.client("eks")
    theirs = replace(HERE, name="humanitec-theirs", policies=frozenset(), inline=())
    aws.by_hand(theirs)
    aws.by_hand(POLICY)
    for call, arguments in (
        (iam.delete_role, {"RoleName": theirs.name}),
        (iam.delete_policy, {"PolicyArn": POLICY.arn}),
        (eks.delete_access_entry, {"clusterName": "prod", "principalArn": f"arn:aws:iam::{ACCOUNT}:user/admin"}),
    ):
        with pytest.raises(ClientError, match="not authorized to perform"):
            call(**arguments)


def test_the_policies_are_valid_and_within_iams_size() -> None:
    for document in policies().values():
        assert parse_policy(document, kind=PolicyKind.IDENTITY).statements
        assert len("".join(document.split())) <= 6144


def test_the_page_explains_every_action_of_the_policies() -> None:
    text = PAGE.read_text()
    tables = re.sub(r"```json\n.*?```", "", text, flags=re.DOTALL)
    explained = set(re.findall(r"`((?:iam|eks):\w+)`", tables))
    granted = {
        action
        for document in policies().values()
        for statement in json.loads(document)["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    assert granted <= explained


def test_a_missing_permission_is_named(aws: AwsWorld) -> None:
    nobody = sites_with(aws)
    observation = observe(nobody.sites, "acme", asks(FIRST, [Place(ACCOUNT), PROD], []), workers=2)
    problems = {problem.where: problem for problem in observation.unreadable}
    assert problems.keys() == {one.address for one in FIRST}
    problem = problems[HERE.address]
    assert f"arn:aws:iam::{ACCOUNT}:user/engineer is not allowed to perform iam:ListPolicies" in problem.reason
    assert problem.fix.startswith("allow iam:ListPolicies")

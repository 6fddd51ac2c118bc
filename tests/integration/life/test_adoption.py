"""Existing objects: installed by hand from the published manifest, owned by another tool, or recreated."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.credentials import Credentials

from leastway.app.apply import apply_plan
from leastway.app.offboard import offboard, plan_offboarding
from leastway.app.open_grant import OpenGrant
from leastway.app.plan import make_plan
from leastway.app.settings import Settings
from leastway.app.verify import caller_of, verify_grant
from leastway.app.wiring import opened
from leastway.aws import Guests
from leastway.aws.session import LendingSession
from leastway.estate import Kind, ManagedPolicy, addresses_of
from leastway.grant import find_profile
from leastway.kube import Connection
from leastway.ports import SessionKeys
from leastway.reconcile import Change, ChangeAction, Plan
from leastway.sandbox import AccountSeed, ClusterSeed, NodeGroupSeed, Sandbox, Scenario, Seeded, SeededKey
from leastway.verify import PlatformCaller, ProbeVerdict, verdict
from tests.aws_clients import aws_client
from tests.integration.life.world import QUICK, lead_to
from tests.integration.sandbox.world import NOBODY
from tests.manual_installation import install_by_hand

pytestmark = pytest.mark.integration

ACCOUNT, REGION, CLUSTER = "111122223333", "eu-central-1", "prod"
USER = f"arn:aws:iam::{ACCOUNT}:user/humanitec"
POLICY = f"arn:aws:iam::{ACCOUNT}:policy/HumanitecSaaS"
S3_FULL_ACCESS = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
CLUSTER_ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
GRANT = f"""
apiVersion: leastway.dev/v1alpha1
kind: Grant
metadata: {{name: acme}}
platform: humanitec
identity: iam-user
accounts:
  - id: "{ACCOUNT}"
    region: {REGION}
    clusters:
      - name: {CLUSTER}
        access:
          - {{policy: view, namespaces: [shop]}}
          - {{group: humanitec, rules: rules.yaml, namespaces: [shop]}}
"""
RULES = '- {apiGroups: [""], resources: [pods], verbs: [get, list]}\n'


class World:
    """One account in which the published manifest was installed by hand."""

    def __init__(self, sandbox: Sandbox, seeded: Seeded, open_grant: OpenGrant, by_hand: SeededKey = NOBODY) -> None:
        self.sandbox, self.seeded, self.open_grant, self.by_hand = sandbox, seeded, open_grant, by_hand
        admin = seeded.admins[ACCOUNT]
        self.iam: Any = aws_client(sandbox.endpoint, admin, "iam", REGION)
        self.eks: Any = aws_client(sandbox.endpoint, admin, "eks", REGION)

    def plan(self, *, adopt: bool = False) -> Plan:
        return make_plan(self.open_grant, adopt=adopt).plan

    def apply(self, *, adopt: bool = False) -> None:
        applied = apply_plan(self.open_grant, make_plan(self.open_grant, adopt=adopt))
        assert applied.is_complete, [result for result in applied.results if result.reason]

    def change(self, plan: Plan, kind: Kind) -> Change:
        (found,) = [change for change in plan if change.address.kind is kind]
        return found

    def kubernetes(self) -> Connection:
        cluster = self.eks.describe_cluster(name=CLUSTER)["cluster"]
        admin = self.seeded.admins[ACCOUNT]
        guest = Guests().guest(SessionKeys(admin.id, admin.secret), REGION)
        return Connection(cluster["endpoint"], cluster["certificateAuthority"]["data"], lambda: guest.token(CLUSTER))


@pytest.fixture
def sandbox(small_sandbox: Sandbox) -> Sandbox:
    return small_sandbox


@pytest.fixture
def world(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    (tmp_path / "grant.yaml").write_text(GRANT)
    (tmp_path / "rules.yaml").write_text(RULES)
    workers = NodeGroupSeed("workers")
    clusters = (ClusterSeed(CLUSTER, REGION, node_groups=(workers,), namespaces=("shop",)),)
    seeded = sandbox.control.seed(Scenario((AccountSeed(ACCOUNT, clusters),)))
    by_hand = install_by_hand(sandbox, seeded.admins[ACCOUNT])
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    with monkeypatch.context():
        before = dict(os.environ)
        lead_to(sandbox.environment(seeded.admins[ACCOUNT], region=REGION))
        settings = Settings(tmp_path / "state", tmp_path / "state" / "leastway.db")
        with opened(tmp_path / "grant.yaml", settings=settings, convergence=QUICK) as open_grant:
            yield World(sandbox, seeded, open_grant, by_hand)
        os.environ.clear()
        os.environ.update(before)


def versions(world: World) -> list[frozenset[str]]:
    """Return the address list of every version of the policy, oldest first."""
    found = world.iam.list_policy_versions(PolicyArn=POLICY)["Versions"]
    documents = [
        world.iam.get_policy_version(PolicyArn=POLICY, VersionId=one["VersionId"])["PolicyVersion"]["Document"]
        for one in sorted(found, key=lambda one: int(one["VersionId"][1:]))
    ]
    return [
        frozenset(
            cidr
            for statement in document["Statement"]
            for cidr in statement.get("Condition", {}).get("NotIpAddress", {}).get("aws:SourceIp", ())
        )
        for document in documents
    ]


def test_a_manual_installation_is_adopted_and_upgraded(world: World) -> None:
    old, new = (set(find_profile("humanitec", version).addresses) for version in ("v0.0.5", None))
    plan = world.plan()
    policy = world.change(plan, Kind.MANAGED_POLICY)
    assert policy.action is ChangeAction.ADOPT
    assert isinstance(policy.live and policy.live.object, ManagedPolicy)
    (difference,) = [one for one in policy.differences if one.field == "document"]
    lacking = addresses_of(difference.after) - addresses_of(difference.before)  # type: ignore[arg-type]
    assert lacking == new - old
    assert world.change(plan, Kind.USER).action is ChangeAction.ADOPT
    assert world.change(plan, Kind.ACCESS_KEY).action is ChangeAction.ADOPT

    key_before = world.iam.list_access_keys(UserName="humanitec")["AccessKeyMetadata"]
    world.apply()
    assert world.plan().is_clean
    lists = versions(world)
    assert lists[0] == old
    assert lists[-1] == new
    assert all(old <= one for one in lists), "an address that both lists allow was denied during the upgrade"
    assert world.iam.list_access_keys(UserName="humanitec")["AccessKeyMetadata"] == key_before


def test_the_platforms_key_works_after_the_adoption(world: World) -> None:
    world.apply()
    key = world.by_hand
    listed = world.open_grant.grant.platform.addresses[0].partition("/")[0]
    platform = PlatformCaller(users={ACCOUNT: SessionKeys(key.id, key.secret)}, listed=listed, unlisted="198.51.100.1")
    answers = verify_grant(world.open_grant, make_plan(world.open_grant), platform)
    assert verdict(answers) is ProbeVerdict.ALLOWED, [one for one in answers if not one.agrees]


def test_the_platform_cannot_describe_a_node_group_without_its_tag(world: World) -> None:
    world.apply()
    key = world.by_hand
    listed = world.open_grant.grant.platform.addresses[0].partition("/")[0]
    platform = PlatformCaller(users={ACCOUNT: SessionKeys(key.id, key.secret)}, listed=listed, unlisted="198.51.100.1")
    group = world.eks.describe_nodegroup(clusterName=CLUSTER, nodegroupName="workers")["nodegroup"]
    world.eks.untag_resource(resourceArn=group["nodegroupArn"], tagKeys=["Humanitec"])
    answers = verify_grant(world.open_grant, make_plan(world.open_grant), platform)
    assert [one.probe.asked for one in answers if one.differs] == [f"describe the node groups of {CLUSTER}"]


def test_s3_access_attached_by_hand_is_limited_by_the_boundary(world: World) -> None:
    world.apply()
    key = world.by_hand
    listed = world.open_grant.grant.platform.addresses[0].partition("/")[0]
    user = LendingSession(source_address=listed).client("s3", REGION, Credentials(key.id, key.secret.reveal()))
    world.iam.attach_user_policy(UserName="humanitec", PolicyArn=S3_FULL_ACCESS)
    with pytest.raises(user.exceptions.ClientError, match="AccessDenied"):
        user.list_buckets()
    change = world.change(world.plan(), Kind.USER)
    assert change.action is ChangeAction.UPDATE
    assert [one.field for one in change.differences] == ["policies"]

    world.iam.delete_user_permissions_boundary(UserName="humanitec")
    assert user.list_buckets()["Buckets"] == []
    world.apply()
    with pytest.raises(user.exceptions.ClientError, match="AccessDenied"):
        user.list_buckets()
    attached = world.iam.list_attached_user_policies(UserName="humanitec")["AttachedPolicies"]
    assert [one["PolicyArn"] for one in attached] == [POLICY]


def test_adoption_removes_cluster_admin_and_reports_a_binding_by_hand(world: World) -> None:
    world.eks.create_access_entry(clusterName=CLUSTER, principalArn=USER, username="humanitec")
    world.eks.associate_access_policy(
        clusterName=CLUSTER, principalArn=USER, policyArn=CLUSTER_ADMIN, accessScope={"type": "cluster"}
    )
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "humanitec-admin"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "humanitec"}],
    }
    connection = world.kubernetes()
    path = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
    connection.request("POST", path, binding)

    plan = world.plan()
    (admin,) = [change for change in plan if change.address.name.endswith("AmazonEKSClusterAdminPolicy")]
    assert admin.action is ChangeAction.DELETE
    (stray,) = [change for change in plan if change.action is ChangeAction.STRAY]
    assert stray.address.name == "humanitec-admin"
    world.apply()
    after = world.plan()
    assert not after.writes
    assert [change.address.name for change in after.open] == ["humanitec-admin"]
    assert connection.request("GET", f"{path}/humanitec-admin")["roleRef"]["name"] == "cluster-admin"
    left = world.eks.list_associated_access_policies(clusterName=CLUSTER, principalArn=USER)
    assert [one["policyArn"].rsplit("/", 1)[-1] for one in left["associatedAccessPolicies"]] == ["AmazonEKSViewPolicy"]
    connection.close()


def test_a_mapping_by_hand_that_an_access_entry_overrides_is_reported_and_kept(world: World) -> None:
    connection = world.kubernetes()
    path = "/api/v1/namespaces/kube-system/configmaps/aws-auth"
    live = connection.request("GET", path)
    live["data"]["mapUsers"] += f'- userarn: "{USER}"\n  username: humanitec\n  groups: ["system:masters"]\n'
    connection.request("PUT", path, live)

    world.apply()
    after = world.plan()
    assert not after.writes
    (stray,) = after.open
    assert (stray.action, stray.address.name) == (ChangeAction.STRAY, USER)
    assert "system:masters" in stray.reason
    assert USER in connection.request("GET", path)["data"]["mapUsers"]
    connection.close()


def test_what_terraform_owns_is_changed_only_with_adopt(world: World) -> None:
    world.iam.tag_user(UserName="humanitec", Tags=[{"Key": "ManagedBy", "Value": "terraform"}])
    world.iam.tag_policy(PolicyArn=POLICY, Tags=[{"Key": "ManagedBy", "Value": "terraform"}])
    plan = world.plan()
    policy = world.change(plan, Kind.MANAGED_POLICY)
    assert policy.action is ChangeAction.FOREIGN
    assert policy.differences
    assert "--adopt" in policy.fix
    before = versions(world)
    world.apply()
    assert versions(world) == before
    assert not world.plan().is_clean
    world.apply(adopt=True)
    assert world.plan().is_clean


def test_a_recreated_principal_gets_its_access_back(world: World) -> None:
    world.apply()
    for key in world.iam.list_access_keys(UserName="humanitec")["AccessKeyMetadata"]:
        world.iam.delete_access_key(UserName="humanitec", AccessKeyId=key["AccessKeyId"])
    world.iam.detach_user_policy(UserName="humanitec", PolicyArn=POLICY)
    world.iam.delete_user(UserName="humanitec")
    world.iam.create_user(UserName="humanitec")
    plan = world.plan()
    assert world.change(plan, Kind.ACCESS_ENTRY).action is ChangeAction.REPLACE
    world.apply()
    assert world.plan().is_clean
    platform = caller_of(world.open_grant)
    listed = world.open_grant.grant.platform.addresses[0].partition("/")[0]
    platform = PlatformCaller(users=platform.users, listed=listed, unlisted="198.51.100.1")
    answers = verify_grant(world.open_grant, make_plan(world.open_grant), platform)
    assert verdict(answers) is ProbeVerdict.ALLOWED, [one for one in answers if not one.agrees]


def test_offboarding_adopted_objects_removes_the_platforms_access(world: World) -> None:
    world.apply()
    assert offboard(world.open_grant, plan_offboarding(world.open_grant)).is_complete
    assert "humanitec" not in json.dumps(world.iam.list_users()["Users"], default=str)
    assert USER not in world.eks.list_access_entries(clusterName=CLUSTER)["accessEntries"]

"""Objects of other tools: they are not changed, and our tags and mappings on them are noted."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leastway.app.evidence import evidence
from leastway.app.offboard import offboard, plan_offboarding
from leastway.app.plan import make_plan
from leastway.app.settings import Settings
from leastway.app.wiring import opened
from leastway.aws import Guests
from leastway.estate import Kind, Note, Place
from leastway.kube import Connection
from leastway.ports import SessionKeys
from leastway.reconcile import ChangeAction, host_notes
from leastway.sandbox import AccountSeed, ClusterSeed, NodeGroupSeed, Sandbox, Scenario
from tests.aws_clients import aws_client
from tests.integration.life.test_adoption import World, sandbox
from tests.integration.life.world import QUICK, lead_to

__all__ = ["sandbox"]

pytestmark = pytest.mark.integration

ACCOUNT, REGION = "111122223333", "eu-central-1"
API, LEGACY = (Place(ACCOUNT, REGION, name) for name in ("api", "legacy"))
POLICY = f"arn:aws:iam::{ACCOUNT}:policy/HumanitecSaaS"
CONFIG_MAP = "/api/v1/namespaces/kube-system/configmaps/aws-auth"
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
      - name: api
        access: [{{policy: view, namespaces: [shop]}}]
      - name: legacy
        access: [{{policy: view, namespaces: [shop]}}]
"""
STACK = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Resources": {
        "Rights": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {
                "ManagedPolicyName": "HumanitecSaaS",
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [{"Effect": "Allow", "Action": "eks:DescribeCluster", "Resource": "*"}],
                },
            },
        },
        "User": {
            "Type": "AWS::IAM::User",
            "Properties": {
                "UserName": "humanitec",
                "ManagedPolicyArns": [{"Ref": "Rights"}],
                "PermissionsBoundary": {"Ref": "Rights"},
            },
        },
    },
}


@pytest.fixture
def world(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    (tmp_path / "grant.yaml").write_text(GRANT)
    clusters = (
        ClusterSeed("api", REGION, "API", node_groups=(NodeGroupSeed("workers"),), namespaces=("shop",)),
        ClusterSeed("legacy", REGION, "CONFIG_MAP", node_groups=(NodeGroupSeed("old"),), namespaces=("shop",)),
    )
    seeded = sandbox.control.seed(Scenario((AccountSeed(ACCOUNT, clusters),)))
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    with monkeypatch.context():
        before = dict(os.environ)
        lead_to(sandbox.environment(seeded.admins[ACCOUNT], region=REGION))
        settings = Settings(tmp_path / "state", tmp_path / "state" / "leastway.db")
        with opened(tmp_path / "grant.yaml", settings=settings, convergence=QUICK) as open_grant:
            yield World(sandbox, seeded, open_grant)
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture
def stack(world: World) -> None:
    cloudformation = aws_client(world.sandbox.endpoint, world.seeded.admins[ACCOUNT], "cloudformation", REGION)
    cloudformation.create_stack(
        StackName="onboarding", TemplateBody=json.dumps(STACK), Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName="onboarding", WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )


def policy_tags(world: World) -> list[Any]:
    found: list[Any] = world.iam.list_policy_tags(PolicyArn=POLICY)["Tags"]
    return found


@pytest.mark.usefixtures("stack")
def test_objects_of_a_stack_and_its_policy_are_kept_and_all_else_is_applied_and_offboarded(world: World) -> None:
    planned = make_plan(world.open_grant)
    fates = {change.address.kind: change.action for change in planned.plan if not change.address.place.cluster}
    assert fates == {
        Kind.MANAGED_POLICY: ChangeAction.FOREIGN,
        Kind.USER: ChangeAction.FOREIGN,
        Kind.ACCESS_KEY: ChangeAction.BLOCKED,
    }
    policy = world.change(planned.plan, Kind.MANAGED_POLICY)
    assert "CloudFormation (onboarding) owns it (by its user humanitec)" in policy.reason
    world.apply()
    assert policy_tags(world) == []
    assert not world.iam.list_access_keys(UserName="humanitec")["AccessKeyMetadata"]
    done = offboard(world.open_grant, plan_offboarding(world.open_grant))
    assert done.is_complete
    assert len(world.iam.list_attached_user_policies(UserName="humanitec")["AttachedPolicies"]) == 1


@pytest.mark.usefixtures("stack")
def test_an_adopted_policy_in_use_by_others_is_held_until_it_is_released(world: World) -> None:
    world.apply(adopt=True)
    world.iam.create_role(RoleName="jobs", AssumeRolePolicyDocument=json.dumps(_trust()))
    world.iam.attach_role_policy(RoleName="jobs", PolicyArn=POLICY)
    for _ in range(2):
        done = offboard(world.open_grant, plan_offboarding(world.open_grant))
        assert not done.is_complete
        output: Any = evidence(world.open_grant, done)
        assert [(one["what"], one["reason"]) for one in output["held"]] == [
            (f"{ACCOUNT}/managed-policy/HumanitecSaaS", "it is still used by role jobs")
        ]
    command = output["held"][0]["fix"].partition("aws iam untag-policy ")[2].partition(";")[0].split()
    world.iam.untag_policy(PolicyArn=command[1], TagKeys=[command[3]])
    assert offboard(world.open_grant, plan_offboarding(world.open_grant)).is_complete
    assert world.iam.get_policy(PolicyArn=POLICY)["Policy"]["AttachmentCount"] == 1


def test_tags_and_mappings_on_owned_hosts_are_noted_and_applied(world: World) -> None:
    arns = {name: world.eks.describe_cluster(name=name)["cluster"]["arn"] for name in ("api", "legacy")}
    world.eks.tag_resource(resourceArn=arns["api"], tags={"Terraform": "true"})
    group = world.eks.describe_nodegroup(clusterName="api", nodegroupName="workers")["nodegroup"]["nodegroupArn"]
    world.eks.tag_resource(resourceArn=group, tags={"alpha.eksctl.io/cluster-name": "api"})
    connection = _kubernetes(world, "legacy")
    live = connection.request("GET", CONFIG_MAP)
    live["metadata"]["annotations"] = {"argocd.argoproj.io/tracking-id": "aws-auth:/ConfigMap:kube-system/aws-auth"}
    connection.request("PUT", CONFIG_MAP, live)
    connection.close()

    output = [f"{note.where}: {note.text}" for note in host_notes_now(world)]
    assert len(output) == 3
    for expected in (
        f"{API}: Terraform owns the cluster (by its tag Terraform=true)",
        f"{API}: eksctl (api) owns the node group workers (by its tag alpha.eksctl.io/cluster-name=api)",
        f"{LEGACY}: Argo CD (aws-auth:/ConfigMap:kube-system/aws-auth) owns aws-auth",
    ):
        assert any(text.startswith(expected) for text in output), output
    world.apply()
    assert make_plan(world.open_grant).plan.is_clean
    assert [f"{note.where}: {note.text}" for note in host_notes_now(world)] == output


def host_notes_now(world: World) -> tuple[Note, ...]:
    planned = make_plan(world.open_grant)
    return host_notes(planned.plan, planned.observation.hosts)


def _kubernetes(world: World, name: str) -> Connection:
    cluster = world.eks.describe_cluster(name=name)["cluster"]
    admin = world.seeded.admins[ACCOUNT]
    guest = Guests().guest(SessionKeys(admin.id, admin.secret), REGION)
    return Connection(cluster["endpoint"], cluster["certificateAuthority"]["data"], lambda: guest.token(name))


def _trust() -> dict[str, Any]:
    trusted = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [trusted]}

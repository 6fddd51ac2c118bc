"""`leastway status` reports other access that was created by hand, and what could not be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from leastway.aws import Guests
from leastway.cli.group import leastway
from leastway.kube import Connection
from leastway.ports import SessionKeys
from leastway.sandbox import Sandbox
from tests.aws_clients import aws_client
from tests.integration.life.test_prove import ACCOUNT, ANYTHING, allowing, deny, trusting
from tests.integration.life.world import World, make_world

pytestmark = pytest.mark.integration

REGION = "eu-central-1"
USER = f"arn:aws:iam::{ACCOUNT}:user/humanitec"
S3_ROLE = f"arn:aws:iam::{ACCOUNT}:role/humanitec-s3"
VIEW = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"


@pytest.fixture
def sandbox(small_sandbox: Sandbox) -> Sandbox:
    return small_sandbox


@pytest.fixture
def world(sandbox: Sandbox, tmp_path: Path) -> World:
    made = make_world(sandbox, "seed", tmp_path)
    assert made.run("apply").code == 0
    return made


def client(world: World, service: str, region: str = REGION) -> Any:
    return aws_client(world.sandbox.endpoint, world.seeded.admins[ACCOUNT], service, region)


def ask(world: World, *arguments: str) -> tuple[int, Any]:
    environment = {**world.environment, "LEASTWAY_STATE": str(world.state)}
    command = [arguments[0], str(world.path), "--json", *arguments[1:]]
    answer = CliRunner(env=environment).invoke(leastway, command, standalone_mode=False)
    assert answer.exception is None, answer.output
    return answer.return_value, json.loads(answer.stdout)


def seen(world: World, *options: str) -> tuple[int, dict[tuple[str, str], Any]]:
    """Return the exit code of `status`, and the other access that it reported, by way and name."""
    code, status = ask(world, "status", *options)
    return code, {(one["way"], one["name"]): one for place in status["places"] for one in place["other_access"]}


def states(world: World, *options: str) -> dict[str | None, str]:
    return {one["cluster"]: one["state"] for one in ask(world, "status", *options)[1]["places"]}


def test_nothing_is_reported_without_other_access(world: World) -> None:
    assert seen(world) == (0, {})


def test_credentials_and_groups_of_the_user_are_reported(world: World) -> None:
    iam = client(world, "iam")
    second = iam.create_access_key(UserName="humanitec")["AccessKey"]["AccessKeyId"]
    iam.create_login_profile(UserName="humanitec", Password="correct-horse-1")
    iam.create_group(GroupName="ops")
    iam.put_group_policy(GroupName="ops", PolicyName="all", PolicyDocument=ANYTHING)
    iam.add_user_to_group(GroupName="ops", UserName="humanitec")
    code, found = seen(world)
    assert code == 3
    assert found.keys() == {
        ("access-key", "user humanitec"),
        ("console-password", "user humanitec"),
        ("group", "user humanitec"),
    }
    assert second in found["access-key", "user humanitec"]["text"]
    assert "the group ops, which gives it all" in found["group", "user humanitec"]["text"]
    assert seen(world, "--quick") == (0, {})


def test_other_users_and_roles_are_reported(world: World) -> None:
    iam = client(world, "iam")
    iam.create_user(UserName="humanitec-ci")
    iam.create_role(RoleName="humanitec-old", AssumeRolePolicyDocument=trusting(f"arn:aws:iam::{ACCOUNT}:root"))
    iam.create_role(RoleName="back-door", AssumeRolePolicyDocument=trusting(USER))
    globex = [{"Key": "leastway:grant", "Value": "globex"}]
    iam.create_role(RoleName="humanitec-globex", AssumeRolePolicyDocument=trusting(USER), Tags=globex)
    code, found = seen(world)
    assert code == 3
    weights = {key: one["weight"] for key, one in found.items()}
    assert weights == {
        ("user", "user humanitec-ci"): "remark",
        ("role", "role humanitec-old"): "remark",
        ("role", "role humanitec-globex"): "remark",
        ("trust", "role back-door"): "differs",
        ("trust", "role humanitec-globex"): "differs",  # anybody can set a tag
    }
    assert "the mark of grant 'globex'" in found["role", "role humanitec-globex"]["text"]
    assert f"{USER} can assume it" in found["trust", "role back-door"]["text"]
    for name in ("back-door", "humanitec-globex"):
        iam.delete_role(RoleName=name)
    assert seen(world)[0] == 0  # names alone give no access


def test_a_user_with_the_platforms_name_is_reported_for_a_trust_role_grant(sandbox: Sandbox, tmp_path: Path) -> None:
    world = make_world(sandbox, "two-accounts", tmp_path)
    assert world.run("apply").code == 0
    client(world, "iam").create_user(UserName="humanitec")
    code, found = seen(world)
    assert code == 3
    assert found["user", "user humanitec"]["weight"] == "differs"


def test_other_access_entries_are_reported_on_all_clusters(world: World) -> None:
    eks = client(world, "eks")
    outsider = str(world.grant.platform.principal)
    eks.create_access_entry(clusterName="prod", principalArn=S3_ROLE, kubernetesGroups=["readers"])
    eks.create_access_entry(clusterName="prod", principalArn=outsider)
    eks.associate_access_policy(
        clusterName="prod", principalArn=S3_ROLE, policyArn=VIEW, accessScope={"type": "cluster"}
    )
    eks.create_cluster(
        name="other",
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/eks-cluster",
        resourcesVpcConfig={},
        accessConfig={"authenticationMode": "API"},
    )
    eks.create_cluster(name="old", roleArn=f"arn:aws:iam::{ACCOUNT}:role/eks-cluster", resourcesVpcConfig={})
    eks.create_access_entry(clusterName="other", principalArn=USER)
    client(world, "iam").create_role(RoleName="humanitec-globex", AssumeRolePolicyDocument=trusting(USER))
    globex = f"arn:aws:iam::{ACCOUNT}:role/humanitec-globex"
    eks.create_access_entry(clusterName="prod", principalArn=globex, tags={"leastway:grant": "globex"})
    code, found = seen(world)
    assert code == 3
    entries = {name: one["weight"] for (way, name), one in found.items() if way == "access-entry"}
    assert entries == {S3_ROLE: "differs", USER: "differs", outsider: "differs", globex: "remark"}
    assert "AmazonEKSViewPolicy in the whole cluster, the group readers" in found["access-entry", S3_ROLE]["text"]
    assert f"{ACCOUNT}/{REGION}/other, which the grant does not name" in found["access-entry", USER]["text"]
    assert states(world)["prod"] == "differs"
    assert states(world, "--quick")["prod"] == "as expected"


def test_pod_identities_of_the_grants_roles_are_reported(world: World) -> None:
    eks = client(world, "eks")
    for number in range(120):  # more than a page
        role = S3_ROLE if number == 110 else f"arn:aws:iam::{ACCOUNT}:role/admin"
        eks.create_pod_identity_association(
            clusterName="prod", namespace="shop", serviceAccount=f"robot-{number:03}", roleArn=role
        )
    code, found = seen(world)
    assert code == 3
    assert found.keys() == {("pod-identity", "shop/robot-110")}
    assert S3_ROLE in found["pod-identity", "shop/robot-110"]["text"]


def test_bindings_and_mappings_are_reported_where_the_grant_needs_no_kubernetes(world: World, tmp_path: Path) -> None:
    kubernetes = cluster_of(world, "prod")
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "by-hand"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [
            {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": USER},
            {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "jane"},
        ],
    }
    kubernetes("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", binding)
    code, found = seen(world)
    assert code == 3
    assert found.keys() == {("rbac-binding", "ClusterRoleBinding by-hand")}
    text = found["rbac-binding", "ClusterRoleBinding by-hand"]["text"]
    assert text == f"it gives User/{USER} the ClusterRole cluster-admin in the whole cluster"
    assert ask(world, "plan")[0] == 0  # only status reads its Kubernetes


def test_mappings_of_the_grants_roles_are_reported_where_aws_auth_is_used(world: World) -> None:
    for cluster, counts in (("staging", True), ("prod", False)):
        kubernetes = cluster_of(world, cluster)
        path = "/api/v1/namespaces/kube-system/configmaps"
        text = f"- rolearn: {S3_ROLE}\n  username: s3\n  groups: [system:masters]\n"
        if counts:
            live = kubernetes("GET", f"{path}/aws-auth", None)
            live["data"]["mapRoles"] += text
            kubernetes("PUT", f"{path}/aws-auth", live)
        else:
            metadata = {"name": "aws-auth", "namespace": "kube-system"}
            body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"mapRoles": text}}
            kubernetes("POST", path, body)
    code, found = seen(world)
    assert code == 3
    assert found.keys() == {("aws-auth-mapping", S3_ROLE)}
    assert found["aws-auth-mapping", S3_ROLE]["cluster"] == "staging"
    assert "system:masters" in found["aws-auth-mapping", S3_ROLE]["text"]


def test_what_may_not_be_read_is_reported_with_its_reason(world: World) -> None:
    denied = ["iam:GetLoginProfile", "iam:ListGroupsForUser", "eks:ListClusters", "eks:ListPodIdentityAssociations"]
    for action in denied:
        deny(world, action, "*")
        code, found = seen(world)
        assert code == 4
        (*_, one) = found.values()
        assert one["weight"] == "unknown"
        assert f"is not allowed to perform {action}" in one["text"]
        assert action in one["fix"]
        assert ask(world, "plan")[0] == 0
        assert seen(world, "--quick") == (0, {})


def test_kubernetes_that_cannot_be_accessed_is_unknown(world: World) -> None:
    eks = client(world, "eks")
    for kind in ("user", "role"):
        eks.delete_access_entry(clusterName="prod", principalArn=f"arn:aws:iam::{ACCOUNT}:{kind}/admin")
    code, found = seen(world)
    assert code == 4
    assert {(one["cluster"], one["weight"]) for one in found.values()} == {("prod", "unknown")}
    assert states(world)["prod"] == "unknown"


def test_plan_and_status_report_a_boundary_and_apply_keeps_it(world: World) -> None:
    iam = client(world, "iam")
    for name, action, weight, code in (("corp", "ec2:*", "differs", 3), ("wide", "s3:*", "remark", 0)):
        arn = iam.create_policy(PolicyName=name, PolicyDocument=allowing(action))["Policy"]["Arn"]
        iam.put_role_permissions_boundary(RoleName="humanitec-s3", PermissionsBoundary=arn)
        ended, plan = ask(world, "plan")
        (sighting,) = plan["other_access"]
        assert (ended, sighting["way"], sighting["weight"]) == (code, "permissions-boundary", weight)
        assert arn in sighting["text"]
        assert plan["clean"] is (code == 0)
        assert seen(world)[1]["permissions-boundary", "role humanitec-s3"]["weight"] == weight
        iam.tag_role(RoleName="humanitec-s3", Tags=[{"Key": "team", "Value": "shop"}])
        iam.update_role_description(RoleName="humanitec-s3", Description="another")
        world.run("apply")
        role = iam.get_role(RoleName="humanitec-s3")["Role"]
        assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn
        assert role["Description"] != "another"


def test_verify_reports_a_boundary_that_denies_the_grant(world: World) -> None:
    iam = client(world, "iam")
    arn = iam.create_policy(PolicyName="corp", PolicyDocument=allowing("ec2:*"))["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="humanitec-s3", PermissionsBoundary=arn)
    environment = {**world.environment, "LEASTWAY_STATE": str(world.state)}
    for options, stream in (((), "stdout"), (("--json",), "stderr")):
        command = ["verify", str(world.path), *options]
        answer = CliRunner(env=environment).invoke(leastway, command, standalone_mode=False)
        assert f"its permissions boundary {arn} denies what the grant needs" in getattr(answer, stream)


def cluster_of(world: World, name: str) -> Any:
    """Return a function that calls the API server of a cluster as the account's engineer."""
    cluster = client(world, "eks").describe_cluster(name=name)["cluster"]
    key = world.seeded.admins[ACCOUNT]
    guest = Guests().guest(SessionKeys(key.id, key.secret), REGION)
    authority = cluster["certificateAuthority"]["data"]
    return Connection(cluster["endpoint"], authority, lambda: guest.token(name)).request

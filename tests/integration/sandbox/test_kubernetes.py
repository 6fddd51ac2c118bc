"""The Kubernetes API of each cluster authenticates users as EKS does."""

import base64
import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
from typing import Any

import pytest

from leastway.primitives import Secret
from leastway.sandbox import SeededKey
from tests.integration.sandbox.kubernetes import ask, token
from tests.integration.sandbox.world import ACCOUNT, OTHER, REGION, Refuse, World, trust

pytestmark = pytest.mark.integration

ROLE = f"arn:aws:iam::{ACCOUNT}:role/humanitec-eks"
WHOAMI = "/apis/authentication.k8s.io/v1/selfsubjectreviews", "POST"
VIEW = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"


def config_map(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": "b"}}


@pytest.mark.parametrize("cluster", ["prod", "legacy", "modern"])
def test_the_engineer_is_an_admin_in_every_mode(world: World, cluster: str) -> None:
    for sts in (world.client("sts"), world.assume(f"arn:aws:iam::{ACCOUNT}:role/admin")("sts")):
        status, listed = ask(world, cluster, sts, "/api/v1/namespaces")
        assert status == 200
        assert "kube-system" in {item["metadata"]["name"] for item in listed["items"]}


def test_nobody_else_is_authenticated(world: World) -> None:
    for key in (world.by_hand, world.keys.admins[OTHER]):
        for cluster in ("prod", "legacy", "modern"):
            assert ask(world, cluster, world.client("sts", key), "/api/v1/namespaces")[0] == 401


def test_a_token_for_another_cluster_or_with_a_wrong_secret_is_refused(world: World) -> None:
    described = world.client("eks").describe_cluster(name="prod")["cluster"]
    trusted = ssl.create_default_context(cadata=base64.b64decode(described["certificateAuthority"]["data"]).decode())
    forged = world.client("sts", SeededKey(world.admin.id, Secret("wrong")))
    for bearer in (token(world.client("sts"), "modern"), token(forged, "prod"), "k8s-aws-v1.nonsense"):
        connection = http.client.HTTPSConnection(described["endpoint"].removeprefix("https://"), context=trusted)
        connection.request("GET", "/api/v1/namespaces", headers={"Authorization": f"Bearer {bearer}"})
        assert connection.getresponse().status == 401
        connection.close()


def test_clusters_do_not_share_a_certificate(world: World) -> None:
    eks = world.client("eks")
    prod, modern = (eks.describe_cluster(name=name)["cluster"] for name in ("prod", "modern"))
    assert prod["endpoint"] != modern["endpoint"]
    trusted = ssl.create_default_context(cadata=base64.b64decode(prod["certificateAuthority"]["data"]).decode())
    connection = http.client.HTTPSConnection(modern["endpoint"].removeprefix("https://"), context=trusted)
    with pytest.raises(ssl.SSLCertVerificationError):
        connection.request("GET", "/version")
    connection.close()


def test_an_access_policy_applies_only_in_its_namespaces(world: World) -> None:
    eks = world.client("eks")
    world.client("iam").create_role(RoleName="humanitec-eks", AssumeRolePolicyDocument=trust(world.platform))
    who = {"clusterName": "prod", "principalArn": ROLE}
    eks.create_access_entry(**who)
    eks.associate_access_policy(**who, policyArn=VIEW, accessScope={"type": "namespace", "namespaces": ["kube-*"]})
    sts = world.assume(ROLE, world.keys.platform)("sts")
    assert ask(world, "prod", sts, "/api/v1/namespaces/kube-system/configmaps")[0] == 200
    assert ask(world, "prod", sts, "/api/v1/namespaces/default/configmaps")[0] == 403
    eks.disassociate_access_policy(**who, policyArn=VIEW)
    assert ask(world, "prod", sts, "/api/v1/namespaces/kube-system/configmaps")[0] == 403


def test_a_recreated_role_is_refused_although_its_entry_exists(world: World) -> None:
    eks, iam = world.client("eks"), world.client("iam")
    iam.create_role(RoleName="humanitec-eks", AssumeRolePolicyDocument=trust(world.platform))
    eks.create_access_entry(clusterName="prod", principalArn=ROLE)
    assert ask(world, "prod", world.assume(ROLE, world.keys.platform)("sts"), *WHOAMI)[0] == 201
    iam.delete_role(RoleName="humanitec-eks")
    iam.create_role(RoleName="humanitec-eks", AssumeRolePolicyDocument=trust(world.platform))
    shown = eks.describe_access_entry(clusterName="prod", principalArn=ROLE)["accessEntry"]
    assert shown["principalArn"] == ROLE
    assert not [name for name in shown if name.startswith("_")]
    assert ask(world, "prod", world.assume(ROLE, world.keys.platform)("sts"), *WHOAMI)[0] == 401
    eks.delete_access_entry(clusterName="prod", principalArn=ROLE)
    eks.create_access_entry(clusterName="prod", principalArn=ROLE)
    assert ask(world, "prod", world.assume(ROLE, world.keys.platform)("sts"), *WHOAMI)[0] == 201


def test_the_creator_of_a_cluster_gets_access(world: World) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/eks-cluster"
    world.client("eks").create_cluster(
        name="new", roleArn=role, resourcesVpcConfig={}, accessConfig={"authenticationMode": "API"}
    )
    assert world.client("eks").describe_cluster(name="new")["cluster"]["status"] == "ACTIVE"
    assert ask(world, "new", world.client("sts"), "/api/v1/namespaces")[0] == 200


def test_a_recreated_cluster_has_nothing_of_the_old_one(world: World) -> None:
    eks, path = world.client("eks"), "/api/v1/namespaces/default/configmaps"
    assert ask(world, "modern", world.client("sts"), path, "POST", config_map("old"))[0] == 201
    old = eks.describe_cluster(name="modern")["cluster"]
    eks.delete_cluster(name="modern")
    role = f"arn:aws:iam::{ACCOUNT}:role/eks-cluster"
    eks.create_cluster(name="modern", roleArn=role, resourcesVpcConfig={}, accessConfig={"authenticationMode": "API"})
    trusted = ssl.create_default_context(cadata=base64.b64decode(old["certificateAuthority"]["data"]).decode())
    connection = http.client.HTTPSConnection(old["endpoint"].removeprefix("https://"), context=trusted)
    bearer = token(world.client("sts"), "modern")
    connection.request("GET", "/api/v1/namespaces", headers={"Authorization": f"Bearer {bearer}"})
    assert connection.getresponse().status == 401
    connection.close()
    assert ask(world, "modern", world.client("sts"), f"{path}/old")[0] == 404
    assert eks.describe_cluster(name="modern")["cluster"]["certificateAuthority"] != old["certificateAuthority"]


def test_the_journal_has_kubernetes_calls(world: World) -> None:
    path = "/api/v1/namespaces/default/configmaps"
    ask(world, "prod", world.client("sts"), path, "POST", config_map("x"))
    ask(world, "prod", world.client("sts", world.by_hand), "/api/v1/namespaces")
    wrote, refused = (entry for entry in world.sandbox.control.journal() if entry.service == "kubernetes")
    admin = f"arn:aws:iam::{ACCOUNT}:user/admin"
    assert (wrote.action, wrote.principal, wrote.mutating, wrote.status) == ("create configmaps", admin, True, 201)
    assert (wrote.account, wrote.region, wrote.resource) == (ACCOUNT, REGION, "prod/default/")
    assert (refused.action, refused.principal, refused.mutating, refused.status) == (
        "list namespaces", "", False, 401,
    )  # fmt: skip


def test_a_snapshot_covers_kubernetes(world: World) -> None:
    sts, path = world.client("sts"), "/api/v1/namespaces/default/configmaps"
    assert ask(world, "prod", sts, path, "POST", config_map("kept"))[0] == 201
    snapshot = world.sandbox.control.snapshot()
    assert ask(world, "prod", sts, f"{path}/kept", "DELETE")[0] == 200
    assert ask(world, "prod", sts, path, "POST", config_map("gone"))[0] == 201
    assert ask(world, "modern", sts, path, "POST", config_map("gone"))[0] == 201
    world.sandbox.control.restore(snapshot)
    assert ask(world, "prod", sts, f"{path}/kept")[0] == 200
    assert ask(world, "prod", sts, f"{path}/gone")[0] == 404
    assert ask(world, "modern", sts, f"{path}/gone")[0] == 404


WRITER = """
import http.client, json, ssl, sys
endpoint, bearer, ca = json.loads(sys.stdin.readline())
connection = http.client.HTTPSConnection(endpoint, context=ssl.create_default_context(cadata=ca))
for name in ("one", "two"):
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}
    headers = {"Authorization": "Bearer " + bearer, "Content-Type": "application/json"}
    connection.request("POST", "/api/v1/namespaces/default/configmaps", json.dumps(body), headers)
    connection.getresponse().read()
    print(name, flush=True)
"""


def test_a_kubernetes_write_is_counted_for_the_kill(world: World) -> None:
    described = world.client("eks").describe_cluster(name="prod")["cluster"]
    ca = base64.b64decode(described["certificateAuthority"]["data"]).decode()
    asked = [described["endpoint"].removeprefix("https://"), token(world.client("sts"), "prod"), ca]
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER], env=dict(os.environ), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    world.sandbox.control.kill_after_write(2, writer.pid)
    printed, _ = writer.communicate(json.dumps(asked) + "\n", timeout=30)
    assert (writer.returncode, printed) == (-signal.SIGKILL, "one\n")
    assert ask(world, "prod", world.client("sts"), "/api/v1/namespaces/default/configmaps/two")[0] == 200


def test_describing_needs_permission_before_a_cluster_is_started(world: World, refusal: Refuse) -> None:
    eks = world.client("eks", world.by_hand, source="34.159.97.57")
    assert refusal(eks.describe_cluster, name="untagged")[0] == "AccessDeniedException"
    assert refusal(world.client("eks").describe_cluster, name="nowhere") == (
        "ResourceNotFoundException",
        "No cluster found for name: nowhere.",
    )

"""kubectl itself, with a kubeconfig whose exec plugin creates EKS tokens, on a real kube-apiserver."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contract.kube.world.aws import FakeAws, Key
from tests.contract.kube.world.client import eventually
from tests.contract.kube.world.stage import CLUSTER, REAL_ONLY, Stage
from tests.contract.kube.world.token import REGION, eks_token

pytestmark = [
    REAL_ONLY,
    pytest.mark.skipif(shutil.which("kubectl") is None, reason="there is no kubectl on this machine"),
]

Kubectl = Callable[..., subprocess.CompletedProcess[str]]

PLUGIN = """
import json, os, sys
asked = json.loads(os.environ["KUBERNETES_EXEC_INFO"])
token = open(sys.argv[1]).read()
status = {"token": token, "expirationTimestamp": "2999-01-01T00:00:00Z"}
json.dump({"apiVersion": asked["apiVersion"], "kind": "ExecCredential", "status": status}, sys.stdout)
"""

MANIFEST = """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: deployer}
rules:
- {apiGroups: [""], resources: [pods], verbs: [get, list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: deployer}
subjects: [{kind: Group, name: humanitec, apiGroup: rbac.authorization.k8s.io}]
roleRef: {kind: Role, name: deployer, apiGroup: rbac.authorization.k8s.io}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {colour: blue}
"""


def _made_beforehand(folder: Path, key: Key) -> dict[str, object]:
    """A plugin that prints a token created by the test, for speed."""
    (folder / "token").write_text(eks_token(key, CLUSTER))
    (folder / "plugin.py").write_text(PLUGIN)
    return {"command": sys.executable, "args": [str(folder / "plugin.py"), str(folder / "token")]}


def _leastways_own(folder: Path, key: Key) -> dict[str, object]:
    """`leastway eks-token`, with the key in its environment."""
    keys = {"AWS_ACCESS_KEY_ID": key.access_key_id, "AWS_SECRET_ACCESS_KEY": key.secret}
    return {
        "command": str(Path(sys.executable).with_name("leastway")),
        "args": ["eks-token", "--cluster", CLUSTER, "--region", REGION],
        "env": [{"name": name, "value": value} for name, value in keys.items()],
    }


@pytest.fixture
def kubectl_as(stage: Stage, tmp_path: Path, namespace: str) -> Callable[..., Kubectl]:
    """Return kubectl for a key, in the test's own namespace."""

    def make(key: Key, plugin_of: Callable[[Path, Key], dict[str, object]] = _made_beforehand) -> Kubectl:
        folder = tmp_path / key.access_key_id
        folder.mkdir()
        plugin = {
            "apiVersion": "client.authentication.k8s.io/v1beta1",
            "interactiveMode": "Never",
            **plugin_of(folder, key),
        }
        cluster = {"server": stage.server.endpoint, "certificate-authority": str(stage.ca_file)}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": CLUSTER, "cluster": cluster}],
            "users": [{"name": "user", "user": {"exec": plugin}}],
            "contexts": [{"name": CLUSTER, "context": {"cluster": CLUSTER, "user": "user", "namespace": namespace}}],
            "current-context": CLUSTER,
        }
        (folder / "kubeconfig").write_text(json.dumps(config))
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "KUBECONFIG": str(folder / "kubeconfig")}

        def run(command: str, manifest: str = "") -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                ["kubectl", *shlex.split(command)],
                input=manifest,
                env=environment,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )

        return run

    return make


@pytest.fixture
def root(aws: FakeAws, kubectl_as: Callable[..., Kubectl]) -> Kubectl:
    """kubectl of a cluster administrator by access policy."""
    arn, key = aws.role("root")
    aws.grant(arn)
    aws.associate(arn, "AmazonEKSClusterAdminPolicy")
    return kubectl_as(key)


@pytest.fixture
def member(aws: FakeAws, kubectl_as: Callable[..., Kubectl]) -> Kubectl:
    """kubectl of a member of the group `humanitec`."""
    arn, key = aws.role("humanitec")
    aws.grant(arn, groups=["humanitec"])
    return kubectl_as(key)


def test_kubectl_works_with_the_plugin_of_leastway(
    aws: FakeAws, root: Kubectl, kubectl_as: Callable[..., Kubectl]
) -> None:
    arn, key = aws.role("platform")
    aws.grant(arn, groups=["humanitec"])
    kubectl = kubectl_as(key, _leastways_own)
    assert kubectl("auth can-i list pods").stdout == "no\n"
    output_of(root("apply -f -", MANIFEST))
    assert eventually(lambda: kubectl("auth can-i list pods").stdout == "yes\n")
    assert kubectl("get pods").returncode == 0
    assert "forbidden" in kubectl("apply -f -", MANIFEST).stderr


def test_a_deployment_works_with_the_plugin_of_leastway(
    aws: FakeAws, namespace: str, kubectl_as: Callable[..., Kubectl]
) -> None:
    arn, key = aws.user("platform")
    aws.grant(arn)
    aws.associate(arn, "AmazonEKSEditPolicy", namespace)
    kubectl = kubectl_as(key, _leastways_own)
    settings = MANIFEST.rpartition("---")[2]
    assert output_of(kubectl("apply -f -", settings)) == ["configmap/settings created"]
    assert output_of(kubectl("apply -f -", settings)) == ["configmap/settings unchanged"]
    assert output_of(kubectl("get configmap settings -o jsonpath={.data.colour}")) == ["blue"]
    assert output_of(kubectl("auth can-i create deployments.apps")) == ["yes"]
    assert kubectl("auth can-i create deployments.apps --namespace default").stdout == "no\n"
    assert "Forbidden" in kubectl("get configmaps --namespace default").stderr


def test_the_plugin_of_leastway_with_an_unknown_key_is_rejected(
    aws: FakeAws, kubectl_as: Callable[..., Kubectl]
) -> None:
    arn, key = aws.user("platform")
    aws.grant(arn)
    kubectl = kubectl_as(key, _leastways_own)
    aws.disable(key)
    done = kubectl("get pods")
    assert done.returncode == 1
    assert "You must be logged in to the server" in done.stderr


def output_of(done: subprocess.CompletedProcess[str]) -> list[str]:
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


CREATED = [
    "role.rbac.authorization.k8s.io/deployer created",
    "rolebinding.rbac.authorization.k8s.io/deployer created",
    "configmap/settings created",
]


def test_apply_creates_and_changes_objects(root: Kubectl) -> None:
    assert output_of(root("apply -f -", MANIFEST)) == CREATED
    unchanged = [line.replace("created", "unchanged") for line in CREATED]
    assert output_of(root("apply -f -", MANIFEST)) == unchanged
    assert output_of(root("apply -f -", MANIFEST.replace("blue", "red")))[2] == "configmap/settings configured"
    assert output_of(root("get configmap settings -o jsonpath={.data.colour}")) == ["red"]
    assert output_of(root("diff -f -", MANIFEST.replace("blue", "red"))) == []


def test_server_side_apply_reports_conflicts(root: Kubectl) -> None:
    applied = [line.replace("created", "serverside-applied") for line in CREATED]
    assert output_of(root("apply --server-side -f -", MANIFEST)) == applied
    assert output_of(root("apply --server-side -f -", MANIFEST)) == applied
    conflicting = root("apply --server-side --field-manager other -f -", MANIFEST.replace("blue", "red"))
    assert conflicting.returncode == 1
    assert 'conflict with "kubectl": .data.colour' in conflicting.stderr
    assert output_of(root("apply --server-side --force-conflicts --field-manager other -f -", MANIFEST)) == applied


def test_unknown_fields_are_rejected(root: Kubectl) -> None:
    done = root("apply -f -", MANIFEST.replace("colour: blue}", "colour: blue}\nextra: 1"))
    assert done.returncode == 1
    assert 'unknown field "extra"' in done.stderr


def test_can_i_reports_what_rbac_allows(root: Kubectl, member: Kubectl) -> None:
    refused = member("auth can-i list pods")
    assert (refused.returncode, refused.stdout) == (1, "no\n")
    output_of(root("apply -f -", MANIFEST))
    assert eventually(lambda: member("auth can-i list pods").stdout == "yes\n")
    assert member("auth can-i list pods --all-namespaces").stdout == "no\n"
    assert member("auth can-i create pods").stdout == "no\n"
    listed = {tuple(line.split()) for line in output_of(member("auth can-i --list"))}
    assert ("pods", "[]", "[]", "[get", "list]") in listed
    assert output_of(root("auth can-i '*' '*'")) == ["yes"]
    asked_as = root("auth can-i list pods --as someone --as-group humanitec")
    assert output_of(asked_as) == ["yes"]


def test_get_is_allowed_or_forbidden_by_rbac(root: Kubectl, member: Kubectl, namespace: str) -> None:
    output_of(root("apply -f -", MANIFEST))
    assert eventually(lambda: member("get pods").returncode == 0)
    refused = member("get secrets")
    assert refused.returncode == 1
    assert "Error from server (Forbidden): secrets is forbidden" in refused.stderr
    assert namespace in output_of(root("get namespaces -o name"))[0] or f"namespace/{namespace}" in output_of(
        root("get namespaces -o name")
    )
    assert "settings" in "\n".join(output_of(root("get configmaps")))


def test_whoami_shows_the_user_and_groups(member: Kubectl) -> None:
    lines = output_of(member("auth whoami"))
    assert any("assumed-role/humanitec/deploy" in line for line in lines)
    assert any("humanitec system:authenticated" in line for line in lines)


def test_an_invalid_token_is_rejected(aws: FakeAws, kubectl_as: Callable[..., Kubectl]) -> None:
    _, key = aws.user("nobody")
    done = kubectl_as(key)("get pods")
    assert done.returncode == 1
    assert "You must be logged in to the server" in done.stderr


def test_kubectl_create_commands_work(root: Kubectl) -> None:
    """kubectl sends these as protobuf."""
    output_of(root("create role reader --verb=get,list --resource=pods,configmaps --resource-name=one"))
    assert output_of(root("get role reader -o jsonpath={.rules[0].resourceNames}")) == ['["one"]']
    output_of(root("create clusterrole reader-of-test --verb=get --non-resource-url=/x --dry-run=server"))
    output_of(root("create rolebinding reader --role=reader --group=a --user=b --serviceaccount=c:d"))
    kinds = output_of(root("get rolebinding reader -o jsonpath={.subjects[*].kind}"))
    assert sorted(kinds[0].split()) == ["Group", "ServiceAccount", "User"]
    output_of(root("create configmap made --from-literal=a=1"))
    output_of(root("create secret generic made --from-literal=a=1"))
    assert output_of(root("get secret made -o jsonpath={.data.a}")) == ["MQ=="]
    output_of(root("create serviceaccount made"))
    output_of(root("label configmap made a=b"))
    assert output_of(root("get configmap -l a=b -o name")) == ["configmap/made"]
    output_of(root("annotate configmap made a=b"))
    assert output_of(root("delete configmap,secret,serviceaccount,role,rolebinding --all --wait=false")) != []
    assert root("get configmap made").returncode == 1


def test_namespaces_can_be_created_and_deleted(root: Kubectl, namespace: str) -> None:
    output_of(root(f"create namespace {namespace}-2"))
    output_of(root(f"delete namespace {namespace}-2 --wait=false"))

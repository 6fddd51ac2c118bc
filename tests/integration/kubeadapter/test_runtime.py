"""What runs of an environment, and whether its cluster can be reached: the server's API on a real API server."""

from __future__ import annotations

import base64
import datetime as dt
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from leastway.errors import LeastwayError
from leastway.grant import GroupAccess, RulesFile
from leastway.ports import ClusterDescription, EksToken, SessionKeys
from leastway.primitives import Secret
from leastway.proof import contract_of, document_of
from leastway.rbac import RbacRule
from leastway.sandbox.kube import KubeServer, KubeUser
from leastway.service.aws_access import AwsAccess
from leastway.workloads import LABELS, ORGANIZATION
from tests.contract.kube.world.stage import Server
from tests.integration.kubeadapter.world import Cluster, Users
from tests.running_server import RunningServer, running_server
from tests.unit.compiler.conftest import EXTERNAL_IDS, S3_ROLE, grant_of
from tests.unit.compiler.conftest import cluster as cluster_of_grant

KEYS = {"aws_access_key_id": "AKIA" + "QWERTYUIOPASDFGH", "aws_secret_access_key": "s" * 40}
ENVIRONMENT = "/orgs/acme/apps/shop/envs/dev"
CHECK = "/orgs/acme/runtime/actions/check-connectivity"
BODY = {"app_id": "shop", "env_id": "dev", "env_type": "development"}
OUTSIDE = "leastway-verify-outside"
VIEWER = KubeUser("viewer", groups=("viewers",))


@dataclass
class Doubles:
    """STS and EKS: the cluster, and the user whose tokens are handed out."""

    server: Server
    user: str = "viewer"
    status: str = "ACTIVE"
    tokens: int = 0

    def describe(self, _keys: SessionKeys, region: str, name: str, /) -> ClusterDescription:
        authority = base64.b64encode(self.server.ca_pem).decode()
        arn = f"arn:aws:eks:{region}:111122223333:cluster/{name}"
        return ClusterDescription(name, arn, self.status, self.server.endpoint, authority)

    def eks_token(self, _keys: SessionKeys, *, cluster: str, region: str, expiry: dt.datetime | None) -> EksToken:
        self.tokens += 1
        return EksToken(Secret(self.user), dt.datetime.now(dt.UTC) + dt.timedelta(minutes=14))

    def refuse(self, *_: Any) -> Any:
        raise LeastwayError("the test has no AWS")

    guest = assume = identity = refuse


@dataclass
class World:
    running: RunningServer
    doubles: Doubles
    namespace: str


@pytest.fixture(scope="module")
def made(started: tuple[Server, Users], tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    server, users = started
    if isinstance(server, KubeServer):
        pytest.skip("the small server has no Deployments")
    users.known[VIEWER.username] = VIEWER
    doubles, namespace = Doubles(server), f"shop-{secrets.token_hex(4)}"
    access = AwsAccess(doubles, doubles.refuse, lambda: "eu-central-1", doubles, doubles)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AwsAccess, "ambient", lambda *_: access)
        with running_server(tmp_path_factory.mktemp("server") / "data") as running:
            assert running.request("POST", "/orgs/acme/apps", {"id": "shop", "name": "Shop"}).status == 201
            new = {"id": "dev", "name": "Dev", "type": "development"}
            assert running.request("POST", "/orgs/acme/apps/shop/envs", new).status == 201
            place = {"name": "prod", "region": "eu-central-1"}
            inputs = {"values": place, "secrets": {"credentials": KEYS}}
            define(running, "cluster", "k8s-cluster", "humanitec/k8s-cluster-eks", inputs, [{"env_id": "dev"}])
            name = {"values": {"namespace": "${resources['config#ns'].outputs.name}"}}
            define(running, "namespace", "k8s-namespace", "humanitec/k8s-namespace", name, [{}])
            template = {"values": {"templates": {"outputs": f'name: {{{{ printf "%s" "{namespace}" }}}}'}}}
            define(running, "named", "config", "humanitec/template", template, [{}])
            yield World(running, doubles, namespace)


def define(running: RunningServer, identifier: str, kind: str, driver: str, inputs: Any, criteria: Any) -> None:
    body = {"id": identifier, "name": identifier, "type": kind, "driver_type": driver, "driver_inputs": inputs}
    answer = running.request("POST", "/orgs/acme/resources/defs", {**body, "criteria": criteria})
    assert answer.status == 200, answer.body


@pytest.fixture
def world(made: World, cluster: Cluster) -> Iterator[World]:
    if cluster.get(f"/api/v1/namespaces/{made.namespace}") is None:
        cluster.create("namespaces", made.namespace)
    empty(cluster, made.namespace)
    rules = [
        {"apiGroups": ["apps"], "resources": ["deployments", "replicasets"], "verbs": ["get", "list"]},
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]},
    ]
    allow(cluster, made.namespace, "look", rules)
    made.doubles.user, made.doubles.status = VIEWER.username, "ACTIVE"
    yield made
    empty(cluster, made.namespace)


def empty(cluster: Cluster, namespace: str) -> None:
    rbac, apps = "/apis/rbac.authorization.k8s.io/v1", "/apis/apps/v1"
    kinds = (rbac, "rolebindings"), (rbac, "roles"), (apps, "deployments"), (apps, "replicasets"), ("/api/v1", "pods")
    for base, plural in kinds:
        cluster.admin.request("DELETE", f"{base}/namespaces/{namespace}/{plural}")


def allow(cluster: Cluster, namespace: str, name: str, rules: Any) -> None:
    cluster.create("roles", name, namespace, rules=rules)
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name}
    subjects = [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": VIEWER.username}]
    cluster.create("rolebindings", name, namespace, roleRef=reference, subjects=subjects)


def put_deployment(cluster: Cluster, world: World, name: str, *, available: int, labels: dict[str, str]) -> None:
    """Make a Deployment with its ReplicaSet and a pod, and the statuses that controllers would give them."""
    base = f"/apis/apps/v1/namespaces/{world.namespace}"
    own = {**dict(zip(LABELS, ("shop", "dev", name), strict=True)), ORGANIZATION: "acme", **labels}
    containers = {"containers": [{"name": "main", "image": "web:1"}]}
    pod = {"metadata": {"labels": own}, "spec": containers}
    metadata = {"name": name, "labels": own, "annotations": {"deployment.kubernetes.io/revision": "7"}}
    spec = {"replicas": 2, "selector": {"matchLabels": own}, "template": pod}
    body = {"metadata": metadata, "spec": spec}
    live = cluster.admin.request("POST", f"{base}/deployments", body)
    counts = {"replicas": 2, "updatedReplicas": 2, "availableReplicas": available, "readyReplicas": available}
    live["status"] = {"observedGeneration": 1, **counts}
    live["status"]["conditions"] = [
        {"type": "Available", "status": str(available == 2), "reason": "MinimumReplicas", "message": "told"}
    ]
    cluster.admin.request("PUT", f"{base}/deployments/{name}/status", live)
    owner = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name, "uid": live["metadata"]["uid"]}
    of_set = {**metadata, "name": f"{name}-5d", "ownerReferences": [owner]}
    made = cluster.admin.request("POST", f"{base}/replicasets", {"metadata": of_set, "spec": {**spec, "replicas": 1}})
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": f"{name}-5d", "uid": made["metadata"]["uid"]}
    one: Any = {**pod, "metadata": {"name": f"{name}-5d-x", "labels": own, "ownerReferences": [owner]}}
    one["spec"] = {**containers, "serviceAccountName": "default", "automountServiceAccountToken": False}
    pods = f"/api/v1/namespaces/{world.namespace}/pods"
    found = cluster.admin.request("POST", pods, one)
    waiting = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}}
    running = {"running": {"startedAt": "2026-11-29T02:00:00Z"}}
    state = running if available == 2 else waiting
    status = {"name": "main", "ready": available == 2, "restartCount": 3, "state": state, "image": "i", "imageID": ""}
    found["status"] = {"phase": "Running", "containerStatuses": [status]}
    cluster.admin.request("PUT", f"{pods}/{name}-5d-x/status", found)


def test_the_runtime_of_an_environment_is_what_its_cluster_reports(world: World, cluster: Cluster) -> None:
    put_deployment(cluster, world, "web", available=2, labels={})
    put_deployment(cluster, world, "jobs", available=0, labels={})
    put_deployment(cluster, world, "other", available=2, labels={LABELS[1]: "another"})
    put_deployment(cluster, world, "theirs", available=2, labels={ORGANIZATION: "globex"})

    older = world.running.request("GET", f"{ENVIRONMENT}/runtime")
    newer = world.running.request("GET", f"{ENVIRONMENT}/runtime", headers={"Accept": "application/v2+json"})
    status = world.running.request("GET", "/orgs/acme/apps/shop/runtime?id=dev&id=none")

    assert (older.status, newer.status, status.status) == (200, 200, 200), (older.body, newer.body, status.body)
    assert newer.headers["content-type"] == "application/v2+json"
    modules = newer.json()["modules"]
    assert newer.json()["namespace"] == world.namespace
    assert {name: (one["status"], one["status_class"]) for name, one in modules.items()} == {
        "jobs": ("Failed", "Failure"),
        "web": ("Running", "Success"),
    }
    web = modules["web"]["controllers"]["web"]
    assert (web["kind"], web["replicas"], web["revision"], web["message"]) == ("Deployment", 2, 7, "")
    (pod,) = web["pods"]
    assert (pod["podName"], pod["phase"], pod["status"], pod["revision"]) == ("web-5d-x", "Running", "Success", 7)
    assert pod["containerStatuses"][0]["state"] == {"running": {"started_at": "2026-11-29T02:00:00Z"}}
    jobs = modules["jobs"]["controllers"]["jobs"]
    assert jobs["message"] == "main: CrashLoopBackOff: back-off"
    assert jobs["pods"][0]["status"] == "Failure"
    old = older.json()["modules"]["web"]
    assert (old["profile"], old["web"]["status"], old["web"]["pods"][0]["podName"]) == (
        "humanitec/default-module",
        "Success",
        "web-5d-x",
    )
    assert [(one["id"], one.get("status"), bool(one.get("error"))) for one in status.json()] == [
        ("dev", "Failure", False),
        ("none", None, True),
    ]


def test_pods_are_told_apart_also_where_replica_sets_may_not_be_listed(world: World, cluster: Cluster) -> None:
    cluster.remove(f"/apis/rbac.authorization.k8s.io/v1/namespaces/{world.namespace}/roles/look")
    rules = [
        {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["list"]},
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]},
    ]
    cluster.create("roles", "look", world.namespace, rules=rules)
    put_deployment(cluster, world, "web", available=2, labels={})
    put_deployment(cluster, world, "jobs", available=2, labels={})
    found = world.running.request("GET", f"{ENVIRONMENT}/runtime").json()["modules"]
    assert {name: [pod["podName"] for pod in one[name]["pods"]] for name, one in found.items()} == {
        "jobs": ["jobs-5d-x"],
        "web": ["web-5d-x"],
    }


def test_an_environment_where_nothing_runs_has_no_modules(world: World) -> None:
    found = world.running.request("GET", f"{ENVIRONMENT}/runtime")
    assert (found.status, found.json()) == (200, {"namespace": world.namespace, "modules": {}})


def test_a_cluster_that_does_not_let_the_platform_look_is_named_with_the_right(world: World, cluster: Cluster) -> None:
    cluster.remove(f"/apis/rbac.authorization.k8s.io/v1/namespaces/{world.namespace}/roles/look")
    found = world.running.request("GET", f"{ENVIRONMENT}/runtime")
    assert found.status == 503
    assert "list deployments and pods" in found.json()["message"]


@pytest.mark.parametrize("path", ["/orgs/other/apps/shop/envs/dev/runtime", "/orgs/acme/apps/shop/envs/no/runtime"])
def test_the_runtime_of_what_does_not_exist_is_not_found(world: World, path: str) -> None:
    before = world.doubles.tokens
    assert world.running.request("GET", path).status == 404
    assert world.doubles.tokens == before


def conditions(world: World, body: Any = BODY) -> tuple[bool, dict[str, tuple[str, str]], list[str]]:
    answer = world.running.request("POST", CHECK, body)
    assert answer.status == 200, answer.body
    found = answer.json()
    assert KEYS["aws_secret_access_key"] not in answer.body.decode()
    shown = {one["type"]: (one["status"], one["message"]) for one in found["conditions"]}
    return found["success"], shown, [one["def_id"] for one in found["resource_summaries"]]


def test_a_check_names_the_rights_that_are_missing(world: World) -> None:
    success, found, used = conditions(world)
    assert (success, used) == (False, ["named", "cluster", "namespace"])
    assert found["GraphCanProvision"][0] == "True"
    assert "long-term key" in found["GraphCanProvision"][1]
    assert found["ClusterCanBeReached"][0] == "True"
    assert found["DeploymentIsAllowed"][0] == "False"
    assert f"patch deployments.apps in {world.namespace}" in found["DeploymentIsAllowed"][1]
    assert found["AccessIsBounded"][0] == "True"


def test_a_check_succeeds_with_the_rights_of_a_deployment_and_warns_of_more(world: World, cluster: Cluster) -> None:
    verbs = ["get", "list", "create", "patch", "delete"]
    kinds = ["serviceaccounts", "configmaps", "secrets", "services", "pods"]
    rules = [
        {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": verbs},
        {"apiGroups": [""], "resources": kinds, "verbs": verbs},
    ]
    allow(cluster, world.namespace, "deploy", rules)
    expected = [{"type": "k8s-cluster", "id": "cluster"}]
    success, found, _ = conditions(world, {**BODY, "expected_definitions": expected})
    assert (success, {status for status, _ in found.values()}) == (True, {"True"}), found
    world.doubles.user = "admin"
    success, found, _ = conditions(world)
    assert (success, found["AccessIsBounded"][0]) == (True, "Unknown")
    assert "create ClusterRoleBindings" in found["AccessIsBounded"][1]


def test_what_a_contract_gives_in_the_cluster_is_not_called_too_much(world: World, cluster: Cluster) -> None:
    pods = RbacRule(("",), ("pods",), ("list",))
    if cluster.get(f"/api/v1/namespaces/{OUTSIDE}") is None:
        cluster.create("namespaces", OUTSIDE)
    empty(cluster, OUTSIDE)
    allow(cluster, OUTSIDE, "look", [pods.render()])
    assert conditions(world)[1]["AccessIsBounded"] == ("Unknown", "the platform may also list pods of other namespaces")

    access = GroupAccess(group="humanitec", rules=RulesFile(Path("pods.yaml"), (pods,)), namespaces=(OUTSIDE,))
    for name, given in (("elsewhere", "test"), ("here", "prod")):
        grant = replace(grant_of(cluster_of_grant(given, access), roles=(S3_ROLE,)), name=name)
        account = grant.accounts[0]
        content = document_of(grant, account, contract_of(grant, account, EXTERNAL_IDS)).content
        path = f"/orgs/acme/contracts/{name}/accounts/{account.id}"
        assert conditions(world)[1]["AccessIsBounded"][0] == "Unknown"
        assert world.running.request("PUT", path, json.loads(content)).status == 200

    message = "what a grant does not give is denied; the contract gives: list pods of other namespaces"
    assert conditions(world)[1]["AccessIsBounded"] == ("True", message)
    empty(cluster, OUTSIDE)


@pytest.mark.parametrize(
    ("body", "type_id", "words"),
    [
        ({**BODY, "env_id": "none"}, "GraphCanProvision", "does not exist"),
        ({**BODY, "env_type": "production"}, "GraphCanProvision", "of the type development"),
        (
            {**BODY, "expected_definitions": [{"type": "k8s-cluster", "id": "other"}]},
            "ExpectedDefinitionsMatch",
            "other for k8s-cluster",
        ),
    ],
)
def test_a_check_that_fails_says_why(world: World, body: Any, type_id: str, words: str) -> None:
    success, found, _ = conditions(world, body)
    assert (success, found[type_id][0]) == (False, "False")
    assert words in found[type_id][1]


def test_a_cluster_that_is_not_active_fails_the_check_and_the_rest_is_not_checked(world: World) -> None:
    world.doubles.status = "CREATING"
    success, found, _ = conditions(world)
    assert (success, found["GraphCanProvision"][0]) == (False, "False")
    assert "CREATING" in found["GraphCanProvision"][1]
    assert found["ClusterCanBeReached"] == ("Unknown", "not checked, because a check before it failed")


def test_a_token_that_the_cluster_does_not_accept_fails_the_check(world: World) -> None:
    world.doubles.user = "nobody"
    success, found, _ = conditions(world)
    assert (success, found["ClusterCanBeReached"][0]) == (False, "False")


@pytest.mark.parametrize("body", [{}, {"app_id": "shop"}, {**BODY, "app_id": 5}, []])
def test_a_body_that_is_wrong_is_refused(world: World, body: Any) -> None:
    assert world.running.request("POST", CHECK, body).status == 400

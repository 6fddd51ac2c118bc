"""A real API server that only an agent reaches, a server of the platform with doubles of STS and EKS, and a set."""

from __future__ import annotations

import base64
import datetime as dt
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from leastway.errors import LeastwayError
from leastway.kube import Connection, NotFoundError
from leastway.ports import ClusterDescription, EksToken, IssuedSession, SessionKeys
from leastway.primitives import Secret
from leastway.registry import EMPTY_SET
from leastway.service.aws_access import AwsAccess
from leastway.sessions import SessionRequest
from tests.integration.kubeadapter.world import Ticket
from tests.running_server import RunningServer

HOST = "https://cluster.eks.example"
"""The endpoint of the cluster, as EKS gives it: only the agent knows where that is."""
INLINE = {"aws_access_key_id": "AKIA" + "QWERTYUIOPASDFGH", "aws_secret_access_key": "s" * 40}
PAUSE = 0.05
"""Seconds between two looks of the server at a rollout."""
_PAGE = Path(__file__).parents[3] / "docs" / "deployments.md"
ENVIRONMENT = "/orgs/acme/apps/shop/envs/dev"


@dataclass
class Doubles:
    """STS and EKS: the cluster, and the user whose tokens are handed out."""

    endpoint: str
    authority: str
    user: str = "deployer"
    status: str = "ACTIVE"
    tokens: int = 0

    def describe(self, _keys: SessionKeys, _region: str, name: str, /) -> ClusterDescription:
        arn = f"arn:aws:eks:eu-central-1:111122223333:cluster/{name}"
        return ClusterDescription(name, arn, self.status, self.endpoint, self.authority)

    def eks_token(self, _keys: SessionKeys, *, cluster: str, region: str, expiry: dt.datetime | None) -> EksToken:
        self.tokens += 1
        return EksToken(Secret(self.user), dt.datetime.now(dt.UTC) + dt.timedelta(minutes=14))

    def access(self) -> AwsAccess:
        def none() -> Any:
            raise LeastwayError("the test has no such keys")

        return AwsAccess(self, none, lambda: "eu-central-1", self, self)

    def guest(self, *_: Any) -> Any:
        raise LeastwayError("the test has no AWS")

    def assume(self, request: SessionRequest, _keys: SessionKeys | None, /) -> IssuedSession:
        made = SessionKeys("ASIAEXAMPLE", Secret("secret"), Secret("token"))
        return IssuedSession(made, dt.datetime.now(dt.UTC) + dt.timedelta(seconds=request.duration))

    def identity(self, *_: Any) -> Any:
        raise LeastwayError("the test has no AWS")


def _rules_of_page(name: str) -> list[dict[str, Any]]:
    """Return the rules that the documentation recommends, from their block."""
    block = _PAGE.read_text().partition(f"```yaml\n# rbac/{name}.yaml")[2].partition("```")[0]
    rules: list[dict[str, Any]] = yaml.safe_load(block.partition("\n")[2])
    return rules


RULES = _rules_of_page("deployer")


def find(admin: Connection, path: str) -> Any:
    """Return an object, or None if it does not exist."""
    try:
        return admin.request("GET", path)
    except NotFoundError:
        return None


def grant(admin: Connection, namespace: str, rules: list[dict[str, Any]]) -> None:
    """Let the deployer read `kube-system` itself, and give it rules in the namespace alone: nothing cluster-wide."""
    rbac = "/apis/rbac.authorization.k8s.io/v1"
    if find(admin, f"/api/v1/namespaces/{namespace}") is None:
        admin.request("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})
        role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "deployer"}
        subjects = [{"kind": "User", "name": "deployer"}]
        binding = {"metadata": {"name": "deployer"}, "roleRef": role, "subjects": subjects}
        for where, given in (("kube-system", _rules_of_page("identity")), (namespace, rules)):
            base = f"{rbac}/namespaces/{where}"
            if find(admin, f"{base}/roles/deployer") is None:
                admin.request("POST", f"{base}/roles", {"metadata": {"name": "deployer"}, "rules": given})
                admin.request("POST", f"{base}/rolebindings", binding)
        return
    path = f"{rbac}/namespaces/{namespace}/roles/deployer"
    admin.request("PATCH", path, {"rules": rules}, media="application/merge-patch+json")


def define(running: RunningServer, identifier: str, kind: str, driver: str, **inputs: Any) -> None:
    """Make a definition that matches everything of its type."""
    body = {
        "id": identifier,
        "name": identifier,
        "type": kind,
        "driver_type": driver,
        "driver_inputs": inputs,
        "criteria": [{}],
    }
    answer = running.request("POST", "/orgs/acme/resources/defs", body)
    assert answer.status == 200, answer.body


def prepare(running: RunningServer, namespace: str) -> None:
    """Make an application, and the definitions of its cluster, namespace, agent and database."""
    assert running.request("POST", "/orgs/acme/apps", {"id": "shop", "name": "Shop"}).status == 201
    body = {"id": "dev", "name": "Dev", "type": "development"}
    assert running.request("POST", "/orgs/acme/apps/shop/envs", body).status == 201
    define(running, "way-in", "agent", "humanitec/agent", values={"id": "prod"})
    define(
        running,
        "cluster",
        "k8s-cluster",
        "humanitec/k8s-cluster-eks",
        values={"name": "prod", "region": "eu-central-1"},
        secrets={"credentials": INLINE, "agent_url": "${resources['agent.default#agent'].outputs.url}"},
    )
    define(running, "namespace", "k8s-namespace", "humanitec/k8s-namespace", values={"namespace": namespace})
    define(
        running,
        "database",
        "postgres",
        "humanitec/echo",
        values={"host": "db.example", "port": 5432, "name": "shop"},
        secrets={"username": "shop", "password": "planted-password-of-db"},
    )


def module(image: str = "registry.example/web:1", **spec: Any) -> dict[str, Any]:
    """Return a module with a database whose password is in a variable."""
    variables = {"HOST": "${externals.db.host}", "PASSWORD": "${externals.db.password}"}
    return {
        "profile": "humanitec/default-module",
        "spec": {
            "containers": {"main": {"image": image, "variables": variables}},
            "service": {"ports": {"www": {"service_port": 80, "container_port": 8080}}},
            **spec,
        },
        "externals": {"db": {"type": "postgres"}},
    }


def deploy(running: RunningServer, modules: dict[str, Any] | None, *, path: str = ENVIRONMENT, **more: Any) -> str:
    """Begin a deployment of a set with these modules alone."""
    made = EMPTY_SET.id
    if modules:
        sets = f"/orgs/acme/apps/shop/sets/{EMPTY_SET.id}"
        made = running.request("POST", sets, {"modules": {"add": modules}}).json()
    answer = running.request("POST", f"{path}/deploys", {"set_id": made, "comment": "", **more})
    assert answer.status == 201, answer.body
    return str(answer.json()["id"])


def wait_for(
    running: RunningServer, deployment: str, seconds: float = 240, *, path: str = ENVIRONMENT
) -> dict[str, Any]:
    """Return a deployment once it has ended."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found: dict[str, Any] = running.request("GET", f"{path}/deploys/{deployment}").json()
        if found["status"] in ("succeeded", "failed"):
            return found
        time.sleep(0.1)
    raise AssertionError(f"the deployment does not end: {found}, {log_of(running, deployment, path=path)}")


def log_of(running: RunningServer, deployment: str, *, path: str = ENVIRONMENT) -> list[str]:
    lines = running.request("GET", f"{path}/deploys/{deployment}/log").json()
    return [f"{one['phase']}: {one['text']}" for one in lines]


def watches(running: RunningServer, deployment: str) -> bool:
    """Return whether a deployment watches its rollouts."""
    return any(line.startswith("rollout:") for line in log_of(running, deployment))


def errors_of(running: RunningServer, deployment: str, *, path: str = ENVIRONMENT) -> list[dict[str, str]]:
    found: list[dict[str, str]] = running.request("GET", f"{path}/deploys/{deployment}/errors").json()
    return found


def connection_to(endpoint: str, ca: bytes, user: str) -> Connection:
    ticket = Ticket(Secret(user))
    return Connection(endpoint, base64.b64encode(ca).decode(), lambda: ticket)


@dataclass
class Controller:
    """Sets the status of each Deployment of a namespace as a controller would: available, or with a pod that fails."""

    admin: Connection
    namespace: str
    fails: bool = False
    holds: bool = False
    """Whether nothing becomes available: a rollout is watched until then."""
    _over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        base = f"/apis/apps/v1/namespaces/{self.namespace}/deployments"
        while not self._over.wait(0.1):
            if self.holds:
                continue
            with suppress(LeastwayError):
                for one in self.admin.request("GET", base)["items"]:
                    self._settle(base, one)

    def stop(self) -> None:
        self._over.set()

    def _settle(self, base: str, one: dict[str, Any]) -> None:
        count, generation = one["spec"].get("replicas", 1), one["metadata"]["generation"]
        reason = "ProgressDeadlineExceeded" if self.fails else "NewReplicaSetAvailable"
        condition = {"type": "Progressing", "status": str(not self.fails), "reason": reason, "message": "told"}
        status = {
            "observedGeneration": generation,
            "replicas": count,
            "updatedReplicas": count,
            "readyReplicas": 0 if self.fails else count,
            "availableReplicas": 0 if self.fails else count,
            "conditions": [condition],
        }
        known = one.get("status") or {}
        if all(known.get(name, 0) == status[name] for name in status if name != "conditions"):
            return
        path = f"{base}/{one['metadata']['name']}/status"
        body = {"metadata": {"resourceVersion": one["metadata"]["resourceVersion"]}, "status": status}
        self.admin.request("PATCH", path, body, media="application/merge-patch+json")


@contextmanager
def controller(admin: Connection, namespace: str, *, fails: bool = False) -> Iterator[Controller]:
    made = Controller(admin, namespace, fails)
    thread = threading.Thread(target=made.run, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.stop()
        thread.join(10)

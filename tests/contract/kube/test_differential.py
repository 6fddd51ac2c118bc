"""Random requests of the kinds that leastway sends, to both servers: they must answer the same.

Lists and maps are never empty, because leastway sends none. Not compared: ids, versions and times, and the order of
managers and causes.
"""

import itertools
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leastway.sandbox.assets import find_assets
from leastway.sandbox.kube import KubeServer
from leastway.sandbox.kube.real import RealKubeServer
from tests.contract.kube.world.aws import FakeAws
from tests.contract.kube.world.client import APPLY, RBAC, Answer, Client
from tests.contract.kube.world.stage import CLUSTER, AuthenticatorOf, Loop, Server

pytestmark = pytest.mark.integration

Request = tuple[str, str, str, Any, dict[str, str]]
"""The operation, the path of the kind with `NS` for the namespace, the name, the body, the query."""

_COUNT = itertools.count()


@pytest.fixture(scope="module")
def pair(loop: Loop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, Client]]:
    assets = find_assets()
    if assets is None:
        pytest.skip("KUBEBUILDER_ASSETS names no kube-apiserver: see docs/kube-assets.md")
    admin = secrets.token_hex(16)
    make = AuthenticatorOf(FakeAws(), admin)
    servers: tuple[Server, Server] = KubeServer(CLUSTER, make), RealKubeServer(CLUSTER, make, assets)
    clients: list[Client] = []
    try:
        for server in servers:
            loop.run(server.start())
            ca_file = Path(tmp_path_factory.mktemp("ca"), "ca.pem")
            ca_file.write_bytes(server.ca_pem)
            clients.append(Client(server.endpoint, ca_file, admin))
        yield clients[0], clients[1]
    finally:
        for client in clients:
            client.close()
        for server in servers:
            loop.run(server.stop())


few = st.sampled_from("ab")
texts = st.sampled_from(["1", "2", ""])
groups = st.sampled_from([[""], ["apps"], ["*"]])
rule = st.fixed_dictionaries(
    {"apiGroups": groups, "resources": st.sampled_from([["pods"], ["*"]]), "verbs": st.sampled_from([["get"], ["*"]])}
)
subject = st.sampled_from(
    [
        {"kind": "Group", "name": "g"},
        {"kind": "Group", "name": "g", "apiGroup": "rbac.authorization.k8s.io"},
        {"kind": "User", "name": "u"},
        {"kind": "ServiceAccount", "name": "s", "namespace": "default"},
    ]
)
role_ref = st.sampled_from(["r", "r", "r", "q"]).map(
    lambda name: {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name}
)


def _optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


KINDS: dict[str, tuple[str, str, st.SearchStrategy[dict[str, Any]]]] = {
    "/api/v1/namespaces/NS/configmaps": (
        "v1",
        "ConfigMap",
        _optional(data=st.dictionaries(few, texts, min_size=1, max_size=2)),
    ),
    f"{RBAC}/namespaces/NS/roles": (
        "rbac.authorization.k8s.io/v1",
        "Role",
        _optional(rules=st.lists(rule, min_size=1, max_size=2)),
    ),
    f"{RBAC}/namespaces/NS/rolebindings": (
        "rbac.authorization.k8s.io/v1",
        "RoleBinding",
        st.fixed_dictionaries({"roleRef": role_ref}, optional={"subjects": st.lists(subject, min_size=1, max_size=2)}),
    ),
}

metadata = st.fixed_dictionaries(
    {},
    optional={
        "labels": st.dictionaries(few, texts, min_size=1, max_size=2),
        "annotations": st.dictionaries(few, texts, min_size=1, max_size=1),
    },
)
operations = st.sampled_from(["create", "put", "apply", "apply", "apply", "delete", "get"])


@st.composite
def requests(draw: st.DrawFn, path: str) -> Request:
    """One request about objects of one kind."""
    api_version, kind, fields = KINDS[path]
    operation, name = draw(operations), draw(st.sampled_from("nnnm"))
    if operation == "put" and kind != "ConfigMap":  # leastway updates only ConfigMaps
        operation = "create"
    query = draw(
        st.fixed_dictionaries(
            {"fieldManager": st.sampled_from(["one", "two", "three"])},
            optional={"dryRun": st.just("All")},
        )
    )
    body = {"apiVersion": api_version, "kind": kind, **draw(fields), "metadata": {"name": name, **draw(metadata)}}
    if operation != "apply" and draw(st.integers(0, 29)) == 0:
        body["bogus"] = 1
    return operation, path, name, body, query


histories = st.sampled_from(sorted(KINDS)).flatmap(lambda path: st.lists(requests(path), min_size=1, max_size=12))


@settings(max_examples=80, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=histories)
def test_both_servers_answer_the_same(pair: tuple[Client, Client], history: list[Request]) -> None:
    namespace = f"differential-{next(_COUNT)}"
    for client in pair:
        assert client.create("/api/v1/namespaces", {"metadata": {"name": namespace}}).code == 201
    for request in history:
        small, real = (_compared(_ask(client, namespace, request)) for client in pair)
        assert small == real


def _ask(client: Client, namespace: str, request: Request) -> Answer:
    operation, path, name, body, query = request
    path = path.replace("NS", namespace)
    here = f"{path}/{name}"
    match operation:
        case "create":
            return client.create(path, body, **query)
        case "put":
            return client.put(here, body, **query)
        case "delete":
            return client.delete(here, **{key: value for key, value in query.items() if key == "dryRun"})
        case "get":
            return client.get(here)
        case _:
            return _apply(client, here, body, query)


def _apply(client: Client, path: str, body: Any, query: dict[str, str]) -> Answer:
    """Apply with the uid that was read before, as leastway does; if the object does not exist, with an unknown uid."""
    uid = client.get(path).body.get("metadata", {}).get("uid", "nobodys")
    wanted = {**body, "metadata": {**body["metadata"], "uid": uid}}
    return client.patch(path, wanted, APPLY, **query, force="true")


def _compared(answer: Answer) -> tuple[int, Any]:
    return answer.code, _without_what_differs(answer.body)


_DIFFERENT = ("uid", "resourceVersion", "creationTimestamp", "time")
_UNORDERED = ("managedFields", "causes")


def _without_what_differs(value: Any) -> Any:
    if isinstance(value, dict):
        compared = {key: each for key, each in value.items() if key not in _DIFFERENT and each not in ({}, None)}
        kept = {key: _without_what_differs(each) for key, each in compared.items()}
        return {key: sorted(each, key=str) if key in _UNORDERED and each else each for key, each in kept.items()}
    return [_without_what_differs(each) for each in value] if isinstance(value, list) else value

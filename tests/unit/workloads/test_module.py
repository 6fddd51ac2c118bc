"""What a module says, and what it may not say."""

from __future__ import annotations

import re
from typing import Any

import pytest

from leastway.errors import InvalidInputError
from leastway.primitives import Secret
from leastway.workloads import Workload, read_workload
from leastway.workloads.module import File, Mount, Port, Probe, Route

_CONTAINER = {"id": "web", "image": "registry.example.com/web:1"}


def _spec(**container: Any) -> dict[str, Any]:
    return {"containers": {"web": {**_CONTAINER, **container}}}


def test_a_module_with_everything_is_read() -> None:
    found = read_workload(
        "shop",
        {
            **_spec(
                command=["/app"],
                args=["-v", ""],
                variables={"HOST": "db", "PASSWORD": Secret("pw"), "PORT": 5432},
                files={"/etc/app/app.ini": {"mode": "0640", "value": "a"}, "/etc/app/key": {"value": Secret("k")}},
                volume_mounts={"/var/data": {"id": "externals.data", "sub_path": "a/b", "read_only": True}},
                resources={"requests": {"cpu": 0.25, "memory": "64Mi"}, "limits": {"memory": "1Gi"}},
                liveness_probe={"type": "http", "path": "/live", "port": 8080, "headers": {"X-Probe": "1"}},
                readiness_probe={"type": "tcp", "port": "8080"},
                startup_probe={"type": "command", "command": ["true"]},
            ),
            "service": {"ports": {"www": {"service_port": 80, "container_port": 8080}, "dns": _udp(53)}},
            "ingress": {"rules": {"shared.dns": {"http": {"/": {"type": "prefix", "port": 80}}}}},
            "labels": {"team": "shop"},
            "annotations": {"note": "x"},
            "replicas": 2,
            "deployment": {"labels": {"tier": "web"}, "replicas": 3},
            "pod": {"annotations": {"note": "y"}, "serviceAccountName": "reader"},
        },
    )

    (container,) = found.containers.values()
    assert container.variables == {"HOST": "db", "PASSWORD": Secret("pw"), "PORT": "5432"}
    assert container.files == {"/etc/app/app.ini": File("a", 0o640), "/etc/app/key": File(Secret("k"))}
    assert container.mounts == {"/var/data": Mount("externals.data", "a/b", True)}
    assert (container.requests, container.limits) == ({"cpu": "0.25", "memory": "64Mi"}, {"memory": "1Gi"})
    assert container.probes["liveness_probe"] == Probe(port=8080, path="/live", headers={"X-Probe": "1"})
    assert container.probes["readiness_probe"] == Probe(port=8080)
    assert container.probes["startup_probe"] == Probe(("true",))
    assert found.ports == {"www": Port(80, 8080), "dns": Port(53, 53, "UDP")}
    assert found.routes == (Route("shared.dns", "/", "Prefix", 80),)
    assert (found.labels, found.pod_labels, found.pod_annotations) == ({"tier": "web"}, {"team": "shop"}, {"note": "y"})
    assert (found.replicas, found.service_account) == (3, "reader")


def _udp(port: int) -> dict[str, Any]:
    return {"service_port": port, "protocol": "UDP"}


def test_the_least_module_is_one_container() -> None:
    found = read_workload("web", _spec())

    assert found == Workload(name="web", containers=found.containers)
    assert found.containers["web"].image == "registry.example.com/web:1"


@pytest.mark.parametrize(
    ("spec", "where"),
    [
        ({}, "containers"),
        ({**_spec(), "schedules": {}}, "schedules"),
        ({**_spec(), "labels": {"leastway.dev/workload": "x"}}, "labels.leastway.dev/workload"),
        ({**_spec(), "labels": {"a": Secret("s")}}, "labels.a"),
        ({**_spec(), "replicas": True}, "replicas"),
        ({**_spec(), "deployment": {"strategy": "Recreate"}}, "deployment.strategy"),
        ({**_spec(), "pod": {"hostNetwork": True}}, "pod.hostNetwork"),
        ({**_spec(), "serviceAccountName": "Not a name"}, "serviceAccountName"),
        ({"containers": {"Web": _CONTAINER}}, "containers.Web"),
        ({"containers": {"web": {"id": "web"}}}, "containers.web.image"),
        ({"containers": {"web": {"id": "web", "image": Secret("s")}}}, "containers.web.image"),
        (_spec(securityContext={"privileged": True}), "containers.web.securityContext"),
        (_spec(command="sh"), "containers.web.command"),
        (_spec(args=[1]), "containers.web.args[0]"),
        (_spec(variables={"1A": "x"}), "containers.web.variables.1A"),
        (_spec(variables={"A": ["x"]}), "containers.web.variables.A"),
        (_spec(files={"app.ini": {"value": ""}}), "containers.web.files.app.ini"),
        (_spec(files={"/app.ini": {"value": ""}}), "containers.web.files./app.ini"),
        (_spec(files={"/etc/../a": {"value": ""}}), "containers.web.files./etc/../a"),
        (_spec(files={"/etc/a": {"value": "", "mode": "rw"}}), "containers.web.files./etc/a.mode"),
        (_spec(files={"/etc/a": {"value": "", "mode": "4755"}}), "containers.web.files./etc/a.mode"),
        (_spec(files={"/etc/a": {"value": ""}}, volume_mounts={"/etc": {"id": "x"}}), "containers.web.files./etc/a"),
        (_spec(volume_mounts={"data": {"id": "x"}}), "containers.web.volume_mounts.data"),
        (_spec(volume_mounts={"/a/../b": {"id": "x"}}), "containers.web.volume_mounts./a/../b"),
        (_spec(volume_mounts={"/a": {"id": "x", "sub_path": "../b"}}), "containers.web.volume_mounts./a.sub_path"),
        (_spec(resources={"limits": {"cpu": "much"}}), "containers.web.resources.limits.cpu"),
        (_spec(resources={"limit": {}}), "containers.web.resources.limit"),
        (_spec(liveness_probe={"type": "grpc"}), "containers.web.liveness_probe.type"),
        (_spec(liveness_probe={"type": "http", "path": "live", "port": 1}), "containers.web.liveness_probe.path"),
        (_spec(liveness_probe={"type": "tcp", "port": 0}), "containers.web.liveness_probe.port"),
        (_spec(liveness_probe={"type": "command"}), "containers.web.liveness_probe.command"),
        ({**_spec(), "service": {"ports": {"WWW": {"service_port": 80}}}}, "service.ports.WWW"),
        ({**_spec(), "service": {"ports": {"www": {}}}}, "service.ports.www.service_port"),
        ({**_spec(), "service": {"ports": {"a": _udp(80), "b": _udp(80)}}}, "service.ports.b"),
        (
            {**_spec(), "ingress": {"rules": {"shared.dns": {"http": {"/": {"port": 80}}}}}},
            "ingress.rules.shared.dns.http./.port",
        ),
    ],
)
def test_what_is_not_served_or_not_valid_is_refused_at_its_field(spec: Any, where: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read_workload("shop", spec)

    assert refused.value.where == where


def _resources(kind: str, **quantities: str) -> dict[str, Any]:
    names = {"gpu": "example.com/gpu", "pages": "hugepages-2Mi", "spaced": "example.com/a b"}
    return _spec(resources={kind: {names.get(name, name): one for name, one in quantities.items()}})


def _route(path: str, kind: str = "prefix") -> dict[str, Any]:
    rules = {"shop.example": {"http": {path: {"type": kind, "port": 80}}}}
    return {**_spec(), "service": {"ports": {"www": {"service_port": 80}}}, "ingress": {"rules": rules}}


@pytest.mark.parametrize(
    ("spec", "where", "what"),
    [
        ({**_spec(), "labels": {"a b": "c"}}, "labels.a b", "the key of a label"),
        ({**_spec(), "labels": {"k" * 64: "c"}}, f"labels.{'k' * 64}", "the key of a label"),
        ({**_spec(), "labels": {"Example.com/a": "c"}}, "labels.Example.com/a", "the key of a label"),
        ({**_spec(), "labels": {"a": "c d"}}, "labels.a", "the value of a label"),
        ({**_spec(), "pod": {"labels": {"a": "c" * 64}}}, "pod.labels.a", "the value of a label"),
        ({**_spec(), "deployment": {"labels": {"a": "-c"}}}, "deployment.labels.a", "the value of a label"),
        ({**_spec(), "annotations": {"/": "c"}}, "annotations./", "the key of a label or an annotation"),
        ({**_spec(), "serviceAccountName": "a..b"}, "serviceAccountName", "not a name"),
        (_spec(variables={"A" * 250: Secret("s")}), f"containers.web.variables.{'A' * 250}", "too long for the key"),
        (
            _spec(readiness_probe={"type": "http", "path": "/", "port": 1, "headers": {"a b": "c"}}),
            "containers.web.readiness_probe.headers.a b",
            "the name of a header",
        ),
        (_resources("requests", disk="1"), "containers.web.resources.requests.disk", "not known"),
        (_resources("limits", spaced="1"), "containers.web.resources.limits.example.com/a b", "the key of a label"),
        (_resources("limits", gpu="0.5"), "containers.web.resources.limits.example.com/gpu", "not a whole number"),
        (_resources("requests", gpu="1"), "containers.web.resources.requests.example.com/gpu", "not the same"),
        (
            _resources("requests", pages="4Mi", cpu="1"),
            "containers.web.resources.requests.hugepages-2Mi",
            "not the same",
        ),
        (
            _resources("limits", pages="3Mi", memory="1Gi"),
            "containers.web.resources.limits.hugepages-2Mi",
            "not a number of huge pages",
        ),
        (
            _resources("limits", **{"hugepages-x": "2Mi", "cpu": "1"}),
            "containers.web.resources.limits.hugepages-x",
            "not a number of huge pages",
        ),
        (_resources("limits", pages="4Mi"), "containers.web.resources.limits.hugepages-2Mi", "memory or cpu beside"),
        (
            _resources("limits", **{"requests.example.com/a": "1"}),
            "containers.web.resources.limits.requests.example.com/a",
            "one of quotas",
        ),
        (_route("//a"), "ingress.rules.shop.example.http.//a", "the path has '//'"),
        (_route("/a/../b", "exact"), "ingress.rules.shop.example.http./a/../b", "the path has"),
        (_route("/a%2Fb"), "ingress.rules.shop.example.http./a%2Fb", "the path has '%2F'"),
        (_route("/a/.."), "ingress.rules.shop.example.http./a/..", "the path has '/..'"),
    ],
)
def test_what_the_api_server_would_refuse_is_refused_at_its_field(spec: Any, where: str, what: str) -> None:
    with pytest.raises(InvalidInputError, match=re.escape(what)) as refused:
        read_workload("shop", spec)
    assert refused.value.where == where


@pytest.mark.parametrize(
    ("request_", "limit"), [("2Gi", "1Gi"), ("1100m", "1"), ("1Mi", "1M"), ("1e3", "1"), ("1.5", "1400m"), ("1T", "1G")]
)
def test_a_request_above_its_limit_is_refused(request_: str, limit: str) -> None:
    spec = _spec(resources={"requests": {"memory": request_}, "limits": {"memory": limit}})
    with pytest.raises(InvalidInputError, match=f"it is more than the limit {limit}"):
        read_workload("shop", spec)
    read_workload("shop", _spec(resources={"requests": {"memory": limit}, "limits": {"memory": request_}}))


@pytest.mark.parametrize("name", ["Shop", "1shop", "shop-", "a" * 64, "shop.web"])
def test_a_name_that_a_service_cannot_have_is_refused(name: str) -> None:
    with pytest.raises(InvalidInputError, match="cannot be the name of a Service"):
        read_workload(name, _spec())

"""Score files as deltas."""

from __future__ import annotations

from typing import Any

import pytest

from leastway.errors import InvalidInputError
from leastway.workloads import read_score

_SCORE: dict[str, Any] = {
    "apiVersion": "score.dev/v1b1",
    "metadata": {"name": "backend", "annotations": {"team": "shop"}},
    "containers": {
        "main": {
            "image": "registry.example.com/backend:1",
            "command": ["/app"],
            "args": ["--name", "${metadata.name}"],
            "variables": {
                "DB": "postgres://${resources.db.username}:${resources.db.password}@${resources.db.host}/app",
                "DNS": "${resources.dns.host}",
                "DEBUG": "${resources.env.DEBUG}",
                "ORDERS": "http://${resources.orders.name}:${resources.orders.port}",
                "LITERAL": "$${HOME}",
            },
            "files": {"/etc/app/app.yaml": {"mode": "0644", "content": "host: ${resources.db.host}\n"}},
            "volumes": {"/data": {"source": "${resources.data}", "path": "a", "readOnly": True}},
            "resources": {"limits": {"memory": "128Mi"}},
            "livenessProbe": {"httpGet": {"path": "/live", "port": 8080}},
            "readinessProbe": {"exec": {"command": ["true"]}},
        }
    },
    "service": {"ports": {"www": {"port": 80, "targetPort": 8080}, "dns": {"port": 53, "protocol": "UDP"}}},
    "resources": {
        "db": {"type": "postgres", "class": "large", "params": {"name": "${metadata.name}"}},
        "dns": {"type": "dns", "id": "main-dns"},
        "env": {"type": "environment"},
        "orders": {"type": "service"},
        "data": {"type": "volume"},
        "theirs": {
            "type": "s3",
            "metadata": {"annotations": {"score.humanitec.io/resId": "modules.other.externals.files"}},
        },
    },
}


def test_a_score_file_becomes_a_module_with_its_resources() -> None:
    delta = read_score(_SCORE).as_json()

    module = delta["modules"]["add"]["backend"]
    assert module == {
        "profile": "humanitec/default-module",
        "spec": {
            "containers": {
                "main": {
                    "id": "main",
                    "image": "registry.example.com/backend:1",
                    "command": ["/app"],
                    "args": ["--name", "backend"],
                    "variables": {
                        "DB": "postgres://${externals.db.username}:${externals.db.password}@${externals.db.host}/app",
                        "DNS": "${shared.main-dns.host}",
                        "DEBUG": "${values.DEBUG}",
                        "ORDERS": "http://${modules.orders.service.name}:${modules.orders.service.port}",
                        "LITERAL": "$\\{HOME}",
                    },
                    "files": {"/etc/app/app.yaml": {"mode": "0644", "value": "host: ${externals.db.host}\n"}},
                    "volume_mounts": {"/data": {"id": "externals.data", "sub_path": "a", "read_only": True}},
                    "resources": {"limits": {"memory": "128Mi"}},
                    "liveness_probe": {"type": "http", "path": "/live", "port": 8080},
                    "readiness_probe": {"type": "command", "command": ["true"]},
                }
            },
            "service": {
                "ports": {
                    "www": {"protocol": "TCP", "service_port": 80, "container_port": 8080},
                    "dns": {"protocol": "UDP", "service_port": 53, "container_port": 53},
                }
            },
        },
        "externals": {
            "db": {"type": "postgres", "class": "large", "params": {"name": "backend"}},
            "data": {"type": "volume"},
        },
    }
    assert delta["shared"] == [{"op": "add", "path": "/main-dns", "value": {"type": "dns"}}]


def test_lists_of_files_and_volumes_are_read_too() -> None:
    container = {
        "image": "web",
        "files": [
            {"target": "/etc/a/b", "content": ["a", "b"]},
            {"target": "/etc/a/c", "content": "${x}", "noExpand": True},
        ],
        "volumes": [{"target": "/data", "source": "data"}],
    }
    resources = {"data": {"type": "volume"}}
    delta = read_score({**_SCORE, "containers": {"main": container}, "resources": resources})

    spec = (delta.add["backend"] or {})["spec"]["containers"]["main"]
    assert spec["files"] == {"/etc/a/b": {"value": "a\nb"}, "/etc/a/c": {"value": "$\\{x}"}}
    assert spec["volume_mounts"]["/data"]["id"] == "externals.data"


_GET: dict[str, Any] = {"path": "/live", "port": 8080}
_DNS = {"type": "dns", "id": "x"}
_HEADERS = "containers.main.livenessProbe.httpGet.httpHeaders"


def _headers(*headers: Any) -> dict[str, Any]:
    return _changed(livenessProbe={"httpGet": {**_GET, "httpHeaders": list(headers)}})


def _changed(**main: Any) -> dict[str, Any]:
    return {**_SCORE, "containers": {"main": {**_SCORE["containers"]["main"], **main}}}


@pytest.mark.parametrize(
    ("score", "where"),
    [
        ([], "the file"),
        ({**_SCORE, "apiVersion": "score.dev/v9"}, "apiVersion"),
        ({**_SCORE, "metadata": {}}, "metadata.name"),
        ({**_SCORE, "metadata": {"name": "Backend"}}, "metadata.name"),
        ({**_SCORE, "containers": {}}, "containers"),
        ({**_SCORE, "replicas": 2}, "replicas"),
        (_changed(image="."), "containers.main.image"),
        (_changed(image=None), "containers.main.image"),
        (_changed(privileged=True), "containers.main.privileged"),
        (_changed(variables={"A": "${resources.none.host}"}), "containers.main.variables.A"),
        (_changed(variables={"A": "${resources.orders.password}"}), "containers.main.variables.A"),
        (_changed(variables={"A": "${resources.db}"}), "containers.main.variables.A"),
        (_changed(variables={"A": "${HOME}"}), "containers.main.variables.A"),
        (_changed(variables={"A": "${metadata.none}"}), "containers.main.variables.A"),
        (_changed(files={"/etc/a": {"source": "a.ini"}}), "containers.main.files./etc/a.source"),
        (_changed(files=[{"content": "a"}]), "containers.main.files[0].target"),
        (_changed(volumes={"/data": {"source": "${resources.none}"}}), "containers.main.volumes./data.source"),
        (_changed(livenessProbe={"grpc": {}}), "containers.main.livenessProbe.grpc"),
        ({**_SCORE, "resources": {"db": {}}}, "resources.db.type"),
        ({**_SCORE, "resources": {"db": {"type": "s3", "class": "A b"}}}, "resources.db.class"),
        ({**_SCORE, "resources": {"db": {"type": "s3", "size": 1}}}, "resources.db.size"),
        (
            {**_SCORE, "containers": {"a": {"image": "i"}}, "resources": {"a": {"type": "s3", "id": "x"}, "b": _DNS}},
            "resources.b",
        ),
        (_changed(variables={"A": "a $\\{x}"}), "containers.main.variables.A"),
        (
            _changed(files={"/etc/a/c": {"content": "$\\{x}", "noExpand": True}}),
            "containers.main.files./etc/a/c.content",
        ),
        (_changed(files={"/etc/a/c": {"content": "x", "noExpand": "yes"}}), "containers.main.files./etc/a/c.noExpand"),
        (_changed(files={"/etc/a/c": {"content": "x", "mode": 420}}), "containers.main.files./etc/a/c.mode"),
        (_changed(files={"/etc/a/c": {"content": ["x", None]}}), "containers.main.files./etc/a/c.content"),
        (_changed(volumes={"/a": {"source": "data", "readOnly": "yes"}}), "containers.main.volumes./a.readOnly"),
        (_changed(livenessProbe={}), "containers.main.livenessProbe"),
        (_changed(livenessProbe={"exec": {"command": ["x"]}, "httpGet": _GET}), "containers.main.livenessProbe"),
        (_headers({"name": ["a"], "value": "b"}), f"{_HEADERS}[0]"),
        (_headers({"value": "b"}), f"{_HEADERS}[0]"),
        (_headers({"name": "a", "value": "b"}, {"name": "A", "value": "c"}), f"{_HEADERS}[1]"),
        (_headers({"name": "a", "value": "b", "more": 1}), f"{_HEADERS}[0].more"),
        (_headers("a"), f"{_HEADERS}[0]"),
    ],
)
def test_what_cannot_be_deployed_as_it_is_written_is_refused_at_its_member(score: Any, where: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read_score(score)

    assert refused.value.where == where


def test_what_metadata_says_is_never_a_placeholder() -> None:
    score = {
        **_changed(variables={"A": "${metadata.note}"}),
        "metadata": {"name": "web", "note": "${resources.db.host}"},
    }

    spec = (read_score(score).add["web"] or {})["spec"]["containers"]["main"]
    assert spec["variables"] == {"A": "$\\{resources.db.host}"}


def test_a_target_port_is_never_replaced_by_the_port() -> None:
    delta = read_score({**_SCORE, "service": {"ports": {"www": {"port": 80, "targetPort": 0}}}})

    assert (delta.add["backend"] or {})["spec"]["service"]["ports"]["www"]["container_port"] == 0


def test_one_shared_resource_may_have_two_names() -> None:
    delta = read_score({**_SCORE, "resources": {**_SCORE["resources"], "a": _DNS, "b": dict(_DNS)}})

    assert [step.value for step in delta.shared if step.path == ("x",)] == [{"type": "dns"}]


def test_a_key_in_a_score_file_is_refused_and_not_repeated() -> None:
    key = "AKIA" + "Q7RT2MPLW4ZK9XBN"
    with pytest.raises(InvalidInputError, match="it contains an access key id") as refused:
        read_score(_changed(variables={"A": key}))

    assert key not in str(refused.value)

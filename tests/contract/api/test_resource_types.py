"""Drivers, resource types and classes over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.running_server import RunningServer

RESOURCES = "/orgs/acme/resources"
DRIVER = {
    "type": "s3",
    "target": "driver://humanitec/terraform",
    "account_types": ["aws-role"],
    "inputs_schema": {"a": 1},
}


def test_the_terraform_driver_has_the_types_by_which_old_providers_read_a_configuration(running: RunningServer) -> None:
    """Version 0.16.8 of the provider parses a text as JSON if the driver's schema says object."""
    drivers = {f"{one['org_id']}/{one['id']}": one for one in running.request("GET", f"{RESOURCES}/drivers").json()}
    inputs = drivers["humanitec/terraform"]["inputs_schema"]["properties"]
    values = {name: member["type"] for name, member in inputs["values"]["properties"].items()}
    objects = dict.fromkeys(("source", "variables", "files", "credentials_config", "runner"), "object")
    assert values == {**objects, "script": "string", "append_logs_to_error": "boolean"}
    assert {one["type"] for one in inputs["secrets"]["properties"].values()} == {"object"}
    assert set(drivers) >= {
        "humanitec/agent",
        "humanitec/echo",
        "humanitec/k8s-cluster-eks",
        "humanitec/k8s-namespace",
        "humanitec/template",
    }
    assert running.request("GET", f"{RESOURCES}/drivers/terraform").json() == drivers["humanitec/terraform"]


def test_a_driver_of_the_organization_is_created_replaced_and_deleted(running: RunningServer) -> None:
    path = f"{RESOURCES}/drivers/own-bucket"
    template = {"values": {"source": "${x}"}}
    created = running.request("POST", f"{RESOURCES}/drivers", {"id": "own-bucket", **DRIVER, "template": template})
    assert created.status == 200
    assert created.json() == {"org_id": "acme", "id": "own-bucket", **DRIVER, "template": template}
    assert running.request("GET", path).json() == created.json()
    assert created.json() in running.request("GET", f"{RESOURCES}/drivers").json()
    assert running.request("POST", f"{RESOURCES}/drivers", {"id": "own-bucket", **DRIVER}).status == 409
    replaced = running.request("PUT", path, DRIVER)
    assert (replaced.status, "template" in replaced.json()) == (200, False)
    definition = {"id": "own-driver-user", "name": "B", "type": "s3", "driver_type": "acme/own-bucket"}
    assert running.request("POST", f"{RESOURCES}/defs", definition).status == 200
    assert running.request("DELETE", path).status == 409
    assert running.request("DELETE", f"{RESOURCES}/defs/own-driver-user").status == 204
    assert running.request("DELETE", path).status == 204
    assert [running.request(method, path, body).status for method, body in (("GET", None), ("PUT", DRIVER))] == [
        404
    ] * 2


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("id", "X", "id: it is not a valid id"),
        ("type", "unknown-type", "type: unknown resource type"),
        ("target", "https://drivers.test", "target: it is not a driver"),
        ("target", "driver://humanitec/s3", "target: it is not a driver"),
        ("account_types", ["gcp"], "account_types: it has 1 unknown"),
        ("template", {"a": ["AKIA" + "A1" * 8]}, "template: it contains an access key id"),
    ],
)
def test_a_driver_that_cannot_work_is_refused(running: RunningServer, field: str, value: object, words: str) -> None:
    answer = running.request("POST", f"{RESOURCES}/drivers", {"id": "refused-driver", **DRIVER, field: value})
    assert answer.status == 400
    assert answer.json()["message"].startswith(words)
    assert b"AKIA" not in answer.body


def test_built_in_types_have_names_and_schemas(running: RunningServer) -> None:
    types: dict[str, Any] = {one["type"]: one for one in running.request("GET", f"{RESOURCES}/types").json()}
    assert list(types) == sorted(types)
    assert set(types) >= {
        "s3",
        "sqs",
        "k8s-cluster",
        "k8s-namespace",
        "agent",
        "workload",
        "base-env",
        "dns",
        "postgres",
    }
    assert types["postgres"]["outputs_schema"]["values"]["properties"]["port"]["type"] == "integer"
    assert types["postgres"]["outputs_schema"]["secrets"]["required"] == ["username", "password"]
    assert all(
        one.keys() >= {"type", "use", "name", "category", "inputs_schema", "outputs_schema"} for one in types.values()
    )


@pytest.mark.parametrize("slash", ["/", "%2F"])
def test_a_type_of_the_organization_is_created_changed_and_deleted(running: RunningServer, slash: str) -> None:
    path = f"{RESOURCES}/types/acme{slash}db"
    given = {"type": "acme/db", "use": "direct", "name": "DB", "outputs_schema": {"values": {"a": 1}}}
    created = running.request("POST", f"{RESOURCES}/types", given)
    assert (created.status, created.json()) == (200, {"category": "", "inputs_schema": {}, **given})
    assert running.request("POST", f"{RESOURCES}/types", given).status == 409
    changed = running.request("PATCH", path, {"category": "data"}).json()
    assert (changed["category"], changed["name"]) == ("data", "DB")
    replaced = running.request("PUT", path, {"use": "indirect", "name": "New"}).json()
    assert replaced == {"type": "acme/db", "use": "indirect", "name": "New", "category": ""} | {
        "inputs_schema": {},
        "outputs_schema": {},
    }
    definition = {"id": "own-type-user", "name": "D", "type": "acme/db", "driver_type": "humanitec/echo"}
    assert running.request("POST", f"{RESOURCES}/defs", definition).status == 200
    assert running.request("DELETE", path).status == 400
    assert running.request("DELETE", f"{RESOURCES}/defs/own-type-user").status == 204
    assert running.request("DELETE", path).status == 204
    assert running.request("DELETE", path).status == 404


def test_built_in_types_cannot_be_changed(running: RunningServer) -> None:
    answers = [
        running.request(method, f"{RESOURCES}/types/s3", body)
        for method, body in (("PUT", {"use": "direct"}), ("PATCH", {}), ("DELETE", None))
    ]
    assert [answer.status for answer in answers] == [403] * 3
    refused = running.request("POST", f"{RESOURCES}/types", {"type": "globex/db", "use": "direct"})
    assert (refused.status, refused.json()["message"].startswith("type: ")) == (400, True)
    assert running.request("POST", f"{RESOURCES}/types", {"type": "acme/x1", "use": "odd"}).status == 400


def test_classes_of_built_in_and_own_types(running: RunningServer) -> None:
    assert running.request("POST", f"{RESOURCES}/types", {"type": "acme/own", "use": "direct"}).status == 200
    for kind in ("s3", "acme%2Fown"):
        classes = f"{RESOURCES}/types/{kind}/classes"
        created = running.request("POST", classes, {"id": "large", "description": "Large"})
        assert created.status == 200
        assert created.json().keys() == {"id", "resource_type", "description", "created_by", "created_at"}
        assert running.request("POST", classes, {"id": "large", "description": ""}).status == 409
        assert running.request("GET", f"{classes}/large").json() == created.json()
        assert running.request("GET", f"{RESOURCES}/classes").json() == [created.json()]
        assert running.request("PATCH", f"{classes}/large", {"description": "X"}).json()["description"] == "X"
        assert running.request("DELETE", f"{classes}/large").status == 204
        assert running.request("GET", f"{classes}/large").status == 404
        assert running.request("POST", classes, {"id": "L", "description": ""}).status == 400
    assert running.request("POST", f"{RESOURCES}/types/nothing/classes", {"id": "aa", "description": ""}).status == 404

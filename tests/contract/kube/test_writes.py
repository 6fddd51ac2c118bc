"""Create, read, update, patch and delete, with their conflicts and refusals."""

from typing import Any

import pytest

from tests.contract.kube.world.client import Client
from tests.contract.kube.world.stage import REAL_ONLY


def maps(namespace: str, name: str = "") -> str:
    return f"/api/v1/namespaces/{namespace}/configmaps" + (f"/{name}" if name else "")


def config_map(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def test_an_object_is_created_read_updated_and_deleted(admin: Client, namespace: str) -> None:
    made = admin.create(maps(namespace), config_map("one", a="1"))
    assert made.code == 201
    metadata = made.body["metadata"]
    assert (metadata["name"], metadata["namespace"]) == ("one", namespace)
    assert metadata["uid"]
    assert metadata["creationTimestamp"].endswith("Z")
    assert admin.get(maps(namespace, "one")).body == made.body
    again = admin.create(maps(namespace), config_map("one", a="2"))
    assert (again.code, again.reason) == (409, "AlreadyExists")
    assert again.body["details"] == {"name": "one", "kind": "configmaps"}
    listed = admin.get(maps(namespace))
    assert listed.body["kind"] == "ConfigMapList"
    assert "one" in [each["metadata"]["name"] for each in listed.body["items"]]
    gone = admin.delete(maps(namespace, "one"))
    assert (gone.code, gone.body["status"]) == (200, "Success")
    missing = admin.get(maps(namespace, "one"))
    assert (missing.code, missing.reason) == (404, "NotFound")
    assert missing.message == 'configmaps "one" not found'


def test_a_stale_update_is_rejected(admin: Client, namespace: str) -> None:
    stale = admin.create(maps(namespace), config_map("one", a="1")).body
    fresh = admin.put(maps(namespace, "one"), {**stale, "data": {"a": "2"}})
    assert fresh.code == 200
    assert fresh.body["metadata"]["resourceVersion"] != stale["metadata"]["resourceVersion"]
    answer = admin.put(maps(namespace, "one"), {**stale, "data": {"a": "3"}})
    assert (answer.code, answer.reason) == (409, "Conflict")
    assert "the object has been modified" in answer.message
    assert admin.get(maps(namespace, "one")).body["data"] == {"a": "2"}


def test_an_update_without_a_version_wins(admin: Client, namespace: str) -> None:
    admin.create(maps(namespace), config_map("one", a="1"))
    assert admin.put(maps(namespace, "one"), config_map("one", b="2")).body["data"] == {"b": "2"}


def test_an_update_without_changes_keeps_the_version(admin: Client, namespace: str) -> None:
    made = admin.create(maps(namespace), config_map("one", a="1")).body
    same = admin.put(maps(namespace, "one"), made)
    assert same.body["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]


def test_another_uid_is_rejected(admin: Client, namespace: str) -> None:
    made = admin.create(maps(namespace), config_map("one")).body
    made["metadata"]["uid"] = "another"
    assert admin.put(maps(namespace, "one"), made).code == 409
    options = {"preconditions": {"uid": "another"}}
    answer = admin.delete(maps(namespace, "one"), options)
    assert (answer.code, answer.reason) == (409, "Conflict")


def test_a_patch_of_an_unknown_format_is_rejected(admin: Client, namespace: str) -> None:
    admin.create(maps(namespace), config_map("one", a="1"))
    assert admin.patch(maps(namespace, "one"), "{}", "application/whatever").code == 415


def test_a_list_can_be_selected_by_a_label(admin: Client, namespace: str) -> None:
    for name, tier in (("one", "web"), ("two", "db"), ("three", None)):
        admin.create(maps(namespace), {"metadata": {"name": name, "labels": {"tier": tier} if tier else {}}})
    for selector, found in (("tier=web", {"one"}), ("tier=none", set())):
        items = admin.get(maps(namespace), labelSelector=selector, limit="500").body["items"]
        assert {each["metadata"]["name"] for each in items} == found
    assert admin.get(maps(namespace), labelSelector="a b").code == 400


def test_an_unknown_field_is_dropped(admin: Client, namespace: str) -> None:
    made = admin.create(maps(namespace), {**config_map("one", a="1"), "extra": 1})
    assert made.code == 201
    assert "extra" not in made.body


def test_a_dry_run_changes_nothing(admin: Client, namespace: str) -> None:
    assert admin.create(maps(namespace), config_map("one", a="1"), dryRun="All").code == 201
    assert admin.get(maps(namespace, "one")).code == 404
    admin.create(maps(namespace), config_map("one", a="1"))
    path = maps(namespace, "one")
    assert admin.apply(path, config_map("one", b="2"), "me", dryRun="All").code == 200
    assert admin.put(path, config_map("one", a="3"), dryRun="All").code == 200
    assert admin.delete(path, dryRun="All").code == 200
    assert admin.get(path).body["data"] == {"a": "1"}
    assert admin.create(maps(namespace), config_map("two"), dryRun="Some").code in (400, 422)


def test_a_delete_with_a_body_ignores_its_query(admin: Client, namespace: str) -> None:
    admin.create(maps(namespace), config_map("one", a="1"))
    path = f"{maps(namespace)}/one"
    options = {"apiVersion": "v1", "kind": "DeleteOptions"}
    assert admin.delete(path, {**options, "dryRun": ["All"]}).code == 200
    assert admin.get(path).code == 200
    assert admin.delete(path, options, dryRun="All").code == 200
    assert admin.get(path).code == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"metadata": {"name": "UPPER"}}, 422),
        ({"metadata": {}}, 422),
        ({"metadata": {"name": "x", "labels": {"a b": "c"}}}, 422),
        ({"metadata": {"name": "x", "labels": {"a": "not valid!"}}}, 422),
        ({"metadata": {"name": "x"}, "data": {"a/b": "c"}}, 422),
    ],
)
def test_invalid_bodies_are_rejected(admin: Client, namespace: str, body: dict[str, Any], code: int) -> None:
    assert admin.create(maps(namespace), body).code == code


@REAL_ONLY
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"metadata": {"name": "x", "namespace": "other"}}, 400),
        ({"metadata": {"name": "x"}, "kind": "Secret", "apiVersion": "v1"}, 400),
        ({"metadata": {"name": "x"}, "kind": "ConfigMap", "apiVersion": "v2"}, 400),
    ],
)
def test_bodies_of_other_objects_are_rejected(admin: Client, namespace: str, body: dict[str, Any], code: int) -> None:
    assert admin.create(maps(namespace), body).code == code


def test_unknown_namespaces_and_paths_are_not_found(admin: Client, namespace: str) -> None:
    answer = admin.create(maps("nowhere"), config_map("one"))
    assert (answer.code, answer.message) == (404, 'namespaces "nowhere" not found')
    assert admin.get("/api/v1/namespaces/default/gadgets").code == 404
    assert admin.get("/apis/example.org/v1/gadgets").code == 404
    assert admin.put(maps(namespace, "none"), config_map("none")).code == 404
    assert admin.delete(maps(namespace, "none")).code == 404


@REAL_ONLY
def test_an_object_of_another_name_is_rejected(admin: Client, namespace: str) -> None:
    admin.create(maps(namespace), config_map("one"))
    assert admin.put(maps(namespace, "one"), config_map("two")).code == 400


def test_system_fields_are_set_by_the_server(admin: Client, namespace: str) -> None:
    body = config_map("one")
    body["metadata"] |= {"uid": "mine", "creationTimestamp": "2001-01-01T00:00:00Z"}
    made = admin.create(maps(namespace), body).body["metadata"]
    assert made["uid"] != "mine"
    assert not made["creationTimestamp"].startswith("2001")


def test_a_namespace_is_completed_by_the_server(admin: Client, namespace: str) -> None:
    found = admin.get(f"/api/v1/namespaces/{namespace}").body
    assert found["metadata"]["labels"] == {"kubernetes.io/metadata.name": namespace}
    assert found["spec"] == {"finalizers": ["kubernetes"]}
    assert found["status"] == {"phase": "Active"}

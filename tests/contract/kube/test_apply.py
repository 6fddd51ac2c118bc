"""Server-side apply with force on existing objects, as leastway uses it: field ownership, and what stays."""

from typing import Any

import pytest

from tests.contract.kube.world.client import APPLY, RBAC, Client


@pytest.fixture
def path(admin: Client, namespace: str) -> str:
    """The path of a ConfigMap without field owners."""
    path = f"/api/v1/namespaces/{namespace}/configmaps/one"
    assert admin.create(path.removesuffix("/one"), {"metadata": {"name": "one"}}).code == 201
    return path


def config_map(**data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}, "data": data}


def owners(body: dict[str, Any]) -> dict[tuple[str, str], Any]:
    entries = body["metadata"].get("managedFields", [])
    return {(each["manager"], each["operation"]): each["fieldsV1"] for each in entries}


def test_a_second_apply_changes_nothing(admin: Client, path: str) -> None:
    first = admin.apply(path, config_map(a="1"), "me")
    assert first.code == 200
    assert owners(first.body) == {("me", "Apply"): {"f:data": {"f:a": {}}}}
    second = admin.apply(path, config_map(a="1"), "me")
    assert second.code == 200
    assert second.body == first.body


def test_a_field_that_is_no_longer_applied_is_removed(admin: Client, path: str) -> None:
    admin.apply(path, config_map(a="1", b="2"), "me")
    assert admin.apply(path, config_map(b="2"), "me").body["data"] == {"b": "2"}


def test_a_field_with_another_owner_stays(admin: Client, path: str) -> None:
    admin.apply(path, config_map(a="1", b="2"), "me")
    admin.apply(path, config_map(a="1"), "you")
    answer = admin.apply(path, config_map(b="2"), "me")
    assert answer.body["data"] == {"a": "1", "b": "2"}
    assert owners(answer.body)[("you", "Apply")] == {"f:data": {"f:a": {}}}


def test_force_takes_ownership_of_a_field(admin: Client, path: str) -> None:
    admin.apply(path, config_map(a="1", b="1"), "me")
    answer = admin.apply(path, config_map(a="2"), "you")
    assert answer.code == 200
    assert answer.body["data"] == {"a": "2", "b": "1"}
    assert owners(answer.body) == {("me", "Apply"): {"f:data": {"f:b": {}}}, ("you", "Apply"): {"f:data": {"f:a": {}}}}


def test_an_update_takes_ownership_of_changed_fields(admin: Client, path: str) -> None:
    admin.apply(path, config_map(a="1", b="2"), "me")
    changed = admin.put(path, config_map(a="2"), fieldManager="editor")
    assert ("me", "Apply") not in owners(changed.body)
    assert owners(changed.body)[("editor", "Update")] == {"f:data": {"f:a": {}}}


def test_labels_of_others_stay(admin: Client, path: str) -> None:
    made = config_map(a="1")
    made["metadata"]["labels"] = {"app": "x"}
    admin.put(path, made)
    wanted = config_map(b="2")
    wanted["metadata"]["labels"] = {"leastway.dev/grant": "acme"}
    answer = admin.apply(path, wanted, "leastway")
    assert answer.body["metadata"]["labels"] == {"app": "x", "leastway.dev/grant": "acme"}
    assert answer.body["data"] == {"a": "1", "b": "2"}
    empty = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}}
    answer = admin.apply(path, empty, "leastway")
    assert answer.body["metadata"]["labels"] == {"app": "x"}
    assert answer.body["data"] == {"a": "1"}


def test_the_rules_of_a_role_are_owned_as_a_whole(admin: Client, namespace: str) -> None:
    path = f"{RBAC}/namespaces/{namespace}/roles/deployer"

    def role(*verbs: str) -> dict[str, Any]:
        rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": list(verbs)}]
        kind = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role"}
        return {**kind, "metadata": {"name": "deployer"}, "rules": rules}

    admin.create(path.removesuffix("/deployer"), role("get"), fieldManager="editor")
    answer = admin.apply(path, role("get", "list"), "me")
    assert answer.body["rules"] == role("get", "list")["rules"]
    assert owners(answer.body) == {("me", "Apply"): {"f:rules": {}}}


def test_a_binding_can_be_applied_twice(admin: Client, namespace: str) -> None:
    path = f"{RBAC}/namespaces/{namespace}/rolebindings/deployer"
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "deployer"},
        "subjects": [{"kind": "Group", "name": "humanitec"}],
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "deployer"},
    }
    assert admin.create(path.removesuffix("/deployer"), binding).code == 201
    first = admin.apply(path, binding, "me")
    assert first.body["subjects"][0]["apiGroup"] == "rbac.authorization.k8s.io"
    second = admin.apply(path, binding, "me")
    assert second.body["metadata"]["resourceVersion"] == first.body["metadata"]["resourceVersion"]


def test_invalid_fields_of_an_apply_are_rejected(admin: Client, path: str) -> None:
    stale = config_map(a="2")
    stale["metadata"]["resourceVersion"] = "1"
    assert admin.apply(path, stale, "me").code == 409
    assert admin.patch(path, config_map(a="1"), APPLY).code in (400, 422)


def test_an_apply_with_a_uid_does_not_create_an_object(admin: Client, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}/configmaps/one"
    wanted = config_map(a="1")
    wanted["metadata"]["uid"] = "11111111-2222-3333-4444-555555555555"
    answer = admin.apply(path, wanted, "me")
    assert (answer.code, answer.reason) == (409, "Conflict")
    assert answer.message.endswith("and no existing object was found")
    assert admin.get(path).code == 404

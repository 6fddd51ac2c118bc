"""Server-side apply: who owns what, and what happens when two want the same field."""

from typing import Any

import pytest

from tests.contract.kube.world.client import MERGE, RBAC, Client


@pytest.fixture
def path(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/configmaps/one"


def config_map(**data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}, "data": data}


def owners(body: dict[str, Any]) -> dict[tuple[str, str], Any]:
    entries = body["metadata"].get("managedFields", [])
    return {(each["manager"], each["operation"]): each["fieldsV1"] for each in entries}


def test_the_first_apply_creates_and_the_second_changes_nothing(admin: Client, path: str) -> None:
    first = admin.apply(path, config_map(a="1"), "me")
    assert first.code == 201
    assert owners(first.body) == {("me", "Apply"): {"f:data": {"f:a": {}}}}
    second = admin.apply(path, config_map(a="1"), "me")
    assert second.code == 200
    assert second.body == first.body


def test_what_is_no_longer_named_is_removed(admin: Client, path: str) -> None:
    admin.apply(path, config_map(a="1", b="2"), "me")
    assert admin.apply(path, config_map(b="2"), "me").body["data"] == {"b": "2"}


def test_what_another_owns_too_stays(admin: Client, path: str) -> None:
    admin.apply(path, config_map(a="1", b="2"), "me")
    admin.apply(path, config_map(a="1"), "you")
    answer = admin.apply(path, config_map(b="2"), "me")
    assert answer.body["data"] == {"a": "1", "b": "2"}
    assert owners(answer.body)[("you", "Apply")] == {"f:data": {"f:a": {}}}


def test_two_applies_conflict_on_a_value(admin: Client, path: str) -> None:
    admin.apply(path, config_map(a="1"), "me")
    answer = admin.apply(path, config_map(a="2"), "you")
    assert (answer.code, answer.reason) == (409, "Conflict")
    assert answer.message == 'Apply failed with 1 conflict: conflict with "me": .data.a'
    cause = {"reason": "FieldManagerConflict", "message": 'conflict with "me"', "field": ".data.a"}
    assert answer.body["details"]["causes"] == [cause]
    assert admin.get(path).body["data"] == {"a": "1"}


def test_force_takes_the_field(admin: Client, path: str) -> None:
    admin.apply(path, config_map(a="1", b="1"), "me")
    answer = admin.apply(path, config_map(a="2"), "you", force="true")
    assert answer.code == 200
    assert answer.body["data"] == {"a": "2", "b": "1"}
    assert owners(answer.body) == {("me", "Apply"): {"f:data": {"f:b": {}}}, ("you", "Apply"): {"f:data": {"f:a": {}}}}


def test_several_conflicts_are_told_at_once(admin: Client, path: str) -> None:
    admin.apply(path, config_map(a="1", b="1"), "me")
    answer = admin.apply(path, config_map(a="2", b="2"), "you")
    assert [cause["field"] for cause in answer.body["details"]["causes"]] == [".data.a", ".data.b"]
    assert answer.message.startswith("Apply failed with 2 conflicts: conflicts with")


def test_an_update_takes_ownership_and_an_apply_then_conflicts(admin: Client, path: str) -> None:
    admin.apply(path, config_map(a="1"), "me")
    changed = admin.patch(path, {"data": {"a": "2"}}, MERGE, fieldManager="editor")
    assert ("me", "Apply") not in owners(changed.body)
    assert owners(changed.body)[("editor", "Update")] == {"f:data": {"f:a": {}}}
    answer = admin.apply(path, config_map(a="1"), "me")
    assert answer.code == 409
    assert 'conflict with "editor" using v1' in answer.message
    assert admin.apply(path, config_map(a="2"), "me").code == 200


def test_what_an_update_removes_nobody_owns(admin: Client, path: str) -> None:
    admin.apply(path, config_map(a="1", b="2"), "me")
    changed = admin.patch(path, {"data": {"a": None}}, MERGE, fieldManager="editor")
    assert owners(changed.body)[("me", "Apply")] == {"f:data": {"f:b": {}}}


def test_labels_of_others_stay(admin: Client, path: str) -> None:
    made = config_map(a="1")
    made["metadata"]["labels"] = {"app": "x"}
    admin.create(path.removesuffix("/one"), made)
    wanted = config_map(b="2")
    wanted["metadata"]["labels"] = {"leastway.dev/grant": "acme"}
    answer = admin.apply(path, wanted, "leastway")
    assert answer.body["metadata"]["labels"] == {"app": "x", "leastway.dev/grant": "acme"}
    assert answer.body["data"] == {"a": "1", "b": "2"}
    empty = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}}
    answer = admin.apply(path, empty, "leastway")
    assert answer.body["metadata"]["labels"] == {"app": "x"}
    assert answer.body["data"] == {"a": "1"}


def test_rules_of_a_role_are_owned_as_a_whole(admin: Client, namespace: str) -> None:
    path = f"{RBAC}/namespaces/{namespace}/roles/deployer"

    def role(*verbs: str) -> dict[str, Any]:
        rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": list(verbs)}]
        kind = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role"}
        return {**kind, "metadata": {"name": "deployer"}, "rules": rules}

    assert owners(admin.apply(path, role("get"), "me").body) == {("me", "Apply"): {"f:rules": {}}}
    answer = admin.apply(path, role("get", "list"), "you")
    assert answer.code == 409
    assert [cause["field"] for cause in answer.body["details"]["causes"]] == [".rules"]


def test_items_of_a_list_with_keys_are_owned_one_by_one(admin: Client, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/app"

    def account(*names: str) -> dict[str, Any]:
        kind = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "app"}}
        return {**kind, "secrets": [{"name": name} for name in names]}

    admin.apply(path, account("a", "b"), "me")
    both = admin.apply(path, account("b", "c"), "you")
    assert sorted(each["name"] for each in both.body["secrets"]) == ["a", "b", "c"]
    mine: dict[str, Any] = {"f:secrets": {'k:{"name":"a"}': {}, 'k:{"name":"b"}': {}}}
    assert owners(both.body)[("me", "Apply")] == mine
    less = admin.apply(path, account("c"), "you")
    assert sorted(each["name"] for each in less.body["secrets"]) == ["a", "b", "c"]
    less = admin.apply(path, account(), "me")
    assert [each["name"] for each in less.body["secrets"]] == ["c"]


def test_a_binding_is_applied_twice(admin: Client, namespace: str) -> None:
    path = f"{RBAC}/namespaces/{namespace}/rolebindings/deployer"
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "deployer"},
        "subjects": [{"kind": "Group", "name": "humanitec"}],
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "deployer"},
    }
    first = admin.apply(path, binding, "me")
    assert first.code == 201
    assert first.body["subjects"][0]["apiGroup"] == "rbac.authorization.k8s.io"
    second = admin.apply(path, binding, "me")
    assert second.body["metadata"]["resourceVersion"] == first.body["metadata"]["resourceVersion"]


def test_what_an_apply_must_not_say(admin: Client, path: str) -> None:
    made = admin.apply(path, config_map(a="1"), "me").body
    assert admin.apply(path, {**config_map(a="1"), "metadata": made["metadata"]}, "me").code == 400
    stale = config_map(a="2")
    stale["metadata"]["resourceVersion"] = "1"
    assert admin.apply(path, stale, "me").code == 409
    unnamed = admin.patch(path, config_map(a="1"), "application/apply-patch+yaml")
    assert unnamed.code in (400, 422)
    assert "fieldManager" in unnamed.message


def test_an_apply_that_names_a_uid_makes_nothing(admin: Client, path: str) -> None:
    wanted = config_map(a="1")
    wanted["metadata"]["uid"] = "11111111-2222-3333-4444-555555555555"
    answer = admin.apply(path, wanted, "me")
    assert (answer.code, answer.reason) == (409, "Conflict")
    assert answer.message.endswith("and no existing object was found")
    assert admin.get(path).code == 404

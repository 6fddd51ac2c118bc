"""RBAC roles and bindings: what they allow, where, and who may grant them."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.kube.world.aws import FakeAws, Key
from tests.contract.kube.world.client import RBAC, Client, eventually
from tests.contract.kube.world.stage import REAL_ONLY

Login = Callable[[Key], Client]

READ_PODS = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}


@pytest.fixture
def member(aws: FakeAws, login: Login) -> Client:
    """A member of the group `humanitec`, by an access entry and without rights so far."""
    arn, key = aws.role("humanitec")
    aws.grant(arn, groups=["humanitec"])
    return login(key)


def bind(admin: Client, member: Client, namespace: str, rules: list[dict[str, Any]], *, name: str = "deployer") -> None:
    """Give the group of the member `rules` in a namespace."""
    home = f"{RBAC}/namespaces/{namespace}"
    assert admin.create(f"{home}/roles", {"metadata": {"name": name}, "rules": rules}).code == 201
    body = {
        "metadata": {"name": name},
        "subjects": [{"kind": "Group", "name": "humanitec"}],
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name},
    }
    assert admin.create(f"{home}/rolebindings", body).code == 201
    right = rules[0]
    what = right["verbs"][0], right["resources"][0], namespace
    named = {"group": right["apiGroups"][0], "name": right.get("resourceNames", [""])[0]}
    assert eventually(lambda: member.may(*what, **named))


def test_a_role_binding_applies_only_in_its_namespace(member: Client, admin: Client, namespace: str) -> None:
    maps = f"/api/v1/namespaces/{namespace}/configmaps"
    refused = member.get(maps)
    assert (refused.code, refused.reason) == (403, "Forbidden")
    assert f'cannot list resource "configmaps" in API group "" in the namespace "{namespace}"' in refused.message
    bind(admin, member, namespace, [{**READ_PODS, "resources": ["configmaps", "pods"]}])
    assert member.get(maps).code == 200
    assert member.get("/api/v1/namespaces/default/configmaps").code == 403
    assert member.get("/api/v1/configmaps").code == 403
    assert member.get(f"/api/v1/namespaces/{namespace}/secrets").code == 403
    assert member.delete(f"{maps}/web").code == 403
    assert member.get(f"{maps}/web").code == 404
    assert member.get(f"/api/v1/namespaces/{namespace}/pods/web").code == 404


def test_access_reviews_agree_with_actual_requests(member: Client, admin: Client, namespace: str) -> None:
    bind(admin, member, namespace, [READ_PODS])
    assert member.may("list", "pods", namespace)
    assert not member.may("list", "pods", "default")
    assert not member.may("list", "pods")
    assert not member.may("delete", "pods", namespace)
    assert not member.may("get", "pods/log", namespace)
    assert not member.may("list", "pods", namespace, group="apps")


def test_deleting_a_binding_removes_its_rights(member: Client, admin: Client, namespace: str) -> None:
    bind(admin, member, namespace, [READ_PODS])
    assert member.may("list", "pods", namespace)
    assert admin.delete(f"{RBAC}/namespaces/{namespace}/rolebindings/deployer").code == 200
    assert eventually(lambda: not member.may("list", "pods", namespace))


def test_a_rule_can_be_limited_to_resource_names(member: Client, admin: Client, namespace: str) -> None:
    rule = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"], "resourceNames": ["mine"]}
    bind(admin, member, namespace, [rule])
    maps = f"/api/v1/namespaces/{namespace}/configmaps"
    assert member.get(f"{maps}/mine").code == 404
    assert member.get(f"{maps}/other").code == 403
    assert member.get(maps).code == 403
    assert member.may("get", "configmaps", namespace, name="mine")
    assert not member.may("get", "configmaps", namespace)


def test_wildcards_and_subresources_in_rules(member: Client, admin: Client, namespace: str) -> None:
    bind(
        admin,
        member,
        namespace,
        [
            {"apiGroups": ["apps"], "resources": ["*"], "verbs": ["*"]},
            {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]},
            {"apiGroups": ["batch"], "resources": ["*/status"], "verbs": ["get"]},
        ],
    )
    assert member.may("delete", "deployments", namespace, group="apps")
    assert member.may("update", "deployments/scale", namespace, group="apps")
    assert member.may("get", "pods/log", namespace)
    assert not member.may("get", "pods", namespace)
    assert member.may("get", "jobs/status", namespace, group="batch")
    assert not member.may("get", "jobs", namespace, group="batch")


def test_a_cluster_role_bound_in_a_namespace_applies_only_there(member: Client, admin: Client, namespace: str) -> None:
    body = {
        "metadata": {"name": "viewers"},
        "subjects": [{"kind": "Group", "name": "humanitec"}],
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
    }
    assert admin.create(f"{RBAC}/namespaces/{namespace}/rolebindings", body).code == 201
    assert eventually(lambda: member.may("list", "pods", namespace))
    assert member.get(f"/api/v1/namespaces/{namespace}").code == 200
    assert not member.may("list", "secrets", namespace)
    assert not member.may("list", "pods", "default")


def test_a_cluster_role_binding_applies_everywhere(member: Client, admin: Client, namespace: str) -> None:
    body = {
        "metadata": {"name": f"everywhere-{namespace}"},
        "subjects": [{"kind": "Group", "name": "humanitec"}],
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
    }
    assert admin.create(f"{RBAC}/clusterrolebindings", body).code == 201
    try:
        assert eventually(lambda: member.may("delete", "nodes"))
        assert member.get("/metrics").code != 403
    finally:
        assert admin.delete(f"{RBAC}/clusterrolebindings/everywhere-{namespace}").code == 200
    assert eventually(lambda: not member.may("delete", "nodes"))


def test_rights_that_the_caller_does_not_hold_cannot_be_granted(member: Client, admin: Client, namespace: str) -> None:
    change = {"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles", "rolebindings"], "verbs": ["*"]}
    # Every verb except `escalate` and `bind`, which would allow it.
    change["verbs"] = ["create", "update", "patch", "get"]
    bind(admin, member, namespace, [READ_PODS, change])
    home = f"{RBAC}/namespaces/{namespace}"
    assert member.create(f"{home}/roles", {"metadata": {"name": "same"}, "rules": [READ_PODS]}).code == 201
    more = {"metadata": {"name": "more"}, "rules": [{**READ_PODS, "verbs": ["get", "delete"]}]}
    refused = member.create(f"{home}/roles", more)
    assert (refused.code, refused.reason) == (403, "Forbidden")
    assert "is attempting to grant RBAC permissions not currently held" in refused.message
    assert '{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}' in refused.message
    same = member.get(f"{home}/roles/same").body
    assert member.put(f"{home}/roles/same", {**same, "rules": more["rules"]}).code == 403
    labelled = {**same, "metadata": {**same["metadata"], "labels": {"a": "b"}}}
    assert member.put(f"{home}/roles/same", labelled).code == 200
    binding = {
        "metadata": {"name": "up"},
        "subjects": [{"kind": "Group", "name": "humanitec"}],
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
    }
    assert member.create(f"{home}/rolebindings", binding).code == 403
    binding["roleRef"] = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "same"}
    # The check reads the role that was just created.
    assert eventually(lambda: member.create(f"{home}/rolebindings", binding).code == 201)


def test_bind_and_escalate_allow_granting_rights(member: Client, admin: Client, namespace: str) -> None:
    rbac = "rbac.authorization.k8s.io"
    bind(
        admin,
        member,
        namespace,
        [
            {"apiGroups": [rbac], "resources": ["roles", "rolebindings"], "verbs": ["create"]},
            {"apiGroups": [rbac], "resources": ["roles"], "verbs": ["escalate"]},
            {"apiGroups": [rbac], "resources": ["clusterroles"], "verbs": ["bind"], "resourceNames": ["admin"]},
        ],
    )
    home = f"{RBAC}/namespaces/{namespace}"
    assert member.create(f"{home}/roles", {"metadata": {"name": "more"}, "rules": [READ_PODS]}).code == 201
    binding = {
        "metadata": {"name": "up"},
        "subjects": [{"kind": "Group", "name": "humanitec"}],
        "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": "admin"},
    }
    assert member.create(f"{home}/rolebindings", binding).code == 201
    binding["metadata"] = {"name": "higher"}
    binding["roleRef"] = {"apiGroup": rbac, "kind": "ClusterRole", "name": "cluster-admin"}
    assert member.create(f"{home}/rolebindings", binding).code == 403


@REAL_ONLY
@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("roles", {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": []}]}, "rules[0].verbs"),
        ("roles", {"rules": [{"resources": ["pods"], "verbs": ["get"]}]}, "rules[0].apiGroups"),
        ("roles", {"rules": [{"apiGroups": [""], "verbs": ["get"]}]}, "rules[0].resources"),
        ("rolebindings", {"roleRef": {"kind": "Role", "name": ""}}, "roleRef.name"),
        ("rolebindings", {"roleRef": {"kind": "Pod", "name": "x"}}, "roleRef.kind"),
    ],
)
def test_invalid_objects_are_rejected(
    admin: Client, namespace: str, path: str, body: dict[str, Any], field: str
) -> None:
    answer = admin.create(f"{RBAC}/namespaces/{namespace}/{path}", {"metadata": {"name": "x"}, **body})
    assert (answer.code, answer.reason) == (422, "Invalid")
    assert [cause["field"] for cause in answer.body["details"]["causes"]] == [field]


def test_the_role_of_a_binding_is_immutable(admin: Client, member: Client, namespace: str) -> None:
    bind(admin, member, namespace, [READ_PODS])
    path = f"{RBAC}/namespaces/{namespace}/rolebindings/deployer"
    bound = admin.get(path).body
    answer = admin.put(path, {**bound, "roleRef": {**bound["roleRef"], "name": "other"}})
    assert (answer.code, answer.reason) == (422, "Invalid")
    assert "cannot change roleRef" in answer.message

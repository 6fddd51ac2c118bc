"""Asking what one may, and trying it."""

import pytest

from leastway.errors import LeastwayError
from leastway.kube import Verb, attempt, can
from leastway.sandbox.kube import User
from tests.integration.kubeadapter.world import Cluster, Mortal

GUEST = User("guest", groups=("guests",))


@pytest.fixture
def guest(cluster: Cluster, namespace: str) -> Mortal:
    """Somebody who may read and make config maps, in one namespace."""
    rules = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list", "create", "delete"]}]
    rules += [{"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]}]
    cluster.create("roles", "guests", namespace, rules=rules)
    reference = {"kind": "Role", "name": "guests", "apiGroup": "rbac.authorization.k8s.io"}
    subject = {"kind": "Group", "name": "guests", "apiGroup": "rbac.authorization.k8s.io"}
    cluster.create("rolebindings", "guests", namespace, roleRef=reference, subjects=[subject])
    return cluster.connect(GUEST)


def test_what_is_permitted_in_its_namespace_alone(guest: Mortal, namespace: str) -> None:
    for verb in ("get", "list", "create", "delete"):
        assert can(guest, verb, "", "configmaps", namespace)
        assert not can(guest, verb, "", "configmaps", "default")
        assert not can(guest, verb, "", "configmaps")
    assert not can(guest, "update", "", "configmaps", namespace)
    assert can(guest, "get", "", "pods/log", namespace)
    assert not can(guest, "get", "", "pods", namespace)
    assert can(guest, "get", "", "configmaps", namespace, name="one")


def test_attempts_say_the_same_and_change_nothing(cluster: Cluster, guest: Mortal, namespace: str) -> None:
    cluster.create("configmaps", "one", namespace, data={"a": "1"})
    for verb in Verb:
        for group, resource, where in (
            ("", "configmaps", namespace),
            ("", "configmaps", "default"),
            ("rbac.authorization.k8s.io", "roles", namespace),
            ("rbac.authorization.k8s.io", "clusterroles", ""),
        ):
            asked = can(guest, verb.value, group, resource, where)
            assert attempt(guest, verb, group, resource, where) is asked, (verb, resource, where)
            assert attempt(guest, verb, group, resource, where, name="one") is asked, (verb, resource, where)
            assert attempt(cluster.admin, verb, group, resource, where, name="one"), (verb, resource, where)
    assert (cluster.get(f"/api/v1/namespaces/{namespace}/configmaps/one") or {})["data"] == {"a": "1"}
    listed = cluster.get(f"/api/v1/namespaces/{namespace}/configmaps") or {}
    names = {item["metadata"]["name"] for item in listed["items"]}
    assert names - {"kube-root-ca.crt"} == {"one"}


def test_a_token_that_is_not_accepted_is_no_answer(cluster: Cluster) -> None:
    stranger = cluster.connect(User("stranger"))
    del cluster.users.known["stranger"]
    with pytest.raises(LeastwayError, match="does not accept the token") as refused:
        can(stranger, "get", "", "pods")
    assert "access entry" in (refused.value.fix or "")
    with pytest.raises(LeastwayError, match="does not accept the token"):
        attempt(stranger, Verb.LIST, "", "pods", "default")

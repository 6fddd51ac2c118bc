"""Asking the API server what a principal may do."""

import pytest

from leastway.errors import LeastwayError
from leastway.kube import can
from leastway.sandbox.kube import KubeUser
from tests.integration.kubeadapter.world import Cluster, Mortal

GUEST = KubeUser("guest", groups=("guests",))


@pytest.fixture
def guest(cluster: Cluster, namespace: str) -> Mortal:
    """A user who may read and create ConfigMaps in one namespace."""
    rules = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list", "create", "delete"]}]
    rules += [{"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]}]
    cluster.create("roles", "guests", namespace, rules=rules)
    reference = {"kind": "Role", "name": "guests", "apiGroup": "rbac.authorization.k8s.io"}
    subject = {"kind": "Group", "name": "guests", "apiGroup": "rbac.authorization.k8s.io"}
    cluster.create("rolebindings", "guests", namespace, roleRef=reference, subjects=[subject])
    return cluster.connect(GUEST)


def test_permissions_apply_only_in_their_namespace(guest: Mortal, namespace: str) -> None:
    for verb in ("get", "list", "create", "delete"):
        assert can(guest, verb, "", "configmaps", namespace)
        assert not can(guest, verb, "", "configmaps", "default")
        assert not can(guest, verb, "", "configmaps")
    assert not can(guest, "update", "", "configmaps", namespace)
    assert can(guest, "get", "", "pods/log", namespace)
    assert not can(guest, "get", "", "pods", namespace)
    assert can(guest, "get", "", "configmaps", namespace, name="one")


def test_a_rejected_token_is_neither_yes_nor_no(cluster: Cluster) -> None:
    stranger = cluster.connect(KubeUser("stranger"))
    del cluster.users.known["stranger"]
    with pytest.raises(LeastwayError, match="does not accept the token") as refused:
        can(stranger, "get", "", "pods")
    assert "access entry" in (refused.value.fix or "")

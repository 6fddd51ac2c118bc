"""EKS access policies, inside and outside their scope."""

from collections.abc import Callable

import pytest

from tests.contract.kube.world.aws import FakeAws, Key
from tests.contract.kube.world.client import RBAC, Client
from tests.contract.kube.world.stage import REAL_ONLY

Login = Callable[[Key], Client]

CASES = [
    # policy, verb, resource, group, allowed in its scope
    ("AmazonEKSViewPolicy", "list", "pods", "", True),
    ("AmazonEKSViewPolicy", "list", "deployments", "apps", True),
    ("AmazonEKSViewPolicy", "get", "secrets", "", False),
    ("AmazonEKSViewPolicy", "create", "pods", "", False),
    ("AmazonEKSViewPolicy", "list", "roles", "rbac.authorization.k8s.io", False),
    ("AmazonEKSEditPolicy", "get", "secrets", "", True),
    ("AmazonEKSEditPolicy", "create", "pods/exec", "", True),
    ("AmazonEKSEditPolicy", "impersonate", "serviceaccounts", "", True),
    ("AmazonEKSEditPolicy", "patch", "deployments", "apps", True),
    ("AmazonEKSEditPolicy", "create", "roles", "rbac.authorization.k8s.io", False),
    ("AmazonEKSEditPolicy", "delete", "namespaces", "", False),
    ("AmazonEKSAdminPolicy", "create", "rolebindings", "rbac.authorization.k8s.io", True),
    ("AmazonEKSAdminPolicy", "create", "localsubjectaccessreviews", "authorization.k8s.io", True),
    ("AmazonEKSAdminPolicy", "create", "resourcequotas", "", False),
    ("AmazonEKSAdminViewPolicy", "list", "secrets", "", True),
    ("AmazonEKSAdminViewPolicy", "delete", "secrets", "", False),
    ("AmazonEKSSecretReaderPolicy", "get", "secrets", "", True),
    ("AmazonEKSSecretReaderPolicy", "get", "pods", "", False),
    ("AmazonEKSClusterAdminPolicy", "delete", "namespaces", "", True),
    ("AmazonEKSNoSuchPolicy", "get", "pods", "", False),
]


@pytest.mark.parametrize(("policy", "verb", "resource", "group", "allowed"), CASES)
def test_a_policy_allows_its_actions_only_in_its_scope(
    aws: FakeAws, login: Login, policy: str, verb: str, resource: str, group: str, allowed: bool
) -> None:
    arn, key = aws.role("humanitec")
    aws.grant(arn)
    aws.associate(arn, policy, "shop")
    client = login(key)
    assert client.may(verb, resource, "shop", group=group) is allowed
    assert client.may(verb, resource, "other", group=group) is False
    assert client.may(verb, resource, group=group) is False


def test_a_scope_may_have_wildcards(aws: FakeAws, login: Login) -> None:
    arn, key = aws.role("humanitec")
    aws.grant(arn)
    aws.associate(arn, "AmazonEKSViewPolicy", "app-*", "shop")
    client = login(key)
    for namespace, allowed in (("app-1", True), ("app-", True), ("shop", True), ("my-app-1", False), ("shop-2", False)):
        assert client.may("list", "pods", namespace) is allowed, namespace


def test_cluster_admin_allows_everything(aws: FakeAws, login: Login) -> None:
    arn, key = aws.role("humanitec")
    aws.grant(arn)
    aws.associate(arn, "AmazonEKSClusterAdminPolicy")
    client = login(key)
    assert client.may("delete", "nodes")
    assert client.get("/api/v1/namespaces").code == 200
    assert client.get("/metrics").code != 403


def test_policies_add_up_and_can_be_removed(aws: FakeAws, login: Login) -> None:
    arn, key = aws.role("humanitec")
    aws.grant(arn)
    assert not login(key).may("list", "pods", "a")
    aws.associate(arn, "AmazonEKSViewPolicy", "a")
    aws.associate(arn, "AmazonEKSSecretReaderPolicy", "b")
    client = login(key)
    assert client.may("list", "pods", "a")
    assert client.may("list", "secrets", "b")
    assert not client.may("list", "pods", "b")
    aws.grant(arn)
    assert not login(key).may("list", "pods", "a")


@REAL_ONLY
def test_rights_from_a_policy_are_not_listed(aws: FakeAws, login: Login) -> None:
    """`kubectl auth can-i --list` shows only RBAC."""
    arn, key = aws.role("humanitec")
    aws.grant(arn)
    aws.associate(arn, "AmazonEKSViewPolicy", "default")
    answer = login(key).create(
        "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", {"spec": {"namespace": "default"}}
    )
    assert answer.code == 201
    resources = {each for rule in answer.body["status"]["resourceRules"] for each in rule["resources"]}
    assert "pods" not in resources
    assert "selfsubjectaccessreviews" in resources


def test_rights_from_a_policy_cannot_be_granted_to_others(aws: FakeAws, login: Login, namespace: str) -> None:
    """The escalation check asks only RBAC what the caller holds, and the Admin policy has no `escalate`."""
    arn, key = aws.role("humanitec")
    aws.grant(arn)
    aws.associate(arn, "AmazonEKSAdminPolicy", namespace)
    role = {
        "metadata": {"name": "reader"},
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}],
    }
    path = f"{RBAC}/namespaces/{namespace}/roles"
    assert login(key).create(path, role).code == 403
    aws.associate(arn, "AmazonEKSClusterAdminPolicy")
    assert login(key).create(path, role).code == 201

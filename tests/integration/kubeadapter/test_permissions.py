"""docs/permissions-kubernetes.md: these roles are sufficient, and a missing permission is reported by name."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from leastway.estate import Address, AwsAuthMapping, EstateObject, Kind, Mark, RbacBinding, RbacRole
from leastway.kube import ForbiddenError
from leastway.rbac import RbacRule
from leastway.sandbox.kube import KubeUser
from tests.integration.kubeadapter.world import PLACE, RBAC, Cluster, Mortal, seen

DOCUMENT = Path(__file__).parents[3] / "docs" / "permissions-kubernetes.md"
MAPPING = AwsAuthMapping(PLACE, "arn:aws:iam::111122223333:role/humanitec", "humanitec", frozenset({"humanitec"}))


def documented() -> dict[str, Any]:
    blocks = [block.partition("```")[0] for block in DOCUMENT.read_text().split("```yaml\n")[1:]]
    roles = [YAML(typ="safe").load(block) for block in blocks]
    return {role["metadata"]["name"]: role["rules"] for role in roles}


@pytest.fixture
def roles(cluster: Cluster) -> Iterator[dict[str, Any]]:
    """The documented roles, bound to the group of the same name, and deleted after the test."""
    roles = documented()
    for name, rules in roles.items():
        cluster.create("clusterroles", name, rules=copy.deepcopy(rules))
        subject = {"kind": "Group", "name": name, "apiGroup": "rbac.authorization.k8s.io"}
        reference = {"kind": "ClusterRole", "name": name, "apiGroup": "rbac.authorization.k8s.io"}
        cluster.create("clusterrolebindings", name, roleRef=reference, subjects=[subject])
    yield roles
    for name in roles:
        cluster.remove(f"{RBAC}/clusterroles/{name}")
        cluster.remove(f"{RBAC}/clusterrolebindings/{name}")


@pytest.fixture
def objects(namespace: str) -> list[EstateObject]:
    return [
        RbacRole(PLACE, namespace, "humanitec", (RbacRule(("apps",), ("deployments",), ("get", "patch")),)),
        RbacBinding(PLACE, namespace, "humanitec", "humanitec", False, "humanitec"),
        RbacBinding(PLACE, namespace, "humanitec-view", "view", True, "humanitec"),
        MAPPING,
    ]


def planner(cluster: Cluster) -> Mortal:
    return cluster.connect(KubeUser("planner", groups=("leastway-plan",)))


def applier(cluster: Cluster) -> Mortal:
    return cluster.connect(KubeUser("applier", groups=("leastway-plan", "leastway-apply")))


@pytest.mark.usefixtures("roles")
def test_the_documented_roles_are_sufficient(cluster: Cluster, objects: list[EstateObject], grant: str) -> None:
    site = cluster.site(applier(cluster))
    assert not seen(site, objects, grant).objects
    for each in objects:
        site.create(each, Mark(grant))
    found = seen(cluster.site(planner(cluster)), objects, grant).objects
    assert {one.object for one in found.values()} == set(objects)
    for each in objects:
        site.update(found[each.address], each, Mark(grant))
    for one in found.values():
        site.delete(one)
    assert not seen(site, objects, grant).objects


@pytest.mark.usefixtures("roles")
def test_roles_bound_in_one_namespace_apply_only_there(
    cluster: Cluster, namespace: str, objects: list[EstateObject], grant: str
) -> None:
    narrow = KubeUser(f"narrow-{namespace}", groups=("leastway-plan",))
    for where in (namespace, "kube-system"):
        subject = {"kind": "User", "name": narrow.username, "apiGroup": "rbac.authorization.k8s.io"}
        reference = {"kind": "ClusterRole", "name": "leastway-apply", "apiGroup": "rbac.authorization.k8s.io"}
        cluster.create("rolebindings", narrow.username, where, roleRef=reference, subjects=[subject])
    site = cluster.site(cluster.connect(narrow))
    for each in objects:
        site.create(each, Mark(grant))
    for live in seen(site, [], grant).objects.values():
        site.delete(live)
    elsewhere = RbacRole(PLACE, "default", "humanitec", ())
    with pytest.raises(ForbiddenError, match="may not create"):
        site.create(elsewhere, Mark(grant))


@pytest.mark.usefixtures("roles")
def test_the_planner_role_cannot_change_anything(cluster: Cluster, objects: list[EstateObject], grant: str) -> None:
    site = cluster.site(planner(cluster))
    for each in objects:
        with pytest.raises(ForbiddenError, match="planner may not create"):
            site.create(each, Mark(grant))
        cluster.site().create(each, Mark(grant))
    for address, live in seen(site, objects, grant).objects.items():
        with pytest.raises(ForbiddenError, match="planner may not"):
            site.delete(live)
        if address.kind is not Kind.AWS_AUTH_MAPPING:
            with pytest.raises(ForbiddenError, match="planner may not patch"):
                site.update(live, live.object, Mark(grant))


@pytest.mark.parametrize("lost", range(2))
def test_a_forbidden_read_is_unknown_and_says_what_to_allow(
    cluster: Cluster, roles: dict[str, Any], objects: list[EstateObject], grant: str, lost: int
) -> None:
    rules = [rule for number, rule in enumerate(roles["leastway-plan"]) if number != lost]
    cluster.admin.request(
        "PUT", f"{RBAC}/clusterroles/leastway-plan", {"metadata": {"name": "leastway-plan"}, "rules": rules}
    )
    observation = cluster.site(planner(cluster)).observe(objects, grant)
    assert not observation.objects
    unknown = {problem.where for problem in observation.unreadable}
    if lost:
        assert unknown == {MAPPING.address}
    else:
        assert unknown >= {each.address for each in objects if each is not MAPPING}
        assert Address(PLACE, Kind.RBAC_ROLE, "clusterroles/*") in unknown
    for problem in observation.unreadable:
        assert "planner may not" in problem.reason
        assert "leastway explain permissions-kubernetes" in problem.fix
    if lost:
        unread = cluster.site(planner(cluster)).observe([], grant).unreadable
        assert [problem.where for problem in unread] == [Address(PLACE, Kind.AWS_AUTH_MAPPING, "*")]


def test_without_escalate_rights_that_the_caller_does_not_hold_cannot_be_granted(
    cluster: Cluster, roles: dict[str, Any], objects: list[EstateObject], grant: str
) -> None:
    rules = [rule for rule in roles["leastway-apply"] if "escalate" not in rule["verbs"]]
    cluster.admin.request(
        "PUT", f"{RBAC}/clusterroles/leastway-apply", {"metadata": {"name": "leastway-apply"}, "rules": rules}
    )
    site = cluster.site(applier(cluster))
    with pytest.raises(ForbiddenError, match="not currently held") as refused:
        site.create(objects[0], Mark(grant))
    assert "escalate" in (refused.value.fix or "")

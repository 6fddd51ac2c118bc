"""RBAC roles and bindings on an API server."""

from dataclasses import replace

import pytest

from leastway.errors import LeastwayError
from leastway.estate import EstateObject, Mark, Observed, Owner, RbacBinding, RbacRole
from leastway.kube import ConflictError, KubernetesSite, NotFoundError
from leastway.ports import AlreadyThereError
from leastway.rbac import RbacRule
from leastway.reconcile import differences
from tests.integration.kubeadapter.world import PLACE, RBAC, Cluster, seen

RULES = (RbacRule(("apps",), ("deployments",), ("get", "create", "patch")), RbacRule(("",), ("pods",), ("get", "list")))


def role(namespace: str) -> RbacRole:
    return RbacRole(PLACE, namespace, "humanitec", RULES)


def binding(namespace: str) -> RbacBinding:
    return RbacBinding(PLACE, namespace, "humanitec", "humanitec", not namespace, "humanitec")


@pytest.fixture
def objects(namespace: str, grant: str) -> list[RbacRole | RbacBinding]:
    """One of each of the four kinds."""
    wide = replace(role(""), name=grant), replace(binding(""), name=grant, role=grant)
    return [role(namespace), wide[0], binding(namespace), wide[1]]


def observed(cluster: Cluster, candidate: EstateObject, grant: str) -> Observed:
    return seen(cluster.site(), [candidate], grant).objects[candidate.address]


def test_a_created_object_is_observed_as_desired_and_marked_then_deleted(
    cluster: Cluster, objects: list[RbacRole | RbacBinding], grant: str
) -> None:
    site = cluster.site()
    assert not seen(site, objects, grant).objects
    for each in objects:
        site.create(each, Mark(grant))
    found = seen(site, [], grant).objects
    assert found == seen(site, objects, grant).objects
    assert {one.object for one in found.values()} == set(objects)
    assert {(one.mark, one.owner) for one in found.values()} == {(Mark(grant), None)}
    for one in reversed(found.values()):  # type: ignore[call-overload]  # it is a dict
        site.delete(one)
        site.delete(one)
    assert not seen(site, objects, grant).objects


def test_read_by_name_lists_nothing(
    cluster: Cluster, objects: list[RbacRole | RbacBinding], grant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = cluster.site()
    for each in objects:
        site.create(each, Mark(grant))
    everything = seen(site, objects, grant).objects
    monkeypatch.setattr("leastway.kube.rbac.COLLECTIONS", ())  # the collections that observe lists
    for each in objects:
        found = site.read([each], grant)
        assert found.objects == {each.address: everything[each.address]}
        assert not found.unreadable
    assert not site.read([replace(role(""), name=f"{grant}-none")], grant).objects


def test_objects_of_another_grant_are_shown_only_if_wanted(cluster: Cluster, namespace: str, grant: str) -> None:
    cluster.site().create(role(namespace), Mark(f"{grant}-other"))
    assert not seen(cluster.site(), [], grant).objects
    assert observed(cluster, role(namespace), grant).mark == Mark(f"{grant}-other")


def test_creating_an_existing_object_is_rejected(
    cluster: Cluster, objects: list[RbacRole | RbacBinding], grant: str
) -> None:
    for each in objects:
        cluster.site().create(each, Mark(grant))
        with pytest.raises(AlreadyThereError):
            cluster.site().create(each, Mark(grant))


def test_order_and_grouping_of_rules_are_not_differences(cluster: Cluster, namespace: str, grant: str) -> None:
    rules = [
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]},
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]},
        {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["patch", "get", "create"]},
    ]
    cluster.create("roles", "humanitec", namespace, rules=rules)
    assert not differences(observed(cluster, role(namespace), grant).object, role(namespace))


def test_adopting_keeps_labels_of_others_and_updates_the_rules(cluster: Cluster, namespace: str, grant: str) -> None:
    others = {"labels": {"team": "shop"}, "annotations": {"note": "by hand"}}
    rules = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
    cluster.create("roles", "humanitec", namespace, rules=rules, metadata=others)
    live = observed(cluster, role(namespace), grant)
    assert (live.mark, live.owner) == (None, None)
    assert [each.field for each in differences(live.object, role(namespace))] == ["rules"]
    cluster.site().update(live, role(namespace), Mark(grant))
    after = observed(cluster, role(namespace), grant)
    assert after == replace(live, object=role(namespace), mark=Mark(grant))
    metadata = (cluster.get(f"{RBAC}/namespaces/{namespace}/roles/humanitec") or {})["metadata"]
    assert metadata["labels"]["team"] == "shop"
    assert metadata["annotations"]["note"] == "by hand"


def test_an_additional_subject_is_a_difference_and_is_removed(cluster: Cluster, namespace: str, grant: str) -> None:
    cluster.site().create(binding(namespace), Mark(grant))
    path = f"{RBAC}/namespaces/{namespace}/rolebindings/humanitec"
    live = cluster.get(path) or {}
    live["subjects"] += [
        {"kind": "User", "name": "jane", "apiGroup": "rbac.authorization.k8s.io"},
        {"kind": "ServiceAccount", "name": "robot", "namespace": namespace},
    ]
    cluster.admin.request("PUT", path, live)
    found = observed(cluster, binding(namespace), grant)
    assert isinstance(found.object, RbacBinding)
    assert found.object.group == "humanitec"
    assert found.object.other_subjects == {"User/jane", f"ServiceAccount/{namespace}/robot"}
    cluster.site().update(found, binding(namespace), Mark(grant))
    assert observed(cluster, binding(namespace), grant).object == binding(namespace)


def test_a_binding_of_another_group_or_without_subjects_differs(cluster: Cluster, namespace: str, grant: str) -> None:
    other = replace(binding(namespace), group="others")
    cluster.site().create(other, Mark(grant))
    found = observed(cluster, binding(namespace), grant)
    assert found.object == other
    cluster.site().update(found, binding(namespace), Mark(grant))
    path = f"{RBAC}/namespaces/{namespace}/rolebindings/humanitec"
    live = cluster.get(path) or {}
    cluster.admin.request("PUT", path, {**live, "subjects": []})
    assert observed(cluster, binding(namespace), grant).object == replace(binding(namespace), group="")


@pytest.mark.parametrize("kind", ["Group", "User"])
def test_another_binding_of_the_platform_is_shown_by_group_or_username(
    cluster: Cluster, namespace: str, grant: str, kind: str
) -> None:
    subject = {"kind": kind, "name": "humanitec", "apiGroup": "rbac.authorization.k8s.io"}
    role_ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}
    cluster.create("clusterrolebindings", f"{grant}-by-hand", subjects=[subject], roleRef=role_ref)
    site = KubernetesSite(cluster.admin, PLACE, cluster.backups, username="humanitec")
    found = seen(site, [binding(namespace)], grant).objects
    path = f"{RBAC}/clusterrolebindings/{grant}-by-hand"
    cluster.remove(path)
    assert [each.object.role for each in found.values() if isinstance(each.object, RbacBinding)] == ["cluster-admin"]


def test_the_actual_role_of_a_binding_is_shown(cluster: Cluster, namespace: str, grant: str) -> None:
    other = replace(binding(namespace), role="view", role_is_cluster_wide=True)
    cluster.site().create(other, Mark(grant))
    found = observed(cluster, binding(namespace), grant)
    assert [each.field for each in differences(found.object, binding(namespace))] == ["role", "role_is_cluster_wide"]
    with pytest.raises(LeastwayError, match="roleRef"):
        cluster.site().update(found, binding(namespace), Mark(grant))


def test_an_object_recreated_by_others_is_neither_changed_nor_deleted(
    cluster: Cluster, namespace: str, grant: str
) -> None:
    site = cluster.site()
    site.create(role(namespace), Mark(grant))
    old = observed(cluster, role(namespace), grant)
    cluster.remove(f"{RBAC}/namespaces/{namespace}/roles/humanitec")
    with pytest.raises(ConflictError, match="no existing object was found"):
        site.update(old, role(namespace), Mark(grant))
    assert not seen(site, [role(namespace)], grant).objects, "an update does not create it"
    cluster.create("roles", "humanitec", namespace, rules=[])
    with pytest.raises(ConflictError):
        site.update(old, role(namespace), Mark(grant))
    with pytest.raises(ConflictError):
        site.delete(old)
    assert observed(cluster, role(namespace), grant).mark is None


def test_an_object_without_a_mark_is_not_deleted(cluster: Cluster, namespace: str, grant: str) -> None:
    cluster.create("roles", "humanitec", namespace, rules=[])
    with pytest.raises(LeastwayError, match="no mark"):
        cluster.site().delete(observed(cluster, role(namespace), grant))


def test_a_missing_namespace_is_named(cluster: Cluster, grant: str) -> None:
    for each in (role("no-such-shop"), binding("no-such-shop")):
        assert not seen(cluster.site(), [each], grant).objects
        with pytest.raises(NotFoundError, match="namespace 'no-such-shop' does not exist") as refused:
            cluster.site().create(each, Mark(grant))
        assert "leastway does not create namespaces" in (refused.value.fix or "")


def test_built_in_roles_are_owned_by_kubernetes(cluster: Cluster, grant: str) -> None:
    view = observed(cluster, RbacRole(PLACE, "", "system:basic-user", RULES), grant)
    assert view.owner == Owner("Kubernetes", "rbac-defaults")


def test_an_aggregated_role_is_not_compared(cluster: Cluster, grant: str) -> None:
    selector = {"clusterRoleSelectors": [{"matchLabels": {"gather": grant}}]}
    cluster.create("clusterroles", grant, aggregationRule=selector, rules=[])
    observation = cluster.site().observe([replace(role(""), name=grant)], grant)
    assert not observation.objects
    (problem,) = observation.unreadable
    assert "aggregated" in problem.reason


def test_non_resource_paths_are_shown(cluster: Cluster, grant: str) -> None:
    rules = [{"nonResourceURLs": ["/healthz"], "verbs": ["get"]}]
    cluster.create("clusterroles", grant, rules=rules)
    found = observed(cluster, replace(role(""), name=grant), grant).object
    assert isinstance(found, RbacRole)
    assert found.rules == (RbacRule((), (), ("get",), (), ("/healthz",)),)


def test_long_lists_are_read_completely(
    cluster: Cluster, namespace: str, grant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leastway.kube.rbac._PAGE", "2")
    made = [replace(role(namespace), name=f"humanitec-{number}") for number in range(5)]
    for each in made:
        cluster.site().create(each, Mark(grant))
    assert {one.object for one in seen(cluster.site(), [], grant).objects.values()} == set(made)


def test_a_missing_namespace_is_reported_before_creating_objects_in_it(
    cluster: Cluster, namespace: str, grant: str
) -> None:
    there, nowhere = role(namespace), (role("no-such-shop"), binding("no-such-shop"))
    found = cluster.site().observe([there, *nowhere], grant)
    assert [obstacle.where for obstacle in found.obstacles] == [each.address for each in nowhere]
    assert {obstacle.reason for obstacle in found.obstacles} == {"namespace 'no-such-shop' does not exist"}
    assert all("leastway does not create namespaces" in obstacle.fix for obstacle in found.obstacles)
    assert not found.unreadable

"""Workloads on a real API server: applied, compared, removed and watched.

A small controller of the tests sets statuses.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from leastway.kube import AdmissionError, InvalidError, UnavailableError
from leastway.kube.connection import APPLY
from leastway.kube.deploying import (
    FieldConflictError,
    ObjectName,
    Owner,
    Progress,
    Right,
    Rollout,
    apply,
    compare,
    missing_rights,
    needed_rights,
    remove,
    watch_rollouts,
)
from leastway.kube.deploying.applying import NotOursError
from leastway.primitives import Secret
from leastway.sandbox.kube import KubeServer, KubeUser
from leastway.workloads import LABELS, ORGANIZATION, Manifest, Place, objects_of, read_workload
from tests.integration.kubeadapter.rollouts import watch_rollout
from tests.integration.kubeadapter.world import Cluster

OWNER = Owner("", "shop", "development")


@pytest.fixture(autouse=True)
def real(cluster: Cluster) -> None:
    if isinstance(cluster.server, KubeServer):
        pytest.skip("the small server has no Deployments")


@pytest.fixture
def objects(namespace: str) -> tuple[Manifest, ...]:
    return _objects(namespace)


def _objects(namespace: str, image: str = "web:1", *, place: Place | None = None, **spec: Any) -> tuple[Manifest, ...]:
    variables = {"A": "a", "PASSWORD": Secret("planted-password")}
    module = {
        "containers": {"main": {"image": image, "variables": variables, "files": {"/etc/a/b": {"value": "c"}}}},
        "service": {"ports": {"www": {"service_port": 80}}},
        **spec,
    }
    own = Place("shop", "development", namespace, {}, {}, Secret("k" * 32))
    return objects_of(read_workload("web", module), place or own)


def _deployment(namespace: str) -> ObjectName:
    return ObjectName("apps/v1", "Deployment", namespace, "web")


def test_applying_twice_changes_nothing_the_second_time(cluster: Cluster, objects: tuple[Manifest, ...]) -> None:
    first = list(apply(cluster.admin, objects))
    second = list(apply(cluster.admin, reversed(objects)))

    assert [one.name.kind for one in first] == ["ServiceAccount", "ConfigMap", "Secret", "Service", "Deployment"]
    assert all(one.is_changed for one in first)
    assert [(one.name, one.uid, one.is_changed) for one in second] == [(one.name, one.uid, False) for one in first]


def test_a_comparison_changes_nothing_and_shows_no_secret(
    cluster: Cluster, namespace: str, objects: tuple[Manifest, ...]
) -> None:
    assert {one.kind.value for one in compare(cluster.admin, objects)} == {"create"}
    assert cluster.get(_deployment(namespace).path) is None

    list(apply(cluster.admin, objects))
    assert {one.kind.value for one in compare(cluster.admin, objects)} == {"none"}

    changed = {one.name.kind: one for one in compare(cluster.admin, _objects(namespace, "web:2", replicas=3))}
    assert changed["Service"].fields == ()
    fields = {one.path: (one.before, one.after) for one in changed["Deployment"].fields}
    assert fields == {
        ".spec.replicas": ("1", "3"),
        ".spec.template.spec.containers[0].image": ('"web:1"', '"web:2"'),
    }
    other = [dict(one) for one in objects]
    secret = next(one for one in other if one["kind"] == "Secret")
    secret["data"] = {"main.PASSWORD": Secret("b3RoZXI=")}
    (found,) = [one for one in compare(cluster.admin, other) if one.kind.value == "update"]
    assert [(one.path, one.before, one.after) for one in found.fields] == [
        (".data['main.PASSWORD']", "(secret)", "(secret)")
    ]


def test_a_field_of_another_manager_is_a_conflict_that_names_it_and_changes_nothing(
    cluster: Cluster, namespace: str, objects: tuple[Manifest, ...]
) -> None:
    list(apply(cluster.admin, objects))
    theirs = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": 5}}
    query = {"fieldManager": "scaler", "force": "true"}
    cluster.admin.request("PATCH", _deployment(namespace).path, theirs, query=query, media=APPLY)

    with pytest.raises(FieldConflictError, match=r"scaler owns \.spec\.replicas") as refused:
        list(apply(cluster.admin, _objects(namespace, "web:2", replicas=2)))

    assert "planted-password" not in str(refused.value)
    live = cluster.get(_deployment(namespace).path)
    assert live is not None
    assert live["spec"]["template"]["spec"]["containers"][0]["image"] == "web:1"
    list(apply(cluster.admin, _objects(namespace, "web:2")))  # without the field there is no conflict
    live = cluster.get(_deployment(namespace).path)
    assert live is not None
    assert (live["spec"]["replicas"], live["spec"]["template"]["spec"]["containers"][0]["image"]) == (5, "web:2")


def test_an_object_that_leastway_did_not_make_is_not_taken_over(
    cluster: Cluster, namespace: str, objects: tuple[Manifest, ...]
) -> None:
    cluster.create("configmaps", "web-files", namespace, data={"theirs": "x"})

    with pytest.raises(NotOursError, match=f"ConfigMap {namespace}/web-files exists, and leastway did not make it"):
        list(apply(cluster.admin, objects))

    live = cluster.get(f"/api/v1/namespaces/{namespace}/configmaps/web-files")
    assert live is not None
    assert live["data"] == {"theirs": "x"}


@pytest.mark.parametrize("act", [apply, compare])
@pytest.mark.parametrize(("application", "environment"), [("shop", "production"), ("billing", "development")])
def test_an_object_of_another_environment_is_not_taken_over(
    cluster: Cluster, namespace: str, act: Callable[..., Iterator[Any]], application: str, environment: str
) -> None:
    list(apply(cluster.admin, _objects(namespace)))
    others = _objects(namespace, "web:2", place=Place(application, environment, namespace, {}, {}, Secret("k" * 32)))

    with pytest.raises(NotOursError, match="belongs to the environment development of the application shop"):
        list(act(cluster.admin, others))

    assert {one.kind.value for one in compare(cluster.admin, _objects(namespace))} == {"none"}


def _of(organization: str, objects: tuple[Manifest, ...]) -> list[Manifest]:
    """Label objects as a deployment of an organization does."""
    head = [one["metadata"] for one in objects]
    labels = [{**one["labels"], ORGANIZATION: organization} for one in head]
    return [
        {**one, "metadata": {**metadata, "labels": each}}
        for one, metadata, each in zip(objects, head, labels, strict=True)
    ]


@pytest.mark.parametrize("act", [apply, compare])
def test_an_object_of_another_organization_is_not_taken_over(
    cluster: Cluster, namespace: str, act: Callable[..., Iterator[Any]]
) -> None:
    mine = _of("acme", _objects(namespace))
    uids = {one.name: one.uid for one in apply(cluster.admin, mine)}

    for known in ({}, uids):  # even if it was recorded here before
        with pytest.raises(NotOursError, match="environment development of the application shop of another organiz"):
            list(act(cluster.admin, _of("globex", _objects(namespace, "web:2")), known))

    assert {one.kind.value for one in compare(cluster.admin, mine)} == {"none"}


@pytest.mark.parametrize("act", [apply, compare])
def test_an_object_that_does_not_say_its_organization_is_of_who_has_recorded_it(
    cluster: Cluster, namespace: str, act: Callable[..., Iterator[Any]]
) -> None:
    uids = {one.name: one.uid for one in apply(cluster.admin, _objects(namespace))}
    mine = _of("acme", _objects(namespace))

    for known in ({}, dict.fromkeys(uids, "another")):
        with pytest.raises(NotOursError, match="this environment has no record of it") as refused:
            list(act(cluster.admin, mine, known))
        assert "add the label leastway.dev/organization=acme" in refused.value.diagnostics()

    assert len(list(act(cluster.admin, mine, uids))) == len(mine)
    assert [(one.name, one.uid) for one in apply(cluster.admin, mine, uids)] == list(uids.items())
    with pytest.raises(NotOursError, match="of another organization"):
        list(act(cluster.admin, _of("globex", _objects(namespace)), uids))


def test_what_has_the_name_since_an_object_was_looked_at_stays_as_it_is(cluster: Cluster, namespace: str) -> None:
    mine = [one for one in _of("acme", _objects(namespace)) if one["kind"] == "ConfigMap"]
    uids = {one.name: one.uid for one in apply(cluster.admin, mine)}
    (theirs,) = [one for one in _of("globex", _objects(namespace)) if one["kind"] == "ConfigMap"]
    changed = [{**mine[0], "data": {"file-0": "changed"}}]

    def replace() -> None:
        cluster.remove(f"/api/v1/namespaces/{namespace}/configmaps/web-files")
        list(apply(other, [theirs]))

    other, connection = cluster.connect(), cluster.connect()
    connection.before_write = replace
    with pytest.raises(UnavailableError, match=f"ConfigMap {namespace}/web-files was replaced while it was applied"):
        list(apply(connection, changed, uids))

    live = cluster.get(f"/api/v1/namespaces/{namespace}/configmaps/web-files")
    assert live is not None
    assert (live["data"], live["metadata"]["labels"][ORGANIZATION]) == (theirs["data"], "globex")


def test_an_object_whose_name_is_free_again_is_made_but_not_over_another(cluster: Cluster, namespace: str) -> None:
    mine = [one for one in _of("acme", _objects(namespace)) if one["kind"] == "ConfigMap"]
    uids = {one.name: one.uid for one in apply(cluster.admin, mine)}
    path = f"/api/v1/namespaces/{namespace}/configmaps/web-files"
    cluster.remove(path)
    (again,) = apply(cluster.admin, mine, uids)
    assert again.uid not in uids.values()

    def make_theirs() -> None:
        list(apply(cluster.admin, theirs))

    cluster.remove(path)
    connection = cluster.connect()
    theirs = [one for one in _of("globex", _objects(namespace)) if one["kind"] == "ConfigMap"]
    connection.before_write = make_theirs
    with pytest.raises(NotOursError, match="of another organization"):
        list(apply(connection, mine, uids))


@pytest.mark.parametrize("bytes_", [1_600_000, 2_900_000, 4_000_000], ids=["etcd", "on the way to etcd", "API server"])
def test_an_object_that_is_too_large_is_refused_and_not_tried_again(
    cluster: Cluster, namespace: str, bytes_: int
) -> None:
    containers = {"main": {"image": "web:1", "variables": {"A": "x" * bytes_}}}
    with pytest.raises(InvalidError, match="the object is too large") as refused:
        list(apply(cluster.admin, _objects(namespace, containers=containers)))
    assert len(str(refused.value)) < 1_000


def test_what_the_clusters_own_rules_refuse_is_not_called_a_missing_right(cluster: Cluster, namespace: str) -> None:
    limit = {"type": "PersistentVolumeClaim", "max": {"storage": "1Gi"}}
    body = {"metadata": {"name": "small"}, "spec": {"limits": [limit]}}
    cluster.admin.request("POST", f"/api/v1/namespaces/{namespace}/limitranges", body)
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data", "namespace": namespace},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "2Gi"}}},
    }
    with pytest.raises(AdmissionError, match="maximum storage usage per PersistentVolumeClaim is 1Gi"):
        list(apply(cluster.admin, [claim]))


def test_an_object_that_is_being_removed_is_waited_for(cluster: Cluster, namespace: str) -> None:
    path, merge = f"/api/v1/namespaces/{namespace}/configmaps/web-files", "application/merge-patch+json"
    uids = {one.uid for one in apply(cluster.admin, _objects(namespace))}
    cluster.admin.request("PATCH", path, {"metadata": {"finalizers": ["example.com/held"]}}, media=merge)
    cluster.remove(path)

    with pytest.raises(UnavailableError, match=f"ConfigMap {namespace}/web-files is still being removed") as waiting:
        list(apply(cluster.admin, _objects(namespace)))
    assert waiting.value.fix == "it waits for example.com/held: find out what should carry that out"

    cluster.admin.request("PATCH", path, {"metadata": {"finalizers": []}}, media=merge)
    assert [one.name.kind for one in apply(cluster.admin, _objects(namespace)) if one.uid not in uids] == ["ConfigMap"]


def test_an_object_whose_finalizers_have_not_run_is_not_called_removed(cluster: Cluster, namespace: str) -> None:
    applied = [(one.name, one.uid) for one in apply(cluster.admin, _objects(namespace))]
    path, merge = f"/api/v1/namespaces/{namespace}/configmaps/web-files", "application/merge-patch+json"
    cluster.admin.request("PATCH", path, {"metadata": {"finalizers": ["example.com/held"]}}, media=merge)

    found = {one.name.kind: one.words for one in remove(cluster.admin, applied, OWNER)}

    assert found.pop("ConfigMap") == "is being removed: it waits for example.com/held"
    assert set(found.values()) == {"removed"}
    again = [each for each in applied if each[0].kind == "ConfigMap"]
    assert [one.outcome.name for one in remove(cluster.admin, again, OWNER)] == ["PENDING"]
    cluster.admin.request("PATCH", path, {"metadata": {"finalizers": []}}, media=merge)
    assert [one.outcome.name for one in remove(cluster.admin, again, OWNER)] == ["GONE"]


def test_a_namespace_that_begins_to_be_removed_is_waited_for_and_no_refusal_of_a_policy(cluster: Cluster) -> None:
    namespace = "ending-soon"
    cluster.create("namespaces", namespace, spec={"finalizers": ["kubernetes"]})
    cluster.admin.request("DELETE", f"/api/v1/namespaces/{namespace}")
    with pytest.raises(UnavailableError, match="because it is being terminated") as waiting:
        list(apply(cluster.admin, _objects(namespace)))
    assert waiting.value.fix == "wait for the end of the namespace"


def test_what_was_applied_is_removed_and_nothing_else(
    cluster: Cluster, namespace: str, objects: tuple[Manifest, ...]
) -> None:
    applied = [(one.name, one.uid) for one in apply(cluster.admin, objects)]
    path = f"/api/v1/namespaces/{namespace}/configmaps/web-files"
    cluster.remove(path)
    cluster.create(
        "configmaps", "web-files", namespace, metadata={"labels": {"app.kubernetes.io/managed-by": "leastway"}}
    )
    secret = f"/api/v1/namespaces/{namespace}/secrets/web-secrets"
    merge = "application/merge-patch+json"
    theirs = {"metadata": {"labels": {"app.kubernetes.io/managed-by": "jane"}}}
    cluster.admin.request("PATCH", secret, theirs, media=merge)
    cluster.remove(f"/api/v1/namespaces/{namespace}/serviceaccounts/web")

    found = {one.name.kind: one.outcome.name for one in remove(cluster.admin, applied, OWNER)}

    assert found == {
        "Deployment": "REMOVED",
        "Service": "REMOVED",
        "Secret": "NOT_OURS",
        "ConfigMap": "REPLACED",
        "ServiceAccount": "GONE",
    }
    assert cluster.get(_deployment(namespace).path) is None
    assert cluster.get(path) is not None
    assert cluster.get(secret) is not None


def test_what_another_environment_has_by_its_labels_is_not_removed(cluster: Cluster, namespace: str) -> None:
    acme = Owner("acme", "shop", "development")
    applied = {one.name.kind: (one.name, one.uid) for one in apply(cluster.admin, _of("acme", _objects(namespace)))}
    merge = "application/merge-patch+json"
    labels = {
        "Secret": {ORGANIZATION: "globex"},
        "Service": {LABELS[1]: "production"},
        "ConfigMap": {ORGANIZATION: None},
    }
    for kind, changed in labels.items():
        cluster.admin.request("PATCH", applied[kind][0].path, {"metadata": {"labels": changed}}, media=merge)

    unrecorded = [(name, None) for name, _ in applied.values()]
    found = {one.name.kind: one.outcome.name for one in remove(cluster.admin, unrecorded[1:], acme)}
    assert found == {"ConfigMap": "OTHERS", "Secret": "OTHERS", "Service": "OTHERS", "Deployment": "REMOVED"}
    found = {one.name.kind: one.outcome.name for one in remove(cluster.admin, applied.values(), acme)}
    assert found == {
        "ServiceAccount": "REMOVED",
        "ConfigMap": "REMOVED",
        "Secret": "OTHERS",
        "Service": "OTHERS",
        "Deployment": "GONE",
    }


def test_the_rights_that_are_missing_are_named(cluster: Cluster, namespace: str, objects: tuple[Manifest, ...]) -> None:
    names = [one.name for one in apply(cluster.admin, objects)]
    rights = needed_rights(names, names[:1])
    group = f"deployers-{namespace}"
    rules = [
        {"apiGroups": [""], "resources": ["configmaps", "serviceaccounts", "services"], "verbs": ["*"]},
        {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "patch"]},
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]},
    ]
    cluster.create("roles", "deployer", namespace, rules=rules)
    subject = {"kind": "Group", "name": group, "apiGroup": "rbac.authorization.k8s.io"}
    role = {"kind": "Role", "name": "deployer", "apiGroup": "rbac.authorization.k8s.io"}
    cluster.create("rolebindings", "deployer", namespace, subjects=[subject], roleRef=role)
    deployer = cluster.connect(KubeUser(f"deployer-{namespace}", groups=(group,)))

    wanted = {Right(namespace, "apps", "deployments", "create")} | {
        Right(namespace, "", "secrets", verb) for verb in ("get", "create", "patch")
    }
    for _ in range(100):  # the authorizer of the API server sees a new binding a moment later
        if set(missing_rights(deployer, rights)) == wanted:
            break
    assert set(missing_rights(deployer, rights)) == wanted
    assert missing_rights(cluster.admin, rights) == ()
    assert str(min(wanted)).endswith(f"in {namespace}")


class Controller:
    """Sets the status of the Deployment, and of one pod, as the controllers of a cluster would."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self._cluster = cluster
        self._path = _deployment(namespace).path
        self._pods = f"/api/v1/namespaces/{namespace}/pods"

    def status(self, *conditions: Mapping[str, str], seen: int | None = None, **counts: int) -> None:
        live = self._cluster.get(self._path)
        assert live is not None
        status = {"observedGeneration": live["metadata"]["generation"] if seen is None else seen, **counts}
        live["status"] = {**status, "conditions": list(conditions)}
        self._cluster.admin.request("PUT", f"{self._path}/status", live)

    def run(self, replicas: int) -> None:
        self.status(replicas=replicas, updatedReplicas=replicas, availableReplicas=replicas, readyReplicas=replicas)

    def pod(self, **state: Any) -> None:
        live = self._cluster.get(self._path)
        assert live is not None
        template = live["spec"]["template"]
        body = {"metadata": {"name": "web-1", "labels": template["metadata"]["labels"]}, "spec": dict(template["spec"])}
        body["spec"] |= {"serviceAccountName": "default", "automountServiceAccountToken": False, "volumes": []}
        body["spec"]["containers"] = [{"name": "main", "image": "web:1"}]
        pod = self._cluster.admin.request("POST", self._pods, body)
        pod["status"] = {"containerStatuses": [_container(**state)]}
        self._cluster.admin.request("PUT", f"{self._pods}/web-1/status", pod)


def _container(**state: Any) -> dict[str, Any]:
    known = {"name": "main", "image": "web:1", "imageID": "", "ready": False, "restartCount": 0}
    return {**known, **state}


@pytest.fixture
def controller(cluster: Cluster, namespace: str, objects: tuple[Manifest, ...]) -> Iterator[Controller]:
    list(apply(cluster.admin, [one for one in objects if one["kind"] == "Deployment"]))
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": namespace}}
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/default"
    cluster.admin.request("PATCH", path, account, query={"fieldManager": "test"}, media=APPLY)
    yield Controller(cluster, namespace)
    cluster.remove(f"/api/v1/namespaces/{namespace}/pods/web-1")


def _watch(cluster: Cluster, namespace: str, seconds: float = 20, **options: Any) -> Progress:
    return watch_rollout(cluster.admin, _deployment(namespace), seconds=seconds, pause=0.05, **options)


def test_rollouts_are_watched_side_by_side(
    cluster: Cluster, namespace: str, controller: Controller, objects: tuple[Manifest, ...]
) -> None:
    (web,) = (one for one in objects if one["kind"] == "Deployment")
    (other,) = apply(cluster.admin, [{**web, "metadata": {**web["metadata"], "name": "other"}}])
    controller.status(replicas=1, updatedReplicas=1)
    live = cluster.get(other.name.path)
    assert live is not None
    counts = dict.fromkeys(("replicas", "updatedReplicas", "availableReplicas", "readyReplicas"), 1)
    live["status"] = {"observedGeneration": live["metadata"]["generation"], **counts}
    cluster.admin.request("PUT", f"{other.name.path}/status", live)

    names = [_deployment(namespace), other.name]
    ended = list(watch_rollouts(cluster.admin, names, seconds=1, pause=0.05))

    assert [(name.name, one.outcome) for name, one in ended] == [("other", Rollout.DONE), ("web", Rollout.TIMED_OUT)]
    assert list(watch_rollouts(cluster.admin, [], seconds=0)) == []


def test_a_rollout_is_done_when_all_replicas_are_new_and_available(
    cluster: Cluster, namespace: str, controller: Controller
) -> None:
    seen: list[Progress] = []
    steps: list[Callable[[], None]] = [
        lambda: controller.status(replicas=1, updatedReplicas=0, availableReplicas=1, readyReplicas=1),
        lambda: controller.status(replicas=2, updatedReplicas=1, availableReplicas=1, readyReplicas=1),
        lambda: controller.run(1),
    ]

    def report(progress: Progress) -> None:
        seen.append(progress)
        if steps:
            steps.pop(0)()

    found = _watch(cluster, namespace, report=report)

    assert found.outcome is Rollout.DONE
    assert [(one.updated, one.available) for one in seen] == [(0, 0), (0, 1), (1, 1), (1, 1)]


def test_a_status_of_an_older_version_does_not_count(cluster: Cluster, namespace: str, controller: Controller) -> None:
    controller.run(1)
    list(apply(cluster.admin, [one for one in _objects(namespace, "web:2") if one["kind"] == "Deployment"]))

    found = _watch(cluster, namespace, seconds=0.3)

    assert found.outcome is Rollout.TIMED_OUT


def test_a_rollout_that_the_controller_gives_up_fails_with_the_words_of_the_pods(
    cluster: Cluster, namespace: str, controller: Controller
) -> None:
    controller.pod(state={"waiting": {"reason": "ImagePullBackOff", "message": 'Back-off pulling image "web:1"'}})
    gave_up = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "timed out"}
    controller.status(gave_up, replicas=1, updatedReplicas=1)

    found = _watch(cluster, namespace)

    assert (found.outcome, found.reason) == (Rollout.FAILED, "ProgressDeadlineExceeded: timed out")
    assert [(one.name, one.words) for one in found.pods] == [
        ("web-1", 'main: ImagePullBackOff: Back-off pulling image "web:1"')
    ]


def test_an_image_name_that_nothing_can_have_fails_at_once(
    cluster: Cluster, namespace: str, controller: Controller
) -> None:
    controller.pod(state={"waiting": {"reason": "InvalidImageName", "message": "couldn't parse image name"}})

    found = _watch(cluster, namespace)

    assert (found.outcome, found.reason) == (
        Rollout.FAILED,
        "main: InvalidImageName: couldn't parse image name",
    )


def test_a_deadline_ends_a_rollout_and_says_what_it_waited_for(
    cluster: Cluster, namespace: str, controller: Controller
) -> None:
    ended = {"terminated": {"exitCode": 3, "reason": "Error", "message": "no database"}}
    controller.pod(state={"waiting": {"reason": "CrashLoopBackOff"}}, lastState=ended)
    quota = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "exceeded quota"}
    controller.status(quota, replicas=1)

    found = _watch(cluster, namespace, seconds=0.3)

    assert (found.outcome, found.reason) == (Rollout.TIMED_OUT, "FailedCreate: exceeded quota")
    assert found.pods[0].words == "main: CrashLoopBackOff; main ended with 3: Error: no database"


def test_a_rollout_can_be_stopped(cluster: Cluster, namespace: str, controller: Controller) -> None:
    stop = threading.Event()

    found = _watch(cluster, namespace, report=lambda _: stop.set(), is_stopped=stop.is_set)

    assert found.outcome is Rollout.STOPPED


def test_no_replicas_are_a_rollout_that_is_done(cluster: Cluster, namespace: str) -> None:
    objects = _objects(namespace, replicas=0)
    list(apply(cluster.admin, [one for one in objects if one["kind"] == "Deployment"]))
    Controller(cluster, namespace).status()

    assert _watch(cluster, namespace).outcome is Rollout.DONE

"""StatefulSets, DaemonSets and Jobs on a real API server, whose status a test writes as their controllers would."""

from __future__ import annotations

from typing import Any

import pytest

from leastway.kube.deploying import ObjectName, Rollout, apply, name_of
from leastway.sandbox.kube import KubeServer
from tests.integration.kubeadapter.rollouts import watch_rollout
from tests.integration.kubeadapter.world import Cluster

pytestmark = pytest.mark.integration

LABELS = {"app": "one"}
POD: dict[str, Any] = {"containers": [{"name": "main", "image": "one:1"}], "automountServiceAccountToken": False}
SELECTED = {"selector": {"matchLabels": LABELS}, "template": {"metadata": {"labels": LABELS}, "spec": POD}}
AT = "2026-01-01T00:00:00Z"
SPECS: dict[str, tuple[str, dict[str, Any]]] = {
    "StatefulSet": ("apps/v1", {**SELECTED, "serviceName": "one", "replicas": 2}),
    "DaemonSet": ("apps/v1", SELECTED),
    "Job": (
        "batch/v1",
        {"backoffLimit": 0, "template": {"metadata": {"labels": LABELS}, "spec": {**POD, "restartPolicy": "Never"}}},
    ),
}
DONE: dict[str, dict[str, Any]] = {
    "StatefulSet": {"replicas": 2, "readyReplicas": 2, "updatedReplicas": 2, "availableReplicas": 2},
    "DaemonSet": {
        "currentNumberScheduled": 1,
        "desiredNumberScheduled": 1,
        "numberMisscheduled": 0,
        "numberReady": 1,
        "numberAvailable": 1,
        "updatedNumberScheduled": 1,
    },
    "Job": {
        "startTime": AT,
        "completionTime": AT,
        "succeeded": 1,
        "conditions": [{"type": each, "status": "True"} for each in ("SuccessCriteriaMet", "Complete")],
    },
}
COUNTED = {"StatefulSet": "2 of 2 available", "DaemonSet": "1 of 1 available", "Job": "1 of 1 complete"}


@pytest.fixture(params=SPECS)
def applied(request: pytest.FixtureRequest, cluster: Cluster, namespace: str) -> ObjectName:
    """An object of each kind, applied as a deployment does."""
    if isinstance(cluster.server, KubeServer):
        pytest.skip("the small server has no such kinds")
    version, spec = SPECS[request.param]
    manifest = {
        "apiVersion": version,
        "kind": request.param,
        "metadata": {"name": "one", "namespace": namespace},
        "spec": spec,
    }
    list(apply(cluster.admin, [manifest]))
    return name_of(manifest)


def write(cluster: Cluster, name: ObjectName, status: dict[str, Any]) -> None:
    live = cluster.get(name.path)
    assert live is not None
    seen = {} if name.kind == "Job" else {"observedGeneration": live["metadata"]["generation"]}
    cluster.admin.request("PUT", f"{name.path}/status", {**live, "status": {**seen, **status}})


def test_a_rollout_waits_until_its_controller_says_that_it_is_done(cluster: Cluster, applied: ObjectName) -> None:
    waited = watch_rollout(cluster.admin, applied, seconds=0.3, pause=0.05)
    assert waited.outcome is Rollout.TIMED_OUT

    write(cluster, applied, DONE[applied.kind])
    done = watch_rollout(cluster.admin, applied, seconds=20, pause=0.05)
    assert (done.outcome, done.counted) == (Rollout.DONE, COUNTED[applied.kind])


def test_a_failure_has_the_words_of_the_pods(cluster: Cluster, applied: ObjectName) -> None:
    live = cluster.get(applied.path)
    assert live is not None
    labels = live["spec"]["selector"]["matchLabels"]
    pods = f"/api/v1/namespaces/{applied.namespace}/pods"
    account = {"metadata": {"name": "default"}}
    cluster.admin.request("POST", f"/api/v1/namespaces/{applied.namespace}/serviceaccounts", account)
    pod = cluster.admin.request("POST", pods, {"metadata": {"name": "one-1", "labels": labels}, "spec": POD})
    state = {
        "terminated": {"exitCode": 3, "reason": "Error", "message": "no database", "startedAt": AT, "finishedAt": AT}
    }
    container = {"name": "main", "image": "one:1", "imageID": "", "ready": False, "restartCount": 0, "state": state}
    cluster.admin.request("PUT", f"{pods}/one-1/status", {**pod, "status": {"containerStatuses": [container]}})
    if applied.kind == "Job":
        why = {"status": "True", "reason": "BackoffLimitExceeded", "message": "it has failed too often"}
        conditions = [{"type": each, **why} for each in ("FailureTarget", "Failed")]
        write(cluster, applied, {"startTime": AT, "failed": 1, "conditions": conditions})

    found = watch_rollout(cluster.admin, applied, seconds=0.3, pause=0.05)

    assert [(one.name, one.words) for one in found.pods] == [("one-1", "main ended with 3: Error: no database")]
    if applied.kind == "Job":
        assert (found.outcome, found.reason) == (Rollout.FAILED, "BackoffLimitExceeded: it has failed too often")
    else:
        assert found.outcome is Rollout.TIMED_OUT

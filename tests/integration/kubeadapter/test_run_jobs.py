"""The manifests of a run's Job on a real API server, with its schemas and the Pod Security Standard `restricted`."""

from __future__ import annotations

from typing import Any

import pytest

from leastway.isolation import JobRun, Limits, job_manifests
from leastway.kube.errors import ForbiddenError
from leastway.sandbox.kube import KubeServer
from tests.integration.kubeadapter.world import Cluster

STRICT = {"fieldValidation": "Strict"}
DRY = {**STRICT, "dryRun": "All"}


def test_a_real_api_server_takes_the_manifests_and_their_pod_is_restricted(cluster: Cluster, namespace: str) -> None:
    if isinstance(cluster.server, KubeServer):
        pytest.skip("the small server has no Jobs")
    run = JobRun(
        name="run-1",
        namespace=namespace,
        image="registry.example.org/tofu@sha256:" + "0" * 64,
        runtime_class="gvisor",
        command=("tofu", "apply", "plan"),
        secret="run-1",
        gateway=("192.0.2.10", 3128),
        limits=Limits(seconds=3600),
    )
    policy, job = job_manifests(run)
    admin = cluster.admin
    runtime_class = {
        "apiVersion": "node.k8s.io/v1",
        "kind": "RuntimeClass",
        "metadata": {"name": "gvisor"},
        "handler": "x",
    }
    admin.request("POST", "/apis/node.k8s.io/v1/runtimeclasses", runtime_class, query=STRICT)
    labels = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}
    admin.request("PATCH", f"/api/v1/namespaces/{namespace}", labels, media="application/merge-patch+json")
    policies = f"/apis/networking.k8s.io/v1/namespaces/{namespace}/networkpolicies"
    assert admin.request("POST", policies, dict(policy), query=STRICT)["metadata"]["name"] == "run-1"
    made = admin.request("POST", f"/apis/batch/v1/namespaces/{namespace}/jobs", dict(job), query=STRICT)
    assert made["spec"]["template"]["spec"]["runtimeClassName"] == "gvisor"

    pod: dict[str, Any] = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "run-1"}}
    pod["spec"] = dict(job["spec"]["template"]["spec"])
    pods = f"/api/v1/namespaces/{namespace}/pods"
    assert admin.request("POST", pods, pod, query=DRY)["metadata"]["name"] == "run-1"
    pod["spec"]["securityContext"] = {}
    with pytest.raises(ForbiddenError, match="restricted"):
        admin.request("POST", pods, pod, query=DRY)

"""The pod of a sandbox, and the network policy of all of them, as objects of Kubernetes.

A pod has no secret and nothing of a run in it: its first process waits, and ends when nobody is there. It is
restricted, has no token of the cluster, and is never started again by itself. A pod rather than a Job, because a Job
would begin it again elsewhere, and what its command did is known by the stream alone. Sources: the Kubernetes API
reference, Pod and NetworkPolicy; the Pod Security Standard "restricted".
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leastway.isolation.pod.inside import FIRST_PROCESS
from leastway.isolation.pod.place import PodPlace
from leastway.isolation.sandbox import TEMPORARY, Limits

__all__ = ["CONTAINER", "LABEL", "PYTHON", "network_policy", "pod_of"]

CONTAINER = "run"
LABEL = "leastway.dev/sandbox=run"
PYTHON = ("python3", "-I", "-S", "-c")
_POLICY = "leastway-runs"
_KEPT = {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false", "karpenter.sh/do-not-disrupt": "true"}
"""What removes nodes with few pods would end a run in the middle."""
_NAMES = "leastway.dev/passwd"
"""The annotation that becomes /etc/passwd: ssh needs a name for its user, and no image has one for each pod's."""
_LONGEST = 24 * 3600
_SLACK = 600


def network_policy(place: PodPlace) -> Mapping[str, Any]:
    """Return the policy by which the pods reach nothing, and nothing reaches them: their stream needs no network."""
    key, _, value = LABEL.partition("=")
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": _POLICY, "namespace": place.namespace},
        "spec": {
            "podSelector": {"matchLabels": {key: value}},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [],
            "egress": [],
        },
    }


def pod_of(name: str, place: PodPlace, mount: Path | None, limits: Limits, user: int) -> Mapping[str, Any]:
    """Return a pod with a folder on the disk at `mount`, and one in memory at `TEMPORARY`, for the user's number.

    Each pod should have another user, because the kernel counts processes by user.
    """
    key, _, value = LABEL.partition("=")
    mounts: list[dict[str, Any]] = [
        {"name": "temporary", "mountPath": TEMPORARY},
        {"name": "names", "mountPath": "/etc/passwd", "subPath": "passwd", "readOnly": True},
    ]
    names = {"path": "passwd", "fieldRef": {"fieldPath": f"metadata.annotations['{_NAMES}']"}}
    memory = str(limits.memory + limits.temporary)  # what is in the folder in memory counts
    volumes: list[dict[str, Any]] = [
        {"name": "temporary", "emptyDir": {"medium": "Memory", "sizeLimit": str(limits.temporary)}},
        {"name": "names", "downwardAPI": {"items": [names]}},
    ]
    if mount is not None:
        mounts.append({"name": "work", "mountPath": os.fspath(mount)})
        volumes.append({"name": "work", "emptyDir": {"sizeLimit": str(limits.disk)}})
    container = {
        "name": CONTAINER,
        "image": place.image,
        "command": [*PYTHON, FIRST_PROCESS],
        "workingDir": TEMPORARY,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "resources": {
            "requests": {"memory": memory, "ephemeral-storage": str(limits.disk)},
            "limits": {"memory": memory, "ephemeral-storage": str(limits.disk)},
        },
        "volumeMounts": mounts,
    }
    spec: dict[str, Any] = {
        "restartPolicy": "Never",
        "activeDeadlineSeconds": _LONGEST if limits.seconds is None else int(limits.seconds) + _SLACK,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "dnsConfig": {"options": [{"name": "timeout", "value": "1"}, {"name": "attempts", "value": "1"}]},
        "terminationGracePeriodSeconds": 5,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": user,
            "runAsGroup": user,
            "fsGroup": user,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": volumes,
    }
    if place.runtime_class is not None:
        spec["runtimeClassName"] = place.runtime_class
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": place.namespace,
            "labels": {"app.kubernetes.io/managed-by": "leastway", key: value},
            "annotations": {**_KEPT, _NAMES: f"sandbox:x:{user}:{user}:sandbox:{TEMPORARY}:/bin/sh\n"},
        },
        "spec": spec,
    }

"""A run as a Kubernetes Job, where this machine allows no namespaces: the manifest, and what it must not have.

The runtime class (gVisor, Kata Containers) takes the place of bubblewrap, and the network policy that of the closed
network: the pod reaches one address, the gateway's. Nothing here talks to a cluster, and no option starts a run so: its
gateway does not listen on a network yet (ADR 0011). Source: the Kubernetes API
reference, batch/v1 Job and networking.k8s.io/v1 NetworkPolicy; the Pod Security Standard "restricted".
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leastway.errors import InvalidInputError
from leastway.isolation.host import OWNS_NOTHING
from leastway.isolation.sandbox import TEMPORARY, Limits

__all__ = ["JobRun", "job_manifests"]

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,51}[a-z0-9])?")
_DIGEST = re.compile(r"[^@\s]+@sha256:[0-9a-f]{64}")
_WORK = "/work"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    """What a Job runs. `image` is named by digest; `secret` is a Secret of the namespace with the environment.

    `gateway` is the one address and port that the pod may reach. `runtime_class` isolates more than a container: the
    names are the cluster's own.
    """

    name: str
    namespace: str
    image: str
    runtime_class: str
    command: tuple[str, ...]
    secret: str
    gateway: tuple[str, int]
    limits: Limits


def job_manifests(run: JobRun) -> tuple[Mapping[str, Any], ...]:
    """Return the network policy and the Job, in the order in which they must be made.

    Raises InvalidInputError for a name that Kubernetes refuses, an image without a digest, a missing runtime class, or
    a gateway that is not an address.
    """
    for what, name in (("name", run.name), ("namespace", run.namespace), ("secret", run.secret)):
        if _NAME.fullmatch(name) is None:
            raise InvalidInputError(f"{name!r} cannot be the {what} of a run's Job")
    if _NAME.fullmatch(run.runtime_class) is None:
        raise InvalidInputError(
            "a run's Job needs a runtime class", fix="name one that isolates the kernel, such as gvisor or kata"
        )
    if _DIGEST.fullmatch(run.image) is None:
        raise InvalidInputError("the image of a run's Job must be named by its digest", where=run.image)
    if not run.command or run.limits.seconds is None:
        raise InvalidInputError("a run's Job needs a command and a limit of time")
    labels = {"app.kubernetes.io/managed-by": "leastway", "leastway.dev/run": run.name}
    metadata = {"name": run.name, "namespace": run.namespace, "labels": labels}
    return (_network_policy(run, metadata), _job(run, metadata))


def _network_policy(run: JobRun, metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        address = ipaddress.ip_address(run.gateway[0])
    except ValueError as error:
        raise InvalidInputError("the gateway of a run's Job must be an IP address", where=run.gateway[0]) from error
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata,
        "spec": {
            "podSelector": {"matchLabels": {"leastway.dev/run": run.name}},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [],
            "egress": [
                {
                    "to": [{"ipBlock": {"cidr": f"{address}/{address.max_prefixlen}"}}],
                    "ports": [{"protocol": "TCP", "port": run.gateway[1]}],
                }
            ],
        },
    }


def _job(run: JobRun, metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    limits = run.limits
    container = {
        "name": "run",
        "image": run.image,
        "command": list(run.command),
        "workingDir": _WORK,
        "envFrom": [{"secretRef": {"name": run.secret}}],
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "resources": {
            "requests": {"memory": str(limits.memory), "ephemeral-storage": str(limits.disk)},
            "limits": {"memory": str(limits.memory), "ephemeral-storage": str(limits.disk)},
        },
        "volumeMounts": [{"name": "work", "mountPath": _WORK}, {"name": "temporary", "mountPath": TEMPORARY}],
    }
    pod = {
        "restartPolicy": "Never",
        "runtimeClassName": run.runtime_class,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "hostUsers": False,
        "terminationGracePeriodSeconds": 300,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": OWNS_NOTHING,
            "runAsGroup": OWNS_NOTHING,
            "fsGroup": OWNS_NOTHING,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": [
            {"name": "work", "emptyDir": {"sizeLimit": str(limits.disk)}},
            {"name": "temporary", "emptyDir": {"medium": "Memory", "sizeLimit": str(limits.temporary)}},
        ],
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata,
        "spec": {
            "backoffLimit": 0,  # a run is never begun twice by itself: its state would be applied twice
            "completions": 1,
            "parallelism": 1,
            "activeDeadlineSeconds": int(limits.seconds or 0),
            "ttlSecondsAfterFinished": 3600,
            "template": {"metadata": {"labels": metadata["labels"]}, "spec": pod},
        },
    }

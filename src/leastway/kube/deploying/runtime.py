"""What runs of an environment: its Deployments, with their replicas and pods, as the cluster reports them.

Deployments are those that the environment deployed. Pods belong to the Deployment whose labels they have. Their
revision is that of their ReplicaSet, or unknown if ReplicaSets may not be listed.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from leastway.kube.connection import Connection, Json
from leastway.kube.deploying.owner import Owner, is_of
from leastway.kube.errors import ForbiddenError
from leastway.kube.reading import ApiKind, read_every
from leastway.kube.shapes import anything, fields, items, number, pairs, text
from leastway.workloads import LABELS

__all__ = ["ContainerRuntime", "PodRuntime", "RuntimeStatus", "WorkloadRuntime", "read_runtime"]

_CONDITIONS = items(fields({"type": text, "status": text}, {"reason": text, "message": text}))
_COUNTS: Final = ("observedGeneration", "replicas", "updatedReplicas", "availableReplicas")
_METADATA = fields(
    {"name": text, "uid": text},
    {"labels": pairs(text), "annotations": pairs(text), "ownerReferences": items(pairs(anything))},
)
_DEPLOYMENT = ApiKind(
    "apps/v1",
    "Deployment",
    fields(
        {"metadata": _METADATA, "spec": fields({}, {"replicas": number})},
        {"status": fields({}, {"conditions": _CONDITIONS, **dict.fromkeys(_COUNTS, number)})},
    ),
)
_REPLICA_SET = ApiKind("apps/v1", "ReplicaSet", fields({"metadata": _METADATA}))
_CONTAINERS = items(fields({"name": text}, {"ready": anything, "restartCount": number, "state": pairs(anything)}))
_POD = ApiKind(
    "v1",
    "Pod",
    fields({"metadata": _METADATA}, {"status": fields({}, {"phase": text, "containerStatuses": _CONTAINERS})}),
)
_REVISION: Final = "deployment.kubernetes.io/revision"
_BROKEN: Final = frozenset(
    {
        "CrashLoopBackOff",
        "CreateContainerConfigError",
        "CreateContainerError",
        "ErrImagePull",
        "ImagePullBackOff",
        "InvalidImageName",
        "RunContainerError",
    }
)
_PAGE: Final = "500"
_WORKLOAD: Final = LABELS[2]


class RuntimeStatus(enum.Enum):
    """How a Deployment is."""

    RUNNING = "Running"
    STARTING = "Starting"
    FAILED = "Failed"
    STOPPED = "Stopped"


@dataclass(frozen=True, slots=True)
class ContainerRuntime:
    """A container; `state` has one of `waiting`, `running` and `terminated`, as Kubernetes reports it."""

    name: str
    is_ready: bool
    restarts: int
    state: Mapping[str, Any]

    @property
    def is_broken(self) -> bool:
        """Whether it waits for what it has failed to get before."""
        waiting = self.state.get("waiting")
        return isinstance(waiting, Mapping) and waiting.get("reason") in _BROKEN


@dataclass(frozen=True, slots=True)
class PodRuntime:
    """A pod; `revision` is None if it is not known."""

    name: str
    phase: str
    revision: int | None
    containers: tuple[ContainerRuntime, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadRuntime:
    """A Deployment of a workload: `wanted` replicas, and `replicas` that there are."""

    workload: str
    name: str
    wanted: int
    replicas: int
    revision: int
    status: RuntimeStatus
    message: str
    pods: tuple[PodRuntime, ...]


def read_runtime(
    connection: Connection, namespace: str, owner: Owner, known: Collection[str]
) -> tuple[WorkloadRuntime, ...]:
    """Return the Deployments of an environment, by name. One without the label of a workload has its own name as that.

    `known` are the uids that the environment has recorded. Errors: those of the connection; ForbiddenError if
    Deployments or pods may not be listed.
    """
    selector = ",".join(f"{name}={value}" for name, value in sorted(owner.labels.items()))
    query = {"labelSelector": selector, "limit": _PAGE}
    apps = f"/apis/apps/v1/namespaces/{namespace}"
    every = read_every(connection, f"{apps}/deployments", _DEPLOYMENT, query)
    deployments = [one for one in every if is_of(one, owner, _among(known, one))]
    if not deployments:
        return ()
    pods = tuple(read_every(connection, f"/api/v1/namespaces/{namespace}/pods", _POD, query))
    try:
        sets = tuple(read_every(connection, f"{apps}/replicasets", _REPLICA_SET, query))
    except ForbiddenError:
        sets = ()
    owners = {one["metadata"]["name"]: (_owner(one, "Deployment"), _revision(one)) for one in sets}
    found = (_workload(one, pods, owners) for one in deployments)
    return tuple(sorted(found, key=lambda one: one.name))


def _among(known: Collection[str], live: Json) -> str | None:
    uid: str = live["metadata"]["uid"]
    return uid if uid in known else None


def _workload(live: Json, pods: tuple[Json, ...], owners: Mapping[str, tuple[str, int | None]]) -> WorkloadRuntime:
    name, labels = live["metadata"]["name"], live["metadata"].get("labels") or {}
    workload = labels.get(_WORKLOAD, name)
    own = [_pod(pod, owners) for pod in pods if _belongs(pod, name, workload, owners)]
    status = live.get("status") or {}
    wanted = live["spec"].get("replicas")
    wanted = 1 if wanted is None else wanted
    _, replicas, updated, available = (status.get(each) or 0 for each in _COUNTS)
    conditions = {one["type"]: one for one in status.get("conditions") or ()}
    how, message = _status(wanted, replicas, updated, available, conditions, own)
    return WorkloadRuntime(
        workload=workload,
        name=name,
        wanted=wanted,
        replicas=replicas,
        revision=_revision(live) or 0,
        status=how,
        message=message,
        pods=tuple(sorted(own, key=lambda pod: pod.name)),
    )


def _status(
    wanted: int,
    replicas: int,
    updated: int,
    available: int,
    conditions: Mapping[str, Json],
    pods: list[PodRuntime],
) -> tuple[RuntimeStatus, str]:
    if wanted == 0 and replicas == 0:
        return RuntimeStatus.STOPPED, ""
    if updated >= wanted and available >= wanted:
        return RuntimeStatus.RUNNING, ""
    failure, progressing = conditions.get("ReplicaFailure", {}), conditions.get("Progressing", {})
    if failure.get("status") == "True":
        return RuntimeStatus.FAILED, _words(failure)
    if progressing.get("status") == "False":
        return RuntimeStatus.FAILED, _words(progressing)
    broken = next((one for pod in pods for one in pod.containers if one.is_broken), None)
    if broken is not None:
        return RuntimeStatus.FAILED, f"{broken.name}: {_words(broken.state['waiting'])}"
    return RuntimeStatus.STARTING, _words(conditions.get("Available", {}))


def _belongs(pod: Json, name: str, workload: str, owners: Mapping[str, tuple[str, int | None]]) -> bool:
    known = owners.get(_owner(pod, "ReplicaSet"))
    if known is not None:
        return known[0] == name
    return bool((pod["metadata"].get("labels") or {}).get(_WORKLOAD) == workload)


def _pod(pod: Json, owners: Mapping[str, tuple[str, int | None]]) -> PodRuntime:
    status = pod.get("status") or {}
    _, revision = owners.get(_owner(pod, "ReplicaSet"), ("", None))
    containers = tuple(
        ContainerRuntime(
            one["name"], one.get("ready") is True, one.get("restartCount") or 0, dict(one.get("state") or {})
        )
        for one in status.get("containerStatuses") or ()
    )
    return PodRuntime(pod["metadata"]["name"], status.get("phase") or "Unknown", revision, containers)


def _owner(live: Json, kind: str) -> str:
    references = live["metadata"].get("ownerReferences") or ()
    return next((str(one.get("name")) for one in references if one.get("kind") == kind), "")


def _revision(live: Json) -> int | None:
    written = (live["metadata"].get("annotations") or {}).get(_REVISION, "")
    return int(written) if written.isascii() and written.isdigit() and len(written) < 10 else None


def _words(one: Any) -> str:
    if not isinstance(one, Mapping):
        return ""
    return ": ".join(str(one[name]).strip() for name in ("reason", "message") if one.get(name))[:500]

"""Pods that do not run, and why, in their own words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from leastway.kube.connection import Connection
from leastway.kube.reading import ApiKind, read_every
from leastway.kube.shapes import anything, fields, items, pairs, text

__all__ = ["CONDITION", "PodState", "waiting_pods", "words_of"]

CONDITION = fields({"type": text, "status": text}, {"reason": text, "message": text})
"""A condition in the status of an object."""
_CONTAINER = fields({"name": text}, {"state": pairs(anything), "lastState": pairs(anything)})
_POD = ApiKind(
    "v1",
    "Pod",
    fields(
        {"metadata": fields({"name": text})},
        {
            "status": fields(
                {},
                {
                    "phase": text,
                    "conditions": items(CONDITION),
                    "containerStatuses": items(_CONTAINER),
                    "initContainerStatuses": items(_CONTAINER),
                },
            )
        },
    ),
)
_NEVER: Final = frozenset({"InvalidImageName"})
"""What a container waits for that never comes."""
_MOST_PODS: Final = 20


@dataclass(frozen=True, slots=True)
class PodState:
    """A pod that does not run, and why, in its own words, which may be long and have secrets."""

    name: str
    words: str
    is_hopeless: bool = False
    """Whether it waits for what never comes."""


def waiting_pods(connection: Connection, namespace: str, labels: Mapping[str, str]) -> Iterator[PodState]:
    """Yield the pods with these labels that do not run, at most twenty; without labels none."""
    if not labels:
        return
    selector = ",".join(f"{name}={value}" for name, value in sorted(labels.items()))
    path = f"/api/v1/namespaces/{namespace}/pods"
    count = 0
    for pod in read_every(connection, path, _POD, {"labelSelector": selector, "limit": "500"}):
        status = pod.get("status") or {}
        words = "; ".join(_of_pod(status))
        if words:
            yield PodState(pod["metadata"]["name"], words, _is_hopeless(status))
            count += 1
        if count == _MOST_PODS:
            return


def words_of(one: Mapping[str, Any]) -> str:
    """Return the reason and the message of a condition or a state."""
    return ": ".join(str(one[name]).strip() for name in ("reason", "message") if one.get(name))


def _of_pod(status: Mapping[str, Any]) -> Iterator[str]:
    for condition in status.get("conditions") or ():
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            yield words_of(condition)
    for container in _containers(status):
        waiting = (container.get("state") or {}).get("waiting")
        ended = (container.get("state") or {}).get("terminated") or (container.get("lastState") or {}).get("terminated")
        if isinstance(waiting, Mapping) and waiting.get("reason") not in (None, "ContainerCreating", "PodInitializing"):
            yield f"{container['name']}: {words_of(waiting)}"
        if isinstance(ended, Mapping) and ended.get("exitCode"):
            yield f"{container['name']} ended with {ended['exitCode']}: {words_of(ended)}"


def _containers(status: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    return (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ()))


def _is_hopeless(status: Mapping[str, Any]) -> bool:
    waiting = ((one.get("state") or {}).get("waiting") for one in _containers(status))
    return any(isinstance(one, Mapping) and one.get("reason") in _NEVER for one in waiting)

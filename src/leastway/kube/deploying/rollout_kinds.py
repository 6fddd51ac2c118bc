"""How far the rollout of an object is, by its kind, as its controller has written into its status.

| kind | done | failed |
|---|---|---|
| Deployment | all replicas are new and available, and none of an older version is left | its deadline, or a pause |
| StatefulSet | the same, for the replicas above `partition` | |
| DaemonSet | a pod of the newest version is available on every node that it is for | |
| Job | it is complete | it has failed |

A StatefulSet or a DaemonSet whose pods somebody replaces by hand (`OnDelete`) is done when its pods are available, of
whichever version. A suspended Job is done: it waits for somebody.
Source: Kubernetes documentation of the four kinds; API reference, 1.35; `kubectl rollout status`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from leastway.kube.connection import Json
from leastway.kube.deploying.pod_states import CONDITION, words_of
from leastway.kube.reading import ApiKind
from leastway.kube.shapes import fields, flag, items, number, pairs, text

__all__ = ["WATCHED", "Standing", "WatchedKind"]

_GAVE_UP: Final = "ProgressDeadlineExceeded"
_PAUSED: Final = "it is paused, so no pod of its version is made: resume it with kubectl rollout resume"
_NO_POD: Final = (
    "its controller has made no pod, which a quota, a LimitRange or a policy may refuse: "
    "its events, which kubectl describe shows, say why"
)
_BY_HAND: Final = "OnDelete"
_SELECTOR = fields({}, {"matchLabels": pairs(text)})
_STRATEGY = fields({}, {"type": text, "rollingUpdate": fields({}, {"partition": number})})


@dataclass(frozen=True, slots=True)
class Standing:
    """Of `wanted` pods, how many are of the newest version and how many available. `failure` says why it is hopeless.

    Of a Job, `available` are those that have succeeded. `reason` says what is wrong so far.
    """

    wanted: int
    updated: int
    available: int
    is_done: bool
    failure: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class WatchedKind:
    """A kind of which a rollout is watched: its shape, what its pods come to, and how far it is."""

    resource: ApiKind
    unit: str
    judge: Callable[[Json], Standing]


def _kind(version: str, kind: str, spec: Mapping[str, Any], status: tuple[str, ...]) -> ApiKind:
    counts = {"conditions": items(CONDITION), **dict.fromkeys(status, number)}
    shape = fields(
        {"metadata": fields({"generation": number}), "spec": fields({}, {"selector": _SELECTOR, **spec})},
        {"status": fields({}, counts)},
    )
    return ApiKind(version, kind, shape)


def _deployment(live: Json) -> Standing:
    counts = _counts(live, "replicas", "updatedReplicas", "availableReplicas")
    wanted, (total, updated, available) = _replicas(live), counts
    conditions = _conditions(live)
    progressing, failure = conditions.get("Progressing", {}), conditions.get("ReplicaFailure", {})
    is_seen = _is_seen(live)
    is_done = is_seen and updated == total == available == wanted
    gave_up = words_of(progressing) if is_seen and progressing.get("reason") == _GAVE_UP else ""
    return Standing(
        wanted,
        updated,
        available,
        is_done,
        _PAUSED if live["spec"].get("paused") is True and not is_done else gave_up,
        words_of(failure) if failure.get("status") == "True" else "",
    )


def _stateful_set(live: Json) -> Standing:
    wanted = _replicas(live)
    total, updated, available = _counts(live, "replicas", "updatedReplicas", "availableReplicas")
    strategy: Mapping[str, Any] = live["spec"].get("updateStrategy") or {}
    partition = (strategy.get("rollingUpdate") or {}).get("partition") or 0
    is_new = strategy.get("type") == _BY_HAND or updated >= max(0, wanted - partition)
    is_done = _is_seen(live) and is_new and total == available == wanted
    return Standing(wanted, updated, available, is_done, reason=_NO_POD if _is_seen(live) and not total else "")


def _daemon_set(live: Json) -> Standing:
    wanted, updated, available, scheduled = _counts(live, *_SCHEDULED[1:])
    strategy: Mapping[str, Any] = live["spec"].get("updateStrategy") or {}
    is_new = strategy.get("type") == _BY_HAND or updated >= wanted
    is_done = _is_seen(live) and is_new and available >= wanted
    return Standing(wanted, updated, available, is_done, reason=_NO_POD if _is_seen(live) and not scheduled else "")


def _job(live: Json) -> Standing:
    spec = live["spec"]
    wanted = next((spec[name] for name in ("completions", "parallelism") if spec.get(name) is not None), 1)
    active, succeeded, failed = _counts(live, "active", "succeeded", "failed")
    conditions = {name: one for name, one in _conditions(live).items() if one["status"] == "True"}
    is_done = "Complete" in conditions or spec.get("suspend") is True
    reason = "" if active or succeeded or failed else _NO_POD
    return Standing(wanted, active, succeeded, is_done, words_of(conditions.get("Failed", {})), reason)


def _counts(live: Json, *names: str) -> list[int]:
    status: Mapping[str, Any] = live.get("status") or {}
    return [status.get(name) or 0 for name in names]


def _is_seen(live: Json) -> bool:
    """Return whether the status is about the newest version of the object."""
    (seen,) = _counts(live, "observedGeneration")
    return bool(seen >= live["metadata"]["generation"])


def _replicas(live: Json) -> int:
    found = live["spec"].get("replicas")
    return 1 if found is None else found


def _conditions(live: Json) -> dict[str, Mapping[str, Any]]:
    return {one["type"]: one for one in (live.get("status") or {}).get("conditions") or ()}


_REPLICATED: Final = ("observedGeneration", "replicas", "updatedReplicas", "availableReplicas")
_SCHEDULED: Final = (
    "observedGeneration",
    "desiredNumberScheduled",
    "updatedNumberScheduled",
    "numberAvailable",
    "currentNumberScheduled",
)
_AVAILABLE: Final = "available"
WATCHED: Final[Mapping[str, WatchedKind]] = {
    "Deployment": WatchedKind(
        _kind("apps/v1", "Deployment", {"replicas": number, "paused": flag}, _REPLICATED), _AVAILABLE, _deployment
    ),
    "StatefulSet": WatchedKind(
        _kind("apps/v1", "StatefulSet", {"replicas": number, "updateStrategy": _STRATEGY}, _REPLICATED),
        _AVAILABLE,
        _stateful_set,
    ),
    "DaemonSet": WatchedKind(
        _kind("apps/v1", "DaemonSet", {"updateStrategy": _STRATEGY}, _SCHEDULED), _AVAILABLE, _daemon_set
    ),
    "Job": WatchedKind(
        _kind(
            "batch/v1",
            "Job",
            {"completions": number, "parallelism": number, "suspend": flag},
            ("active", "succeeded", "failed"),
        ),
        "complete",
        _job,
    ),
}
"""The kinds whose objects make pods that a deployment waits for, by name."""

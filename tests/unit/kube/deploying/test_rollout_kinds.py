"""How far a rollout is, from what the controller of each kind writes into the status."""

from __future__ import annotations

from typing import Any

import pytest

from leastway.kube.deploying import WATCHED, ObjectName, needed_rights

NEW = {"observedGeneration": 2}
FAILED = {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "too many failures"}


def live(spec: dict[str, Any], status: dict[str, Any] | None) -> dict[str, Any]:
    return {"metadata": {"name": "one", "generation": 2}, "spec": spec, "status": status}


@pytest.mark.parametrize(
    ("kind", "spec", "status", "is_done"),
    [
        ("Deployment", {}, {**NEW, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}, True),
        ("Deployment", {}, {**NEW, "replicas": 2, "updatedReplicas": 1, "availableReplicas": 1}, False),
        ("Deployment", {}, None, False),
        ("StatefulSet", {"replicas": 3}, {**NEW, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 3}, True),
        ("StatefulSet", {"replicas": 3}, {**NEW, "replicas": 3, "updatedReplicas": 2, "availableReplicas": 3}, False),
        ("StatefulSet", {"replicas": 3}, {**NEW, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 2}, False),
        ("StatefulSet", {"replicas": 3}, {**NEW, "replicas": 4, "updatedReplicas": 3, "availableReplicas": 3}, False),
        (
            "StatefulSet",
            {},
            {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1},
            False,
        ),
        (
            "StatefulSet",
            {"replicas": 3, "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}},
            {**NEW, "replicas": 3, "updatedReplicas": 1, "availableReplicas": 3},
            True,
        ),
        (
            "StatefulSet",
            {"updateStrategy": {"type": "OnDelete"}},
            {**NEW, "replicas": 1, "updatedReplicas": 0, "availableReplicas": 1},
            True,
        ),
        ("StatefulSet", {"replicas": 0}, NEW, True),
        (
            "DaemonSet",
            {},
            {**NEW, "desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 2},
            True,
        ),
        (
            "DaemonSet",
            {},
            {**NEW, "desiredNumberScheduled": 2, "updatedNumberScheduled": 1, "numberAvailable": 2},
            False,
        ),
        ("DaemonSet", {}, {**NEW, "desiredNumberScheduled": 2, "updatedNumberScheduled": 2}, False),
        (
            "DaemonSet",
            {"updateStrategy": {"type": "OnDelete"}},
            {**NEW, "desiredNumberScheduled": 2, "updatedNumberScheduled": 1, "numberAvailable": 2},
            True,
        ),
        ("DaemonSet", {}, {}, False),
        ("Job", {}, {"succeeded": 1, "conditions": [{"type": "Complete", "status": "True"}]}, True),
        ("Job", {"completions": 2}, {"succeeded": 2}, False),
        ("Job", {}, {"conditions": [{"type": "Complete", "status": "False"}]}, False),
        ("Job", {"suspend": True}, {}, True),
        ("Job", {}, None, False),
    ],
)
def test_a_rollout_is_done_when_the_controller_says_so(
    kind: str, spec: dict[str, Any], status: dict[str, Any] | None, is_done: bool
) -> None:
    standing = WATCHED[kind].judge(live(spec, status))
    assert (standing.is_done, standing.failure) == (is_done, "")


def test_a_paused_deployment_is_hopeless_unless_its_pods_are_there() -> None:
    judge = WATCHED["Deployment"].judge
    there = {**NEW, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}
    assert judge(live({"paused": True}, there)).failure == ""
    for status in (None, {"observedGeneration": 1}, {**there, "updatedReplicas": 0}):
        found = judge(live({"paused": True}, status))
        assert (found.is_done, found.failure.partition(",")[0]) == (False, "it is paused")
        assert judge(live({"paused": False}, status)).failure == ""


def test_a_job_that_failed_is_hopeless_and_counts_what_succeeded() -> None:
    standing = WATCHED["Job"].judge(live({"completions": 3}, {"active": 1, "succeeded": 1, "conditions": [FAILED]}))
    assert (standing.wanted, standing.updated, standing.available) == (3, 1, 1)
    assert (standing.is_done, standing.failure) == (False, "BackoffLimitExceeded: too many failures")


@pytest.mark.parametrize("kind", WATCHED)
def test_what_is_watched_needs_the_pods(kind: str) -> None:
    name = ObjectName(WATCHED[kind].resource.api_version, kind, "shop", "one")
    assert "list pods in shop" in map(str, needed_rights([name], []))
    assert "list pods in shop" not in map(str, needed_rights([], [name]))


@pytest.mark.parametrize(
    ("kind", "none", "one"),
    [
        ("StatefulSet", NEW, {**NEW, "replicas": 1}),
        ("DaemonSet", {**NEW, "desiredNumberScheduled": 1}, {**NEW, "currentNumberScheduled": 1}),
        ("Job", {}, {"active": 1}),
        ("Job", {}, {"failed": 1}),
    ],
)
def test_a_controller_that_makes_no_pod_is_said_to_make_none(
    kind: str, none: dict[str, Any], one: dict[str, Any]
) -> None:
    judged = [WATCHED[kind].judge(live({"replicas": 1}, status)).reason for status in (none, one)]
    assert "has made no pod" in judged[0]
    assert judged[1] == ""

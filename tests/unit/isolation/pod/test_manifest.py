"""The pod of a sandbox: restricted, without anything of the sandbox in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from leastway.errors import InvalidInputError
from leastway.isolation import Limits
from leastway.isolation.pod.manifest import LABEL, network_policy, pod_of
from tests.pods_here import DIGEST, place_in

RUNS = Path("/var/lib/leastway/runs")


def spec(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = pod_of("run-1", place_in(RUNS, **changes), RUNS / "r", Limits(seconds=60), 1_900_000_000)[
        "spec"
    ]
    return found


def test_a_pod_has_no_rights_and_is_never_begun_again() -> None:
    made = spec(runtime_class="gvisor")
    (container,) = made["containers"]
    assert (made["restartPolicy"], made["runtimeClassName"]) == ("Never", "gvisor")
    assert made["automountServiceAccountToken"] is False
    assert made["enableServiceLinks"] is False
    assert made["securityContext"]["runAsNonRoot"] is True
    assert made["securityContext"]["runAsUser"] == 1_900_000_000
    assert made["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["image"].endswith(DIGEST)
    assert "env" not in container
    assert "envFrom" not in container
    assert not any("secret" in json.dumps(volume).lower() for volume in made["volumes"])


def test_the_limits_are_the_pods() -> None:
    limits = Limits(memory=1000, disk=2000, temporary=300, seconds=60)
    made = pod_of("run-1", place_in(RUNS), RUNS, limits, 7)["spec"]
    (container,) = made["containers"]
    assert container["resources"]["limits"] == {"memory": "1300", "ephemeral-storage": "2000"}
    sizes = {one["name"]: one["emptyDir"]["sizeLimit"] for one in made["volumes"] if "emptyDir" in one}
    assert sizes == {"work": "2000", "temporary": "300"}
    assert made["activeDeadlineSeconds"] == 660


def test_the_policy_admits_nothing_to_or_from_these_pods() -> None:
    policy = network_policy(place_in(RUNS))["spec"]
    assert (policy["ingress"], policy["egress"], policy["policyTypes"]) == ([], [], ["Ingress", "Egress"])
    key, _, value = LABEL.partition("=")
    assert policy["podSelector"] == {"matchLabels": {key: value}}
    assert pod_of("run-1", place_in(RUNS), None, Limits(), 7)["metadata"]["labels"][key] == value


@pytest.mark.parametrize(
    "changes",
    [
        {"image": "runs:latest"},
        {"image": "runs@sha256:abc"},
        {"namespace": "Runs"},
        {"namespace": "../default"},
        {"namespace": ""},
        {"runtime_class": ""},
        {"runtime_class": "a/b"},
    ],
)
def test_what_kubernetes_or_trust_refuses_is_refused_at_once(changes: dict[str, str]) -> None:
    with pytest.raises(InvalidInputError):
        place_in(RUNS, **changes)

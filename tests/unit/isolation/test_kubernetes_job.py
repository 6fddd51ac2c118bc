"""The manifests of a run's Job: restricted, isolated by a runtime class, and never begun twice."""

from dataclasses import replace
from typing import Any

import pytest

from leastway.errors import InvalidInputError
from leastway.isolation import JobRun, Limits, job_manifests

RUN = JobRun(
    name="run-1",
    namespace="runs",
    image="registry.example.org/tofu@sha256:" + "0" * 64,
    runtime_class="gvisor",
    command=("tofu", "apply", "plan"),
    secret="run-1",
    gateway=("192.0.2.10", 3128),
    limits=Limits(seconds=3600),
)


def test_the_pod_is_restricted_and_needs_its_runtime_class() -> None:
    _, job = job_manifests(RUN)
    pod = job["spec"]["template"]["spec"]
    container = pod["containers"][0]
    assert pod["runtimeClassName"] == "gvisor"
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert "env" not in container
    assert job["spec"]["backoffLimit"] == 0
    assert job["spec"]["activeDeadlineSeconds"] == 3600


def test_the_pod_reaches_the_gateway_alone() -> None:
    policy, job = job_manifests(RUN)
    assert policy["spec"]["podSelector"]["matchLabels"].items() <= job["spec"]["template"]["metadata"]["labels"].items()
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert policy["spec"]["ingress"] == []
    assert policy["spec"]["egress"] == [
        {"to": [{"ipBlock": {"cidr": "192.0.2.10/32"}}], "ports": [{"protocol": "TCP", "port": 3128}]}
    ]
    six, _ = job_manifests(replace(RUN, gateway=("2001:db8::1", 443)))
    assert six["spec"]["egress"][0]["to"] == [{"ipBlock": {"cidr": "2001:db8::1/128"}}]


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Run_1"},
        {"namespace": ""},
        {"secret": "a/b"},
        {"runtime_class": ""},
        {"image": "registry.example.org/tofu:latest"},
        {"gateway": ("gateway.example.org", 443)},
        {"command": ()},
        {"limits": Limits()},
    ],
)
def test_what_would_isolate_less_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        job_manifests(replace(RUN, **changes))

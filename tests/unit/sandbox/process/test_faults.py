import json
import subprocess
import sys

import pytest

from leastway.sandbox.http1 import Dropped, HttpResponse
from leastway.sandbox.process.calls import ApiCall
from leastway.sandbox.process.faults import Faults


def call(name: str, account: str = "111122223333") -> ApiCall:
    service, _, action = name.partition(":")
    return ApiCall(service, action, "eu-central-1", account)


@pytest.mark.parametrize(
    ("name", "mutating"),
    [
        ("iam:CreateUser", True),
        ("iam:TagRole", True),
        ("iam:PutUserPermissionsBoundary", True),
        ("iam:UpdateAssumeRolePolicy", True),
        ("eks:AssociateAccessPolicy", True),
        ("eks:UntagResource", True),
        ("iam:GetUser", False),
        ("iam:SimulatePrincipalPolicy", False),
        ("eks:ListClusters", False),
        ("eks:DescribeCluster", False),
        ("sts:AssumeRole", False),
        ("sts:GetCallerIdentity", False),
        ("s3:PUT /bucket", True),
        ("s3:GET /bucket", False),
    ],
)
def test_mutating_calls_are_distinguished_from_reads(name: str, mutating: bool) -> None:
    assert call(name).mutating is mutating


def test_throttling_matches_by_pattern_and_counts() -> None:
    faults = Faults()
    faults.throttle("eks:*", every=2, rate=0)
    hits = [faults.refusal(call(name)) is not None for name in ("eks:A", "iam:A", "eks:B", "eks:C", "eks:D")]
    assert hits == [False, False, True, False, True]


def test_a_new_throttle_replaces_the_old_one() -> None:
    faults = Faults()
    faults.throttle("*", every=1, rate=0)
    assert faults.refusal(call("iam:A")) is not None
    faults.throttle("*", every=0, rate=0)
    assert faults.refusal(call("iam:A")) is None


def test_a_rate_allows_a_burst_of_one_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("leastway.sandbox.process.faults.time.monotonic", lambda: now[0])
    faults = Faults()
    faults.throttle("*", every=0, rate=2)
    assert [faults.refusal(call("iam:A")) is not None for _ in range(4)] == [False, False, True, True]
    assert faults.refusal(call("iam:A", "444455556666")) is None
    now[0] += 0.5
    assert [faults.refusal(call("iam:A")) is not None for _ in range(2)] == [False, True]


def test_a_failure_ends_after_the_given_number_of_calls() -> None:
    faults = Faults()
    faults.fail("iam:Create*", "ServiceFailure", 2)
    statuses = [getattr(faults.refusal(call("iam:CreateUser")), "status", None) for _ in range(3)]
    assert statuses == [500, 500, None]


def test_the_armed_write_kills_the_process() -> None:
    victim = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    faults = Faults()
    faults.written()
    faults.kill_after_write(2, victim.pid)
    faults.written()
    assert victim.poll() is None
    with pytest.raises(Dropped):
        faults.written()
    assert victim.wait(5) == -9
    faults.written()
    assert victim.stdin is not None
    victim.stdin.close()


def test_a_disarmed_kill_does_nothing() -> None:
    faults = Faults()
    faults.kill_after_write(1, 2**22 + 1)
    faults.kill_after_write(0, 0)
    faults.written()


def injected(name: str, code: str) -> HttpResponse:
    faults = Faults()
    faults.fail("*", code, 1)
    refusal = faults.refusal(call(name))
    assert refusal is not None
    return refusal


def test_an_error_uses_the_service_s_protocol() -> None:
    refusal = injected("iam:GetUser", "NoSuchEntity")
    assert refusal.status == 404
    assert dict(refusal.headers)[b"Content-Type"] == b"text/xml"
    assert b"<Code>NoSuchEntity</Code><Message>NoSuchEntity was injected by the test</Message>" in refusal.body
    refusal = injected("eks:ListClusters", "ServerException")
    assert refusal.status == 500
    assert dict(refusal.headers)[b"x-amzn-errortype"] == b"ServerException"
    assert json.loads(refusal.body)["message"] == "ServerException was injected by the test"
    assert [injected("iam:GetUser", code).status for code in ("Throttling", "ThrottlingException")] == [400, 429]

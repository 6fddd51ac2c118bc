"""The control interface: faults, journal and snapshots."""

import http.client
import os
import signal
import subprocess
import sys
import time
from typing import Any

import boto3
import pytest

from leastway.errors import LeastwayError
from leastway.primitives import Secret
from leastway.sandbox import AccountSeed, ClusterSeed, Control, JournalEntry, Scenario
from tests.integration.sandbox.world import ACCOUNT, OTHER, Refuse, World

pytestmark = pytest.mark.integration


def test_latency_is_added_to_each_call_until_it_is_removed(world: World) -> None:
    sts = world.client("sts")
    world.sandbox.control.latency(0.2)
    assert fastest_of(sts, 2) >= 0.2
    world.sandbox.control.latency(0)
    assert fastest_of(sts, 20) < 0.2


def fastest_of(sts: Any, calls: int) -> float:
    """Return the seconds of the fastest call: on a busy machine, some take long."""
    seconds = []
    for _ in range(calls):
        start = time.perf_counter()
        sts.get_caller_identity()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def test_every_nth_call_is_throttled(world: World, refusal: Refuse) -> None:
    iam = world.client("iam")
    world.sandbox.control.throttle("iam:GetUser", every=3)
    for _ in range(2):
        iam.get_user(UserName="admin")
        iam.list_users()
        iam.get_user(UserName="admin")
        assert refusal(iam.get_user, UserName="admin") == ("Throttling", "Rate exceeded")
    world.sandbox.control.throttle("iam:GetUser")
    for _ in range(4):
        iam.get_user(UserName="admin")


def test_throttling_uses_the_error_code_of_the_service(world: World, refusal: Refuse) -> None:
    world.sandbox.control.throttle(every=1)
    assert refusal(world.client("sts").get_caller_identity) == ("Throttling", "Rate exceeded")
    assert refusal(world.client("eks").list_clusters) == ("ThrottlingException", "Rate exceeded")


def test_botocore_retries_throttled_calls(world: World) -> None:
    world.sandbox.control.fail("eks:ListClusters", "ThrottlingException")
    patient = boto3.client(
        "eks",
        endpoint_url=world.sandbox.endpoint,
        region_name="eu-central-1",
        aws_access_key_id=world.admin.id,
        aws_secret_access_key=world.admin.secret.reveal(),
    )
    assert patient.list_clusters()["ResponseMetadata"]["RetryAttempts"] == 1


def test_a_rate_is_counted_for_each_account(world: World, refusal: Refuse) -> None:
    world.sandbox.control.throttle("sts:*", rate=2)
    mine, theirs = world.client("sts"), world.client("sts", world.keys.admins[OTHER])
    for _ in range(2):
        mine.get_caller_identity()
    assert refusal(mine.get_caller_identity)[0] == "Throttling"
    theirs.get_caller_identity()
    time.sleep(0.6)
    mine.get_caller_identity()


def test_an_injected_failure_has_no_effect_and_ends_after_the_given_calls(world: World, refusal: Refuse) -> None:
    iam = world.client("iam")
    world.sandbox.control.fail("iam:CreateUser", "ServiceFailure", times=2)
    for _ in range(2):
        assert refusal(iam.create_user, UserName="late")[0] == "ServiceFailure"
        assert refusal(iam.get_user, UserName="late")[0] == "NoSuchEntity"
    iam.create_user(UserName="late")


def test_the_journal_records_caller_action_and_source(world: World, refusal: Refuse) -> None:
    world.client("iam", source="203.0.113.7").create_user(UserName="new")
    refusal(world.client("eks", world.by_hand).describe_cluster, name="prod")
    world.client("sts", world.keys.admins[OTHER], source="203.0.113.9").get_caller_identity()
    arn = f"arn:aws:iam::{ACCOUNT}:user"
    assert world.sandbox.control.journal(clear=True) == (
        JournalEntry("iam", "CreateUser", ACCOUNT, f"{arn}/admin", "203.0.113.7", True, 200, "eu-central-1", ""),
        JournalEntry(
            "eks", "DescribeCluster", ACCOUNT, f"{arn}/humanitec", "127.0.0.1", False, 403, "eu-central-1", ""
        ),
        JournalEntry(
            "sts",
            "GetCallerIdentity",
            OTHER,
            f"arn:aws:iam::{OTHER}:user/admin",
            "203.0.113.9",
            False,
            200,
            "eu-central-1",
            "",
        ),
    )
    assert world.sandbox.control.journal() == ()


def test_a_key_that_deletes_itself_is_in_the_journal(world: World) -> None:
    world.client("iam").delete_access_key(UserName="admin", AccessKeyId=world.admin.id)
    (entry,) = world.sandbox.control.journal()
    assert (entry.action, entry.account, entry.mutating) == ("DeleteAccessKey", ACCOUNT, True)


def test_a_refused_write_is_recorded_as_no_change(world: World, refusal: Refuse) -> None:
    refusal(world.client("iam").create_user, UserName="admin")
    (entry,) = world.sandbox.control.journal()
    assert (entry.status, entry.mutating) == (409, False)


WRITER = """
import boto3, sys
iam = boto3.client("iam")
sys.stdin.readline()
for name in ("one", "two", "three"):
    iam.create_user(UserName=name)
    iam.get_user(UserName=name)
    print(name, flush=True)
"""


def test_a_process_is_killed_between_a_write_and_its_response(world: World) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER],
        env={**os.environ, **world.sandbox.environment(world.admin)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    world.sandbox.control.kill_after_write(2, writer.pid)
    printed, _ = writer.communicate("go\n", timeout=30)
    assert writer.returncode == -signal.SIGKILL
    assert printed == "one\n"
    users = {user["UserName"] for user in world.client("iam").list_users()["Users"]}
    assert {"one", "two"} <= users
    assert "three" not in users


def test_restoring_a_snapshot_restores_everything(world: World, refusal: Refuse) -> None:
    iam, control = world.client("iam"), world.sandbox.control
    before = iam.get_user(UserName="admin")["User"]["UserId"]
    control.latency(5)
    control.latency(0)
    snapshot = control.snapshot()
    for _ in range(2):
        iam.create_user(UserName="passing")
        world.client("eks").delete_access_entry(clusterName="prod", principalArn=f"arn:aws:iam::{ACCOUNT}:user/admin")
        world.client("s3").create_bucket(
            Bucket="passing", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        control.restore(snapshot)
        assert refusal(iam.get_user, UserName="passing")[0] == "NoSuchEntity"
        assert iam.get_user(UserName="admin")["User"]["UserId"] == before
        assert len(world.client("eks").list_access_entries(clusterName="prod")["accessEntries"]) == 3
        assert world.client("s3").list_buckets()["Buckets"] == []


def test_restoring_disarms_the_faults(world: World) -> None:
    control = world.sandbox.control
    snapshot = control.snapshot()
    control.latency(1)
    control.throttle(every=1)
    control.fail("*", "ServiceFailure", times=9)
    control.restore(snapshot)
    assert fastest_of(world.client("sts"), 5) < 1


def test_a_reset_deletes_everything(world: World, refusal: Refuse) -> None:
    world.sandbox.control.reset()
    assert refusal(world.client("sts").get_caller_identity)[0] == "InvalidClientTokenId"
    keys = world.sandbox.control.seed(Scenario((AccountSeed("777788889999", (ClusterSeed("c"),)),)))
    assert world.client("eks", keys.admins["777788889999"]).list_clusters()["clusters"] == ["c"]


def test_a_missing_snapshot_is_an_error(world: World) -> None:
    with pytest.raises(LeastwayError, match="snapshot nope does not exist"):
        world.sandbox.control.restore("nope")


def test_control_requires_the_token(world: World) -> None:
    port = int(world.sandbox.endpoint.rpartition(":")[2])
    with pytest.raises(LeastwayError, match="the control token is wrong or missing"):
        Control(port, Secret("guess")).reset()
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("POST", "/_leastway/reset", "{}")
    assert connection.getresponse().status == 403
    connection.close()
    assert world.client("sts").get_caller_identity()["Account"] == ACCOUNT

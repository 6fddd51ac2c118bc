"""Botocore and the AWS CLI through the gateway, on the embedded AWS."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess

import pytest

from leastway.gateway import Decision
from leastway.ports import SessionKeys
from leastway.primitives import Secret
from tests.integration.gateway.world import ACCOUNT, EXTERNAL_ID, REGION, ROLE, Aws, Gateway, refusal
from tests.integration.sandbox.world import trust
from tests.unit.gateway.terms import until

pytestmark = pytest.mark.integration


def assumed(run: Gateway, **changes: object) -> SessionKeys:
    wanted = {"RoleArn": ROLE, "RoleSessionName": "terraform", "ExternalId": EXTERNAL_ID, **changes}
    keys = run.client("sts").assume_role(**wanted)["Credentials"]
    return SessionKeys(keys["AccessKeyId"], Secret(keys["SecretAccessKey"]), Secret(keys["SessionToken"]))


def test_assume_role_is_answered_with_a_surrogate_that_works_here_alone(run: Gateway, aws: Aws) -> None:
    answer = run.client("sts").assume_role(RoleArn=ROLE, RoleSessionName="terraform", ExternalId=EXTERNAL_ID)
    keys = answer["Credentials"]
    assert keys["AccessKeyId"].startswith("ASIALW")
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/terraform"
    assert keys["Expiration"] > dt.datetime.now(dt.UTC) + dt.timedelta(minutes=50)
    surrogate = SessionKeys(keys["AccessKeyId"], Secret(keys["SecretAccessKey"]), Secret(keys["SessionToken"]))
    identity = run.client("sts", surrogate).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/terraform"
    code, _ = refusal(aws.client("sts", surrogate).get_caller_identity)
    assert code == "InvalidClientTokenId"


def test_every_protocol_passes_and_is_entered(run: Gateway) -> None:
    keys = assumed(run)
    s3, sqs, iam = (run.client(name, keys) for name in ("s3", "sqs", "iam"))
    s3.create_bucket(Bucket="through-the-gateway", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="through-the-gateway", Key="a b/ü+%.txt", Body=b"content")
    assert s3.get_object(Bucket="through-the-gateway", Key="a b/ü+%.txt")["Body"].read() == b"content"
    s3.head_object(Bucket="through-the-gateway", Key="a b/ü+%.txt")
    assert s3.list_objects_v2(Bucket="through-the-gateway", Prefix="a b/")["KeyCount"] == 1
    s3.delete_object(Bucket="through-the-gateway", Key="a b/ü+%.txt")
    s3.delete_bucket(Bucket="through-the-gateway")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="hello")
    iam.create_role(RoleName="made", AssumeRolePolicyDocument=trust(ROLE))
    iam.delete_role(RoleName="made")
    names = [f"{each.service}:{each.operation}" for each in run.authority.entries]
    assert names == [
        "sts:AssumeRole",
        "s3:CreateBucket",
        "s3:PutObject",
        "s3:GetObject",
        "s3:HeadObject",
        "s3:ListObjectsV2",
        "s3:DeleteObject",
        "s3:DeleteBucket",
        "sqs:CreateQueue",
        "sqs:SendMessage",
        "iam:CreateRole",
        "iam:DeleteRole",
    ]
    until(lambda: len(run.authority.outcomes) == len(names) - 1)
    statuses = {each.number: each.status for each in run.authority.outcomes}
    assert [statuses[number] for number in range(2, 9)] == [200, 200, 200, 200, 200, 204, 204]
    assert {statuses[number] for number in range(9, 13)} == {200}


def test_a_users_key_assumes_roles_and_says_who_it_is_and_nothing_else(run: Gateway) -> None:
    assert run.client("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/platform"
    code, message = refusal(run.client("s3").list_buckets)
    assert code == "RefusedByLeastway"
    assert "AssumeRole and GetCallerIdentity alone" in message
    assert run.authority.entries[-1].decision is Decision.REFUSED


def test_a_refusal_of_sts_arrives_with_its_code_role_and_request_id(run: Gateway) -> None:
    wrong = {"RoleArn": ROLE, "RoleSessionName": "terraform", "ExternalId": "wrong"}
    code, message = refusal(lambda: run.client("sts").assume_role(**wrong))
    assert code == "AccessDenied"
    assert ROLE in message
    assert "request id" in message


def test_an_account_with_a_role_begins_with_its_session(session_run: Gateway) -> None:
    assert (
        session_run.client("sts")
        .get_caller_identity()["Arn"]
        .startswith(f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/")
    )
    assert session_run.authority.asks[0].role is None


def test_the_aws_cli_works_with_its_ordinary_variables(session_run: Gateway) -> None:
    aws_cli = shutil.which("aws")
    if aws_cli is None:
        pytest.skip("the aws CLI is missing (make tools)")
    env = {"PATH": os.environ["PATH"], "HOME": str(session_run.folder), **session_run.environment()}

    def cli(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([aws_cli, *arguments], env=env, capture_output=True, text=True, timeout=60, check=False)

    source = session_run.folder / "source"
    source.write_bytes(os.urandom(3 << 20))
    assert cli("s3", "mb", "s3://cli-bucket").returncode == 0
    done = cli("s3", "cp", str(source), "s3://cli-bucket/key")
    assert done.returncode == 0, done.stderr
    target = session_run.folder / "target"
    assert cli("s3", "cp", "s3://cli-bucket/key", str(target)).returncode == 0
    assert target.read_bytes() == source.read_bytes()
    assert json.loads(cli("sts", "get-caller-identity").stdout)["Account"] == ACCOUNT

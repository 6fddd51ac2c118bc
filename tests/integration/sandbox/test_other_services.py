"""S3 and SQS, for which the Terraform roles exist, enforce the same policies."""

import pytest

from tests.integration.sandbox.world import ACCOUNT, Refuse, World, allow, trust

pytestmark = pytest.mark.integration

ROLE = f"arn:aws:iam::{ACCOUNT}:role/humanitec-s3"
BUCKET = "my-company-my-app"
LOCATION = {"LocationConstraint": "eu-central-1"}


def test_a_role_for_buckets_can_create_buckets_and_nothing_else(world: World, refusal: Refuse) -> None:
    iam = world.client("iam")
    iam.create_role(RoleName="humanitec-s3", AssumeRolePolicyDocument=trust(world.platform))
    iam.put_role_policy(
        RoleName="humanitec-s3", PolicyName="s3", PolicyDocument=allow("s3:*", f"arn:aws:s3:::{BUCKET}*")
    )
    session = world.assume(ROLE, world.keys.platform)
    s3 = session("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=LOCATION)
    s3.put_object(Bucket=BUCKET, Key="a/b", Body=b"x" * 200_000)
    assert s3.get_object(Bucket=BUCKET, Key="a/b")["Body"].read() == b"x" * 200_000
    assert s3.head_object(Bucket=BUCKET, Key="a/b")["ContentLength"] == 200_000
    assert refusal(s3.create_bucket, Bucket="other", CreateBucketConfiguration=LOCATION)[0] == "AccessDenied"
    assert refusal(session("sqs").create_queue, QueueName="q")[0] == "AccessDenied"
    assert refusal(session("iam").list_users)[0] == "AccessDenied"


def test_the_url_of_a_queue_works(world: World) -> None:
    sqs = world.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    assert url == f"{world.sandbox.endpoint}/{ACCOUNT}/q"
    sqs.send_message(QueueUrl=url, MessageBody="hello")
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert message["Body"] == "hello"

import datetime as dt
from typing import Any

import boto3
from botocore.stub import Stubber

from leastway.aws import AssumedRole
from leastway.aws.assumed_role import assumed_role, expiry_of

ROLE = AssumedRole("arn:aws:iam::111122223333:role/plan", "external")


def answer(number: int, minutes: int) -> dict[str, Any]:
    expiration = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)
    return {
        "Credentials": {
            "AccessKeyId": f"ASIAEXAMPLE0000000{number}",
            "SecretAccessKey": "secret",
            "SessionToken": "token",
            "Expiration": expiration,
        }
    }


def test_a_session_is_renewed_shortly_before_it_expires() -> None:
    sts = boto3.client("sts", region_name="eu-central-1", aws_access_key_id="a", aws_secret_access_key="b")
    asked = {"RoleArn": ROLE.arn, "RoleSessionName": "leastway", "ExternalId": "external"}
    with Stubber(sts) as stub:
        stub.add_response("assume_role", answer(1, 8), asked)
        stub.add_response("assume_role", answer(2, 60), asked)
        credentials = assumed_role(ROLE, sts, where="111122223333")
        assert str(credentials.get_frozen_credentials().access_key).endswith("1")
        for _ in range(3):
            assert str(credentials.get_frozen_credentials().access_key).endswith("2")
        stub.assert_no_pending_responses()
        expiry = expiry_of(credentials)
    assert expiry is not None
    assert dt.timedelta(minutes=59) < expiry - dt.datetime.now(dt.UTC) < dt.timedelta(minutes=61)

"""Calls to AWS are logged with operation, place, time and request id, and without their content."""

import logging
import re

import pytest
from botocore.exceptions import ClientError

from leastway.aws import Accounts, Door, KeyPair
from leastway.errors import LeastwayError
from leastway.primitives import Secret
from tests.unit.aws.scripted import ScriptedAws, xml

IDENTITY = "<Account>111122223333</Account><Arn>arn:aws:iam::111122223333:user/me</Arn><UserId>AIDAX</UserId>"
SECRET = "the-secret-of-the-key"


@pytest.fixture
def accounts() -> Accounts:
    return Accounts([Door("111122223333", "eu-central-1", KeyPair("AKIDEXAMPLE", Secret(SECRET)))])


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> ScriptedAws:
    aws = ScriptedAws(monkeypatch)
    aws.script = lambda what, _: xml(what, IDENTITY if what == "GetCallerIdentity" else "<AccessKeyMetadata/>")
    return aws


def test_each_call_is_one_line(aws: ScriptedAws, accounts: Accounts, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "leastway.calls")
    iam = accounts.iam("111122223333")
    aws.script = lambda what, _: (
        404,
        "<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>m</Message></Error><RequestId>q</RequestId></ErrorResponse>",
    )
    with pytest.raises(ClientError):
        iam.get_user(UserName="humanitec")
    first, second = caplog.messages
    assert re.fullmatch(r"sts GetCallerIdentity 111122223333/eu-central-1: 200 in \d+ ms, request r", first), first
    assert re.fullmatch(r"iam GetUser 111122223333/[a-z0-9-]+: 404 NoSuchEntity in \d+ ms, request q", second), second
    assert "humanitec" not in caplog.text


def test_no_secret_is_logged(aws: ScriptedAws, accounts: Accounts, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "leastway.calls")
    iam = accounts.iam("111122223333")
    key = "<UserName>u</UserName><AccessKeyId>AKIANEW</AccessKeyId><Status>Active</Status>"
    aws.script = lambda what, _: xml(what, f"<AccessKey>{key}<SecretAccessKey>{SECRET}</SecretAccessKey></AccessKey>")
    assert iam.create_access_key(UserName="u")["AccessKey"]["SecretAccessKey"] == SECRET
    assert "iam CreateAccessKey" in caplog.text
    assert SECRET not in caplog.text
    assert "Signature" not in caplog.text


def test_a_call_without_a_response_is_logged_with_the_reason(
    aws: ScriptedAws, accounts: Accounts, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO, "leastway.calls")

    def fail(*_: object, **__: object) -> None:
        raise LeastwayError("could not connect to https://sts")

    monkeypatch.setattr(aws, "send", fail)
    with pytest.raises(LeastwayError):
        accounts.iam("111122223333")
    (line,) = caplog.messages
    assert re.fullmatch(r"sts GetCallerIdentity 111122223333/eu-central-1: LeastwayError in \d+ ms", line)


def test_nothing_is_registered_when_nobody_listens(
    aws: ScriptedAws, accounts: Accounts, caplog: pytest.LogCaptureFixture
) -> None:
    iam = accounts.iam("111122223333")
    caplog.set_level(logging.INFO, "leastway.calls")
    iam.list_access_keys(UserName="u")
    assert not caplog.messages

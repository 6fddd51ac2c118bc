"""Tokens that are rejected, each with 401 and without a reason."""

import base64
import datetime as dt
import re
from collections.abc import Callable

import pytest

from tests.contract.kube.world.aws import FakeAws, Key
from tests.contract.kube.world.client import Client
from tests.contract.kube.world.stage import CLUSTER
from tests.contract.kube.world.token import eks_token

Connect = Callable[[str | None], Client]


@pytest.fixture
def key(aws: FakeAws) -> Key:
    arn, key = aws.user("platform")
    aws.grant(arn)
    return key


def test_a_fresh_token_is_accepted(key: Key, connect: Connect) -> None:
    info = connect(eks_token(key, CLUSTER)).whoami()
    assert info is not None
    assert info["username"] == key.identity.arn
    assert info["uid"] == f"aws-iam-authenticator:{key.identity.account}:{key.identity.user_id}"
    assert info["groups"] == ["system:authenticated"]


def test_a_token_is_valid_for_fifteen_minutes(key: Key, connect: Connect) -> None:
    assert connect(eks_token(key, CLUSTER, age=dt.timedelta(minutes=14, seconds=50))).whoami()
    assert connect(eks_token(key, CLUSTER, age=dt.timedelta(minutes=15, seconds=1))).whoami() is None


def test_a_token_for_another_cluster_is_rejected(key: Key, connect: Connect) -> None:
    assert connect(eks_token(key, "staging")).whoami() is None


def test_a_token_of_a_disabled_key_is_rejected(aws: FakeAws, key: Key, connect: Connect) -> None:
    assert connect(eks_token(key, CLUSTER)).whoami()
    aws.disable(key)
    assert connect(eks_token(key, CLUSTER)).whoami() is None


def test_a_token_over_4096_bytes_is_rejected(key: Key, connect: Connect) -> None:
    # Session tokens are what makes tokens long.
    fitting = eks_token(key, CLUSTER)
    room = (4096 - len(fitting)) * 3 // 4 - len("&X-Amz-Security-Token=") - 2
    assert connect(eks_token(key, CLUSTER, extra=f"&X-Amz-Security-Token={'a' * room}")).whoami()
    assert connect(eks_token(key, CLUSTER, extra=f"&X-Amz-Security-Token={'a' * (room + 8)}")).whoami() is None


@pytest.mark.parametrize(
    "host",
    ["sts.amazonaws.com", "sts.us-east-1.amazonaws.com", "sts-fips.us-east-1.amazonaws.com", "sts.us-east-1.api.aws"],
)
def test_every_sts_host_is_accepted(key: Key, connect: Connect, host: str) -> None:
    assert connect(eks_token(key, CLUSTER, host=host)).whoami()


@pytest.mark.parametrize(
    "host", ["sts.evil.example", "sts.amazonaws.com.evil.example", "127.0.0.1", "s3.amazonaws.com"]
)
def test_a_host_that_is_not_sts_is_rejected_without_a_request(key: Key, connect: Connect, host: str) -> None:
    assert connect(eks_token(key, CLUSTER, host=host)).whoami() is None


def _encoded(url: str) -> str:
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def _decoded(token: str) -> str:
    text = token.removeprefix("k8s-aws-v1.")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda url: url.replace("https://", "http://"),
        lambda url: url.replace("/?", "/x?"),
        lambda url: url.replace("GetCallerIdentity", "GetSessionToken"),
        lambda url: url + "&Extra=1",
        lambda url: url + "&action=GetCallerIdentity",
        lambda url: re.sub("X-Amz-Expires=[0-9]+", "X-Amz-Expires=901", url),
        lambda url: url.replace("host%3Bx-k8s-aws-id", "host"),
        lambda url: url[:-4] + "0000",
        lambda url: url.split("&X-Amz-Date")[0],
    ],
    ids=["http", "path", "action", "unknown", "twice", "expires", "header", "signature", "date"],
)
def test_a_token_of_another_form_is_rejected(key: Key, connect: Connect, spoil: Callable[[str], str]) -> None:
    assert connect(_encoded(spoil(_decoded(eks_token(key, CLUSTER))))).whoami() is None


@pytest.mark.parametrize("token", ["x", "k8s-aws-v1.", "k8s-aws-v1.!!", "k8s-aws-v2.aHR0cHM6Ly8"])
def test_text_that_is_not_a_token_is_rejected(aws: FakeAws, connect: Connect, token: str) -> None:
    assert connect(token).whoami() is None


def test_a_request_without_a_token_is_anonymous(aws: FakeAws, connect: Connect) -> None:
    client = connect(None)
    answer = client.get("/api/v1/namespaces")
    assert (answer.code, answer.reason) == (403, "Forbidden")
    assert 'User "system:anonymous" cannot list resource "namespaces"' in answer.message

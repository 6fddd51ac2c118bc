import base64
import datetime as dt
import hashlib
import hmac
from unittest import mock
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from botocore.credentials import Credentials, ReadOnlyCredentials

from leastway.aws.eks_token import sign_token
from leastway.aws.session import LendingSession
from leastway.errors import LeastwayError
from leastway.ports import EksToken
from leastway.primitives import Partition

NOW = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC)
KEY_ID, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
SESSION = "session+token/with=signs"


def sign(
    session: str | None = None, cluster: str = "prod", region: str = "eu-central-1", expiry: dt.datetime | None = None
) -> EksToken:
    with mock.patch("botocore.auth.get_current_datetime", return_value=NOW):
        return sign_token(
            ReadOnlyCredentials(KEY_ID, SECRET, session),
            cluster=cluster,
            region=region,
            now=NOW,
            expiry=expiry,
        )


def url_of(token: EksToken) -> str:
    text = token.token.reveal()
    assert text.startswith("k8s-aws-v1.")
    assert "=" not in text
    encoded = text.removeprefix("k8s-aws-v1.")
    return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()


def signature(query: dict[str, str], cluster: str) -> str:
    """Sign by hand, following the steps of "Create a signed AWS API request" of the IAM User Guide."""
    canonical_query = "&".join(
        f"{quote(key, safe='-_.~')}={quote(value, safe='-_.~')}" for key, value in sorted(query.items())
    )
    canonical = "\n".join(
        [
            "GET",
            "/",
            canonical_query,
            "host:sts.eu-central-1.amazonaws.com",
            f"x-k8s-aws-id:{cluster}",
            "",
            "host;x-k8s-aws-id",
            hashlib.sha256(b"").hexdigest(),
        ]
    )
    scope = "20261123/eu-central-1/sts/aws4_request"
    to_sign = "\n".join(["AWS4-HMAC-SHA256", "20261123T080000Z", scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{SECRET}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, to_sign.encode(), "sha256").hexdigest()


@pytest.mark.parametrize("session", [None, SESSION])
def test_a_token_is_a_presigned_get_caller_identity_that_names_the_cluster(session: str | None) -> None:
    parts = urlsplit(url_of(sign(session)))
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "sts.eu-central-1.amazonaws.com", "/")
    query = {key: values[0] for key, values in parse_qs(parts.query, strict_parsing=True).items()}
    signed = query.pop("X-Amz-Signature")
    expected = {
        "Action": "GetCallerIdentity",
        "Version": "2011-06-15",
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{KEY_ID}/20261123/eu-central-1/sts/aws4_request",
        "X-Amz-Date": "20261123T080000Z",
        "X-Amz-Expires": "60",
        "X-Amz-SignedHeaders": "host;x-k8s-aws-id",
    }
    if session:
        expected["X-Amz-Security-Token"] = session
    assert query == expected
    assert signed == signature(query, "prod")


def test_a_token_lasts_fourteen_minutes() -> None:
    assert sign().expires == NOW + dt.timedelta(minutes=14)


def test_a_token_expires_no_later_than_its_credentials() -> None:
    soon = NOW + dt.timedelta(minutes=5)
    assert sign(expiry=soon).expires == soon
    assert sign(expiry=NOW + dt.timedelta(hours=1)).expires == NOW + dt.timedelta(minutes=14)


def test_a_token_that_is_too_long_for_clusters_is_an_error() -> None:
    assert sign("x" * 2600).token.reveal()
    with pytest.raises(LeastwayError, match="accept at most 4,096"):
        sign("x" * 2700)


def test_the_repr_of_a_token_hides_it() -> None:
    assert "k8s-aws" not in repr(sign())


@pytest.mark.parametrize("partition", Partition)
def test_a_token_is_signed_for_the_sts_endpoint_of_its_region(partition: Partition) -> None:
    region = partition.home_region
    client = LendingSession().client("sts", region, Credentials(KEY_ID, SECRET))
    assert url_of(sign(region=region)).startswith(f"{client.meta.endpoint_url}/?")


@pytest.mark.parametrize("partition", [each for each in Partition if each is not Partition.AWS])
def test_the_global_sts_endpoint_is_never_used_in_other_partitions(
    partition: Partition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_STS_REGIONAL_ENDPOINTS", "legacy")
    client = LendingSession().client("sts", partition.home_region, Credentials(KEY_ID, SECRET))
    assert client.meta.endpoint_url == f"https://sts.{partition.home_region}.{partition.dns_suffix}"

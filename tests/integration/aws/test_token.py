"""EKS tokens, with a cluster that checks them."""

import base64
import http.client
import json
import ssl

import pytest

from leastway.aws import AwsSites
from leastway.estate import ClusterFacts
from tests.contract.live.world import ACCOUNT, LEGACY, PROD, AwsWorld

pytestmark = pytest.mark.integration


def who(sites: AwsSites, facts: ClusterFacts, token: str) -> tuple[int, str]:
    """Return the cluster's status and username for the bearer of `token`."""
    authority = base64.b64decode(facts.certificate_authority).decode()
    context = ssl.create_default_context(cadata=authority)
    connection = http.client.HTTPSConnection(facts.endpoint.removeprefix("https://"), context=context, timeout=10)
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    connection.request(
        "POST",
        "/apis/authentication.k8s.io/v1/selfsubjectreviews",
        json.dumps(review),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    response = connection.getresponse()
    body = json.loads(response.read())
    connection.close()
    return response.status, body.get("status", {}).get("userInfo", {}).get(
        "username", ""
    ) if response.status < 400 else ""


def test_a_cluster_accepts_only_tokens_that_name_it(aws: AwsWorld) -> None:
    facts = aws.sites.discover([PROD])[PROD]
    assert isinstance(facts, ClusterFacts)
    status, username = who(aws.sites, facts, aws.sites.token(PROD).token.reveal())
    assert status in (200, 201)
    assert username == f"arn:aws:iam::{ACCOUNT}:user/admin"
    assert who(aws.sites, facts, aws.sites.token(LEGACY).token.reveal())[0] == 401

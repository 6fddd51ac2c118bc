"""Where a run may go: exactly botocore's endpoints, and nothing that only looks like AWS."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.endpoint_provider import EndpointProvider, RuleSetEndpoint
from botocore.session import Session

from leastway.aws.calls import Hosts, hosts
from leastway.errors import InvalidInputError
from leastway.primitives import Partition
from tests.unit.aws.calls.clients import ACCOUNT, HOSTS

_SERVICES = ("s3", "sts", "iam", "sqs", "ec2", "dynamodb", "s3control", "kinesis", "lambda", "route53")
BOUNDED = Hosts(Partition.AWS, ACCOUNT, services=_SERVICES, regions=("eu-central-1",))


@pytest.mark.parametrize(
    ("host", "service", "signing_name", "region", "bucket"),
    [
        ("s3.eu-central-1.amazonaws.com", "s3", "s3", "eu-central-1", None),
        ("shop.s3.eu-central-1.amazonaws.com", "s3", "s3", "eu-central-1", "shop"),
        ("shop.of.bob.s3.eu-central-1.amazonaws.com", "s3", "s3", "eu-central-1", "shop.of.bob"),
        ("shop.s3.dualstack.eu-central-1.amazonaws.com", "s3", "s3", "eu-central-1", "shop"),
        ("shop.s3-eu-central-1.amazonaws.com", "s3", "s3", "eu-central-1", "shop"),
        ("shop.s3-fips.us-east-2.amazonaws.com", "s3", "s3", "us-east-2", "shop"),
        ("shop.s3.amazonaws.com", "s3", "s3", "us-east-1", "shop"),
        (
            "shop--euc1-az1--x-s3.s3express-euc1-az1.eu-central-1.amazonaws.com",
            "s3",
            "s3express",
            "eu-central-1",
            "shop--euc1-az1--x-s3",
        ),
        (f"{ACCOUNT}.s3-control.eu-central-1.amazonaws.com", "s3control", "s3", "eu-central-1", None),
        ("eu-central-1.queue.amazonaws.com", "sqs", "sqs", "eu-central-1", None),
        ("queue.amazonaws.com", "sqs", "sqs", "us-east-1", None),
        ("sts.amazonaws.com", "sts", "sts", "us-east-1", None),
        ("sts.eu-central-1.amazonaws.com", "sts", "sts", "eu-central-1", None),
        ("iam.amazonaws.com", "iam", "iam", "us-east-1", None),
        (f"{ACCOUNT}.ddb.eu-central-1.amazonaws.com", "dynamodb", "dynamodb", "eu-central-1", None),
        ("dynamodb.eu-central-1.api.aws", "dynamodb", "dynamodb", "eu-central-1", None),
        ("rds.eu-central-1.amazonaws.com", "rds", "rds", "eu-central-1", None),
    ],
)
def test_endpoints_are_known_with_service_region_and_bucket(
    host: str, service: str, signing_name: str, region: str, bucket: str | None
) -> None:
    found = HOSTS.find(host)
    assert found is not None
    assert (found.services[0], found.signing_name, found.region, found.bucket) == (
        service,
        signing_name,
        region,
        bucket,
    )


@pytest.mark.parametrize(
    "host",
    [
        "amazonaws.com",
        "evil.amazonaws.com",
        "abc123.execute-api.eu-central-1.amazonaws.com",
        "lb-1.eu-central-1.elb.amazonaws.com",
        "ec2-203-0-113-1.eu-central-1.compute.amazonaws.com",
        "abc.lambda-url.eu-central-1.on.aws",
        "search-x.eu-central-1.es.amazonaws.com",
        "shop-123456789012.s3-accesspoint.eu-central-1.amazonaws.com",
        "shop.s3-website.eu-central-1.amazonaws.com",
        "shop.s3-object-lambda.eu-central-1.amazonaws.com",
        "shop.s3.eu-central-9.amazonaws.com",
        "SHOP.s3.eu-central-1.amazonaws.com",
        "shop_x.s3.eu-central-1.amazonaws.com",
        "s3.eu-central-1.amazonaws.com.evil.test",
        "s3.eu-central-1.amazonaws.com.",
        "s3.eu-central-1.amazonaws.com:443",
        "s3.eu-central-1.amazonaws.com%00.evil.test",
        "x.sqs.eu-central-1.amazonaws.com",
        "999999999999.s3-control.eu-central-1.amazonaws.com",
        "999999999999.ddb.eu-central-1.amazonaws.com",
        f"{ACCOUNT}.s3express-control.eu-central-1.amazonaws.com.x",
        "shop--euc1-az1--x-s3.s3express-euc1-az2.eu-central-1.amazonaws.com",
        "s3.cn-north-1.amazonaws.com.cn",
        "iam.us-gov.amazonaws.com",
        "169.254.169.254",
        "localhost",
        "",
        "a" * 300,
    ],
)
def test_what_only_looks_like_aws_is_not_an_endpoint(host: str) -> None:
    assert HOSTS.find(host) is None


@pytest.mark.parametrize(
    ("host", "is_allowed"),
    [
        ("sqs.eu-central-1.amazonaws.com", True),
        ("sqs.eu-west-1.amazonaws.com", False),
        ("sqs.us-east-1.amazonaws.com", False),
        ("kms.eu-central-1.amazonaws.com", False),
        ("iam.amazonaws.com", True),
        ("route53.amazonaws.com", True),
        ("s3.amazonaws.com", False),
        ("shop.s3.us-east-1.amazonaws.com", False),
    ],
)
def test_services_and_regions_bound_the_endpoints(host: str, is_allowed: bool) -> None:
    assert (BOUNDED.find(host) is not None) is is_allowed


@pytest.fixture(scope="module")
def session() -> Session:
    """Loads each model once."""
    made = Session()
    made.set_credentials("AKIAIOSFODNN7EXAMPLE", "secret")
    return made


@pytest.mark.parametrize("region", ["eu-central-1", "us-east-1", "ap-southeast-2"])
def test_the_endpoint_of_every_client_of_botocore_is_known(region: str, session: Session) -> None:
    for service in ("s3", "sts", "iam", "ec2", "lambda", "rds", "sqs", "sns", "kms", "eks", "ecr", "logs", "email"):
        name = "ses" if service == "email" else service
        made = session.create_client(name, region)
        found = HOSTS.find(made.meta.endpoint_url.removeprefix("https://"))
        assert found is not None, made.meta.endpoint_url
        assert name in found.services
        assert found.region in (region, "us-east-1")
        made.close()


@pytest.mark.parametrize(
    ("partition", "host", "region"),
    [
        (Partition.CHINA, "s3.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        (Partition.CHINA, "iam.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        (Partition.GOVCLOUD, "iam.us-gov.amazonaws.com", "us-gov-west-1"),
        (Partition.EUROPEAN_SOVEREIGN, "sqs.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
    ],
)
def test_each_partition_has_its_own_endpoints(partition: Partition, host: str, region: str) -> None:
    hosts = Hosts(partition, ACCOUNT, services=("s3", "iam", "sqs"))
    found = hosts.find(host)
    assert found is not None
    assert found.region == region
    assert hosts.find("s3.eu-central-1.amazonaws.com") is None


def test_accounts_share_a_map_but_for_hosts_that_begin_with_their_id(monkeypatch: pytest.MonkeyPatch) -> None:
    first = Hosts(Partition.AWS, ACCOUNT, regions=("eu-west-3",))
    assert first.find("sqs.eu-west-3.amazonaws.com") is not None
    assert first.find(f"{ACCOUNT}.ddb.eu-west-3.amazonaws.com") is not None
    assert first.find("444455556666.ddb.eu-west-3.amazonaws.com") is None  # nor in the home region
    resolved: list[str] = []

    class Counted(EndpointProvider):
        def resolve_endpoint(self, **parameters: Any) -> RuleSetEndpoint:
            resolved.append(str(parameters.get("AccountId") or parameters.get("StreamARN")))
            return super().resolve_endpoint(**parameters)

    monkeypatch.setattr(hosts, "EndpointProvider", Counted)
    other = Hosts(Partition.AWS, "444455556666", regions=("eu-west-3",))
    assert other.find("sqs.eu-west-3.amazonaws.com") is first.find("sqs.eu-west-3.amazonaws.com")
    assert not resolved
    assert other.find("444455556666.ddb.eu-west-3.amazonaws.com") is not None
    assert other.find(f"{ACCOUNT}.ddb.eu-west-3.amazonaws.com") is None
    assert other.find(f"{ACCOUNT}.s3-control.eu-west-3.amazonaws.com") is None
    assert len(resolved) < 50
    assert not any(ACCOUNT in one for one in resolved)


@pytest.mark.parametrize(
    ("services", "regions", "what"),
    [(("s3", "nothing"), None, "nothing"), (None, ("eu-central-1", "cn-north-1"), "cn-north-1")],
)
def test_unknown_services_and_regions_are_errors(
    services: tuple[str, ...] | None, regions: tuple[str, ...] | None, what: str
) -> None:
    with pytest.raises(InvalidInputError, match=what):
        Hosts(Partition.AWS, ACCOUNT, services=services, regions=regions)

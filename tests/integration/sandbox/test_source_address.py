"""A Deny on source addresses applies to the caller's address, in identity policies and in trust policies."""

import http.client

import pytest

from tests.integration.sandbox.world import ACCOUNT, Refuse, World, trust

pytestmark = pytest.mark.integration

LISTED, UNLISTED = "34.159.97.57", "34.159.97.58"


def test_the_installed_policy_allows_only_listed_addresses(world: World, refusal: Refuse) -> None:
    key = world.by_hand
    world.client("eks", key, source=LISTED).describe_cluster(name="prod")
    for source in (UNLISTED, ""):
        code, message = refusal(world.client("eks", key, source=source).describe_cluster, name="prod")
        assert code == "AccessDeniedException"
        assert "with an explicit deny" in message


def test_the_address_is_read_from_an_unsigned_header_too(world: World) -> None:
    key = world.by_hand
    client = world.client("eks", key)
    client.meta.events.register(
        "before-send", lambda request, **_: request.headers.update({"X-Forwarded-For": LISTED}) or None
    )
    assert client.describe_cluster(name="prod")["cluster"]["name"] == "prod"


def test_a_trust_policy_can_restrict_the_address(world: World, refusal: Refuse) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/humanitec-eks"
    only = {"Condition": {"IpAddress": {"aws:SourceIp": f"{LISTED}/32"}}}
    document = trust(world.platform, **only)
    world.client("iam").create_role(RoleName="humanitec-eks", AssumeRolePolicyDocument=document)
    asked = {"RoleArn": role, "RoleSessionName": "test"}
    world.client("sts", world.keys.platform, source=LISTED).assume_role(**asked)
    assert refusal(world.client("sts", world.keys.platform, source=UNLISTED).assume_role, **asked)[0] == "AccessDenied"
    assert refusal(world.client("sts", world.keys.platform).assume_role, **asked)[0] == "AccessDenied"


def test_an_invalid_source_address_is_an_error(world: World) -> None:
    host = world.sandbox.endpoint.removeprefix("http://")
    connection = http.client.HTTPConnection(host)
    connection.request("GET", "/clusters", headers={"X-Forwarded-For": "somewhere"})
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (
        400,
        b"'somewhere' does not appear to be an IPv4 or IPv6 address",
    )
    connection.close()

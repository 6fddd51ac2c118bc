"""Where a cluster looks for its users, by its authentication mode."""

from collections.abc import Callable

import pytest

from leastway.sandbox.scenario import Mode
from tests.contract.kube.world.aws import ACCOUNT, FakeAws, Key
from tests.contract.kube.world.client import Client

Login = Callable[[Key], Client]

API: Mode = "API"
BOTH: Mode = "API_AND_CONFIG_MAP"
MAP: Mode = "CONFIG_MAP"


def _map_user(admin: Client, arn: str, username: str, *groups: str) -> None:
    lines = "".join(f"    - {group}\n" for group in groups)
    text = f"- userarn: {arn}\n  username: {username}\n  groups:\n{lines}"
    assert (
        admin.create(
            "/api/v1/namespaces/kube-system/configmaps", {"metadata": {"name": "aws-auth"}, "data": {"mapUsers": text}}
        ).code
        == 201
    )


@pytest.mark.parametrize(
    ("mode", "by_entry", "by_map", "by_both"),
    [(API, "entry", None, "entry"), (BOTH, "entry", "map", "entry"), (MAP, None, "map", "map")],
)
def test_each_mode_uses_entries_or_aws_auth_or_both(
    aws: FakeAws,
    admin: Client,
    login: Login,
    mode: Mode,
    by_entry: str | None,
    by_map: str | None,
    by_both: str | None,
) -> None:
    aws.mode = mode
    for mapped, granted, expected in ((False, True, by_entry), (True, False, by_map), (True, True, by_both)):
        admin.delete("/api/v1/namespaces/kube-system/configmaps/aws-auth")
        aws.entries.clear()
        arn, key = aws.user("platform")
        if mapped:
            _map_user(admin, arn, "map", "from-map")
        if granted:
            aws.grant(arn, "entry", ["from-entry"])
        info = login(key).whoami()
        assert (info and info["username"]) == expected
        if info:
            assert f"from-{expected}" in info["groups"]


def test_an_entry_of_a_role_is_found_without_its_path(aws: FakeAws, login: Login) -> None:
    arn, key = aws.role("team/humanitec", session="run@7")
    aws.grant(arn)
    info = login(key).whoami()
    assert info is not None
    assert info["username"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/humanitec/run-7"


def test_an_entry_of_a_user_keeps_its_path(aws: FakeAws, login: Login) -> None:
    arn, key = aws.user("team/platform")
    aws.grant(arn)
    assert login(key).whoami()
    _, other = aws.user("platform")
    assert login(other).whoami() is None


@pytest.mark.parametrize("mode", [API, BOTH])
def test_a_recreated_role_is_rejected(aws: FakeAws, login: Login, mode: Mode) -> None:
    aws.mode = mode
    arn, key = aws.role("humanitec")
    aws.grant(arn)
    assert login(key).whoami()
    aws.recreate(arn)
    assert login(aws.assume(arn, "deploy")).whoami() is None
    aws.grant(arn)
    assert login(aws.assume(arn, "deploy")).whoami()


def test_a_recreated_role_gets_access_by_aws_auth_in_api_and_config_map_mode(
    aws: FakeAws, admin: Client, login: Login
) -> None:
    arn, _ = aws.role("humanitec")
    aws.grant(arn, "entry")
    text = f"- {{rolearn: '{arn}', username: map, groups: [from-map]}}"
    admin.create(
        "/api/v1/namespaces/kube-system/configmaps", {"metadata": {"name": "aws-auth"}, "data": {"mapRoles": text}}
    )
    aws.recreate(arn)
    info = login(aws.assume(arn, "deploy")).whoami()
    assert info is not None
    assert info["username"] == "map"

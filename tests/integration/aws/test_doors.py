"""Doors: the account must be the one that the grant names, and no other call is made before that is known."""

from pathlib import Path

import pytest

from leastway.aws import Accounts, AmbientCredentials, AssumedRole, Door, KeyPair, NamedProfile
from leastway.errors import LeastwayError
from leastway.estate import Place, Realm, Unreadable
from leastway.ports import NotThereYetError
from leastway.primitives import Secret
from tests.contract.live.world import ACCOUNT, OTHER, POLICY, PROD, REGION, AwsWorld

pytestmark = pytest.mark.integration

ADMIN_OF_OTHER = f"arn:aws:iam::{OTHER}:role/admin"


@pytest.fixture
def ambient(aws: AwsWorld, monkeypatch: pytest.MonkeyPatch) -> AwsWorld:
    """A world with the engineer's key in the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", aws.admin.key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", aws.admin.secret.reveal())
    return aws


def actions(aws: AwsWorld) -> list[str]:
    return [f"{entry.service}:{entry.action}" for entry in aws.sandbox.control.journal(clear=True)]


def test_ambient_credentials_give_access_to_their_account(ambient: AwsWorld) -> None:
    identity = Accounts([Door(ACCOUNT, REGION, AmbientCredentials())]).identity(ACCOUNT)
    assert identity.arn == f"arn:aws:iam::{ACCOUNT}:user/admin"
    assert identity.account == ACCOUNT
    assert identity.user_id.startswith("AIDA")


def test_the_caller_identity_is_read_once(ambient: AwsWorld) -> None:
    sites = ambient.sites_of(Door(ACCOUNT, REGION))
    actions(ambient)
    for _ in range(3):
        sites.site(Realm.IAM, Place(ACCOUNT))
        sites.site(Realm.EKS, PROD)
    assert actions(ambient) == ["sts:GetCallerIdentity"]


def test_a_door_to_another_account_stays_closed(ambient: AwsWorld) -> None:
    sites = ambient.sites_of(Door(OTHER, REGION))
    actions(ambient)
    for _ in range(2):
        with pytest.raises(LeastwayError, match=f"belong to account {ACCOUNT} \\(arn:.*user/admin") as caught:
            sites.site(Realm.IAM, Place(OTHER))
        assert caught.value.where == OTHER
    found = sites.discover([Place(OTHER, REGION, "prod")])
    assert all(isinstance(fact, Unreadable) for fact in found.values())
    assert actions(ambient) == ["sts:GetCallerIdentity"]


def test_an_account_without_a_door_is_an_error(ambient: AwsWorld) -> None:
    with pytest.raises(LeastwayError, match="no way in is known"):
        ambient.sites_of().site(Realm.IAM, Place(ACCOUNT))


def test_a_role_is_assumed_with_the_session_name_leastway(ambient: AwsWorld) -> None:
    identity = Accounts([Door(OTHER, REGION, AssumedRole(ADMIN_OF_OTHER))]).identity(OTHER)
    assert identity.arn == f"arn:aws:sts::{OTHER}:assumed-role/admin/leastway"


def test_sessions_of_a_role_are_reused(ambient: AwsWorld) -> None:
    sites = ambient.sites_of(Door(OTHER, REGION, AssumedRole(ADMIN_OF_OTHER)))
    actions(ambient)
    for _ in range(3):
        sites.site(Realm.IAM, Place(OTHER)).observe([], "acme")
    assert actions(ambient).count("sts:AssumeRole") == 1


def test_a_role_can_be_assumed_with_a_given_key(aws: AwsWorld) -> None:
    role = AssumedRole(ADMIN_OF_OTHER, source=aws.admin)
    assert Accounts([Door(OTHER, REGION, role)]).identity(OTHER).arn.endswith("assumed-role/admin/leastway")


def with_external_id(aws: AwsWorld) -> str:
    role = aws.client("iam").create_role(
        RoleName="plan",
        AssumeRolePolicyDocument=(
            '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", '
            f'"Principal": {{"AWS": "arn:aws:iam::{ACCOUNT}:user/admin"}}, '
            '"Condition": {"StringEquals": {"sts:ExternalId": "right"}}}]}'
        ),
    )
    return str(role["Role"]["Arn"])


def test_the_external_id_is_sent(ambient: AwsWorld) -> None:
    role = AssumedRole(with_external_id(ambient), "right")
    assert Accounts([Door(ACCOUNT, REGION, role)]).identity(ACCOUNT).arn.endswith("assumed-role/plan/leastway")


@pytest.mark.parametrize("external_id", ["wrong", None])
def test_a_wrong_external_id_is_refused_with_role_and_request_id(ambient: AwsWorld, external_id: str | None) -> None:
    role = AssumedRole(with_external_id(ambient), external_id)
    with pytest.raises(LeastwayError) as caught:
        Accounts([Door(ACCOUNT, REGION, role)]).identity(ACCOUNT)
    assert f"is not allowed to perform sts:AssumeRole on {role.arn}" in caught.value.what
    assert "[request " in caught.value.what
    assert "external id" in (caught.value.fix or "")


def test_a_profile_gives_access_to_its_account(aws: AwsWorld, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config, credentials = tmp_path / "config", tmp_path / "credentials"
    config.write_text(f"[profile hub]\n[profile spoke]\nrole_arn = {ADMIN_OF_OTHER}\nsource_profile = hub\n")
    credentials.write_text(
        f"[hub]\naws_access_key_id = {aws.admin.key_id}\naws_secret_access_key = {aws.admin.secret.reveal()}\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    role = AssumedRole(ADMIN_OF_OTHER, source=NamedProfile("hub"))
    assert Accounts([Door(OTHER, REGION, role)]).identity(OTHER).account == OTHER
    accounts = Accounts([Door(ACCOUNT, REGION, NamedProfile("hub")), Door(OTHER, REGION, NamedProfile("spoke"))])
    assert accounts.identity(ACCOUNT).arn == f"arn:aws:iam::{ACCOUNT}:user/admin"
    assert accounts.identity(OTHER).arn.startswith(f"arn:aws:sts::{OTHER}:assumed-role/admin/")
    with pytest.raises(LeastwayError, match="nosuch"):
        Accounts([Door(ACCOUNT, REGION, NamedProfile("nosuch"))]).identity(ACCOUNT)


def test_missing_credentials_are_an_error_with_a_fix(aws: AwsWorld) -> None:
    with pytest.raises(LeastwayError, match="no AWS credentials are available") as caught:
        Accounts([Door(ACCOUNT, REGION)]).identity(ACCOUNT)
    assert "aws sso login" in (caught.value.fix or "")


def test_an_unknown_key_pair_is_treated_as_new(aws: AwsWorld) -> None:
    key = KeyPair("AKIAIOSFODNN7UNKNOWN", Secret("s" * 40))
    with pytest.raises(NotThereYetError):
        Accounts([Door(ACCOUNT, REGION, key)]).identity(ACCOUNT)


def test_the_identity_of_a_new_key_is_read_again(aws: AwsWorld) -> None:
    accounts = Accounts([Door(ACCOUNT, REGION, aws.admin)])
    aws.sandbox.control.fail("sts:GetCallerIdentity", "InvalidClientTokenId")
    with pytest.raises(NotThereYetError):
        accounts.identity(ACCOUNT)
    assert accounts.identity(ACCOUNT).account == ACCOUNT


def test_a_rejected_signature_does_not_repeat_what_was_signed(aws: AwsWorld) -> None:
    key = KeyPair(aws.admin.key_id, Secret("not-the-secret"))
    with pytest.raises(LeastwayError, match="rejects the signature") as caught:
        Accounts([Door(ACCOUNT, REGION, key)]).identity(ACCOUNT)
    assert "AWS4-HMAC" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_pretended_source_address_reaches_the_sandbox(aws: AwsWorld) -> None:
    sites = aws.sites_of(Door(ACCOUNT, REGION, aws.admin), source_address="203.0.113.7")
    sites.site(Realm.IAM, Place(ACCOUNT)).observe([POLICY], "acme")
    assert {entry.source for entry in aws.sandbox.control.journal()} == {"203.0.113.7"}


def test_plain_http_is_refused_outside_loopback(aws: AwsWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://aws.example.com")
    with pytest.raises(LeastwayError, match="plain http is allowed for loopback only") as caught:
        Accounts([Door(ACCOUNT, REGION, aws.admin)]).identity(ACCOUNT)
    assert caught.value.where == "http://aws.example.com"


def test_an_invalid_endpoint_is_an_error(aws: AwsWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "not an address")
    with pytest.raises(LeastwayError, match="invalid endpoint: not an address"):
        Accounts([Door(ACCOUNT, REGION, aws.admin)]).identity(ACCOUNT)

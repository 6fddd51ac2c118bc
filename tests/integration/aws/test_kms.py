"""A wrapping key in AWS KMS."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from leastway.aws import KmsWrappingKey
from leastway.custody import Custody
from leastway.errors import LeastwayError
from leastway.ports import DamagedError, Holder, HolderKind, SecretPlace
from leastway.primitives import Secret
from leastway.service import ServerSettings, open_server
from tests.contract.live.world import AwsWorld

pytestmark = pytest.mark.integration

PLACE = SecretPlace(Holder("acme", HolderKind.ACCOUNT, "aws-prod"), 1)


@pytest.fixture
def arn(aws: AwsWorld, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", aws.admin.key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", aws.admin.secret.reveal())
    return str(aws.client("kms").create_key()["KeyMetadata"]["Arn"])


def test_a_secret_is_sealed_by_kms_and_opens_at_its_place_alone(arn: str) -> None:
    custody = Custody(KmsWrappingKey(arn))
    sealed = custody.seal(PLACE, Secret("planted"))
    assert sealed.wrapping_key == f"kms:{arn}"
    assert custody.open(sealed).reveal() == "planted"
    moved = replace(sealed, place=replace(PLACE, version=2))
    with pytest.raises(DamagedError, match="the wrapped data key does not open") as caught:
        custody.open(moved)
    assert caught.value.where == str(moved.place)


def test_a_flipped_byte_in_the_encrypted_data_key_is_found(arn: str) -> None:
    """In the last quarter: ministack does not authenticate the id of the key, with which its ciphertext begins."""
    custody = Custody(KmsWrappingKey(arn))
    sealed = custody.seal(PLACE, Secret("planted"))
    wrapped = sealed.wrapped_key
    for position in range(3 * len(wrapped) // 4, len(wrapped)):
        changed = wrapped[:position] + bytes([wrapped[position] ^ 1]) + wrapped[position + 1 :]
        with pytest.raises(DamagedError):
            custody.open(replace(sealed, wrapped_key=changed))


def test_a_disabled_key_is_an_error_with_its_arn_and_not_damage(aws: AwsWorld, arn: str) -> None:
    custody = Custody(KmsWrappingKey(arn))
    sealed = custody.seal(PLACE, Secret("planted"))
    aws.client("kms").disable_key(KeyId=arn)
    with pytest.raises(LeastwayError) as caught:
        custody.open(sealed)
    assert not isinstance(caught.value, DamagedError)
    assert caught.value.where == arn


def test_credentials_move_from_one_kms_key_to_another(aws: AwsWorld, arn: str) -> None:
    old, new = KmsWrappingKey(arn), KmsWrappingKey(str(aws.client("kms").create_key()["KeyMetadata"]["Arn"]))
    again = Custody(new, [old]).rewrap(Custody(old).seal(PLACE, Secret("planted")))
    aws.client("kms").disable_key(KeyId=arn)
    assert Custody(new).open(again).reveal() == "planted"


def test_a_server_starts_with_a_key_in_kms_and_not_with_one_that_it_may_not_use(
    aws: AwsWorld, arn: str, tmp_path: Path
) -> None:
    settings = ServerSettings(tmp_path / "data", organization="acme", wrapping_key=f"kms:{arn}")
    with open_server(settings, lambda _token: None) as server:
        assert server.custody.wrapping_key == f"kms:{arn}"
    assert not (settings.data / "wrapping-key").exists()
    with open_server(settings, lambda _token: None):
        pass
    aws.client("kms").disable_key(KeyId=arn)
    with pytest.raises(LeastwayError) as caught, open_server(settings, lambda _token: None):
        pass
    assert caught.value.where == arn

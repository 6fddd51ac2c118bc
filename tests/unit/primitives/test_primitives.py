import pickle

import pytest

from leastway.errors import InvalidInputError
from leastway.primitives import AccountId, Arn, Secret


@pytest.mark.parametrize("text", ["", "11112222333", "1111222233334", "11112222333x", "111122223333\n"])
def test_an_account_id_is_twelve_digits(text: str) -> None:
    with pytest.raises(InvalidInputError, match="twelve digits"):
        AccountId(text)


def test_an_account_id_keeps_its_leading_zero() -> None:
    assert AccountId("012345678901") == "012345678901"


@pytest.mark.parametrize("text", ["", "arn:aws:iam", "urn:aws:iam::1:role/x", "arn::iam::1:role/x", "arn:aws:iam::1:"])
def test_an_invalid_arn_is_rejected(text: str) -> None:
    with pytest.raises(InvalidInputError, match="is not a valid ARN"):
        Arn.parse(text)


def test_an_arn_is_parsed_and_printed_without_loss() -> None:
    text = "arn:aws:iam::111122223333:role/team/sub/humanitec-s3"
    arn = Arn.parse(text)
    assert (arn.name, arn.path, arn.resource_type) == ("humanitec-s3", "/team/sub/", "role")
    assert str(arn) == text
    assert str(arn.without_path()) == "arn:aws:iam::111122223333:role/humanitec-s3"


def test_a_secret_never_prints_itself() -> None:
    secret = Secret("hunter2")
    assert "hunter2" not in f"{secret} {secret!r}"
    assert secret == Secret("hunter2")
    assert secret != Secret("hunter3")
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        hash(secret)

"""KMS below botocore: what is asked, and what its errors become."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from leastway.aws import KmsWrappingKey
from leastway.errors import InvalidInputError, OutOfReachError
from leastway.ports import DamagedError, UnreadableAnswerError
from tests.unit.aws.scripted import ScriptedAws

ARN = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> ScriptedAws:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    return ScriptedAws(monkeypatch)


def answering(aws: ScriptedAws, status: int, body: dict[str, Any]) -> KmsWrappingKey:
    aws.script = lambda _what, _parameters: (status, body)
    return KmsWrappingKey(ARN)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "alias/x",
        ARN.replace("key/", "alias/"),
        ARN.replace("kms", "iam"),
        f"kms:{ARN}",
        f"{ARN}\n",
        ARN.replace("111122223333", "1"),
        "1234abcd-12ab-34cd-56ef-1234567890ab",
    ],
)
def test_anything_but_the_arn_of_a_key_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="is not the ARN of a KMS key"):
        KmsWrappingKey(text)


def test_a_data_key_is_unwrapped(aws: ScriptedAws) -> None:
    key = answering(aws, 200, {"Plaintext": base64.b64encode(b"d" * 32).decode(), "KeyId": ARN})
    assert key.unwrap(b"wrapped", {"version": "1"}) == b"d" * 32


@pytest.mark.parametrize("code", ["InvalidCiphertextException", "IncorrectKeyException"])
def test_what_kms_does_not_open_is_damaged(aws: ScriptedAws, code: str) -> None:
    with pytest.raises(DamagedError, match=code) as caught:
        answering(aws, 400, {"__type": code, "message": "no"}).unwrap(b"wrapped", {})
    assert caught.value.where == ARN


@pytest.mark.parametrize("code", ["AccessDeniedException", "DisabledException", "NotFoundException"])
def test_a_key_out_of_reach_is_not_damage(aws: ScriptedAws, code: str) -> None:
    with pytest.raises(OutOfReachError) as caught:
        answering(aws, 400, {"__type": code, "message": "not allowed"}).unwrap(b"wrapped", {})
    assert caught.value.where == ARN


@pytest.mark.parametrize("body", [{}, {"Plaintext": "", "KeyId": ARN}, {"Plaintext": "ZA==", "KeyId": ARN}])
def test_an_answer_that_is_not_a_data_key_is_refused(aws: ScriptedAws, body: dict[str, Any]) -> None:
    with pytest.raises(UnreadableAnswerError):
        answering(aws, 200, body).unwrap(b"wrapped", {})


def test_an_answer_without_a_ciphertext_is_refused(aws: ScriptedAws) -> None:
    with pytest.raises(UnreadableAnswerError):
        answering(aws, 200, {}).wrap(b"d" * 32, {})

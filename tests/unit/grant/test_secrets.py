"""Secrets are never printed, wherever in the files they are."""

from __future__ import annotations

import secrets
import string
import traceback
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leastway.grant import GrantError, load_grant
from leastway.registry import find_secrets, mask

from .laying_out import lay_out

if TYPE_CHECKING:
    from pathlib import Path

KEY_ID = "AKIA2ZQ7MNPLRSTV5WXY"
SECRET = "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"
TOKEN = "IQoJb3JpZ2luX2Vj" + "Zq3nXv8KpL0tRw5Yb2Jd7Hf4Sg9Mc1Qa6UeTiOo1" * 3
BASE = {
    "a value": ("grant.yaml", "name: prod", "name: {}"),
    "a key": ("grant.yaml", "name: prod", "{}: prod"),
    "a comment": ("grant.yaml", "kind: Grant", "kind: Grant # {}"),
    "a version": ("grant.yaml", "leastway.dev/v1alpha1", "{}"),
    "the platform": ("grant.yaml", "platform: humanitec", "platform: {}"),
    "a path": ("grant.yaml", "policies/s3.json", "policies/{}.json"),
    "an account id": ("grant.yaml", '"111122223333"', "{}"),
    "an anchor": ("grant.yaml", "name: prod", "name: &{} prod"),
    "a broken document": ("grant.yaml", "[shop]", "[{}"),
    "a policy's action": ("policies/s3.json", '"s3:CreateBucket"', '"{}"'),
    "a policy's key": ("policies/s3.json", '"Sid"', '"{}"'),
    "a broken policy": ("policies/s3.json", '"Version"', '{} "Version"'),
    "a rule's verb": ("rbac/deployer.yaml", "[apps]", "[{}]"),
}


@pytest.mark.parametrize("secret", [KEY_ID, SECRET, TOKEN], ids=["key id", "secret key", "token"])
@pytest.mark.parametrize("place", BASE)
def test_a_secret_is_not_printed(place: str, secret: str, tmp_path: Path) -> None:
    name, old, new = BASE[place]
    grant = lay_out({"change": {name: {old: new.replace("{}", secret)}}}, tmp_path / "grant")
    with pytest.raises(GrantError) as caught:
        load_grant(grant)
    error = caught.value
    printed = "".join([error.diagnostics(), str(error), repr(error.problems), *traceback.format_exception(error)])
    assert secret not in printed
    assert secret[:16] not in printed
    # A longer text of the same characters is not a key but could contain one: masked, and refused by another rule.
    if place not in ("an anchor", "a broken document", "a path"):
        assert "secret" in {problem.rule for problem in error.problems}


def test_the_value_of_a_field_with_a_name_like_password_is_not_printed(tmp_path: Path) -> None:
    change = {"region: eu-central-1": 'region: eu-central-1\n    db_password: "hunter2"'}
    with pytest.raises(GrantError) as caught:
        load_grant(lay_out({"change": {"grant.yaml": change}}, tmp_path / "grant"))
    assert "hunter2" not in caught.value.diagnostics()
    assert [problem.rule for problem in caught.value.problems] == ["unknown-field"]


@settings(deadline=None)
@given(st.integers())
def test_secret_access_keys_are_found_and_digests_are_not(seed: int) -> None:
    alphabet = string.ascii_letters + string.digits + "/+"
    found = 0
    for _ in range(20):
        text = "".join(secrets.choice(alphabet) for _ in range(40))
        assert text not in mask(f"key {text} here")
        found += any(True for _ in find_secrets(f"key {text} here"))
    assert found >= 18
    assert not list(find_secrets(f"commit {secrets.token_hex(20)}"))


@pytest.mark.parametrize(
    "text",
    [
        f"export AWS_SECRET_ACCESS_KEY={SECRET}",
        f"terraform init -backend-config=secret_key={SECRET} -input=false",
        f'secret_key = "{SECRET}"',
        f'{{"aws_secret_access_key":"{SECRET}"}}',
        f"https://{KEY_ID}:{SECRET}@s3.amazonaws.com",
        f"(secret {SECRET}, of jane)",
    ],
)
def test_a_secret_access_key_is_found_in_any_context(text: str) -> None:
    assert "a secret access key" in {finding.kind for finding in find_secrets(text)}


def test_masking_keeps_the_length_of_the_text() -> None:
    for text in (f"a: {SECRET}, b: {KEY_ID}", f"token: {TOKEN}", "password: 'x y z' # z"):
        assert len(mask(text)) == len(text)

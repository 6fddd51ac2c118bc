"""Types of cloud accounts and their credentials."""

from __future__ import annotations

import re

import pytest

from leastway.errors import InvalidInputError
from leastway.primitives import Arn
from leastway.registry import ACCOUNT_TYPES, KeyCredentials, RoleCredentials, is_role_within, read_account_credentials

ROLE = "arn:aws:iam::111122223333:role/humanitec-s3"
GOOD_ROLE = {"aws_role": ROLE, "external_id": "an-external-id"}
PLANTED = "PLANTED+secret/of+forty+characters+xxxxx"
GOOD_KEY = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": PLANTED}


def test_credentials_of_each_type_are_read() -> None:
    assert read_account_credentials("aws-role", GOOD_ROLE) == RoleCredentials(ROLE, "an-external-id")
    key = read_account_credentials("aws", GOOD_KEY)
    assert isinstance(key, KeyCredentials)
    assert (key.key_id, key.secret.reveal()) == ("AKIAIOSFODNN7EXAMPLE", PLANTED)
    assert PLANTED not in repr(key)


@pytest.mark.parametrize(
    ("type_id", "written", "where", "what"),
    [
        ("aws-role", {"aws_role": ROLE}, "credentials.external_id", "it is missing"),
        ("aws-role", {"external_id": "x1"}, "credentials.aws_role", "it is missing"),
        ("aws-role", GOOD_ROLE | {PLANTED: PLANTED}, "credentials", "it has 1 unknown member"),
        ("aws", GOOD_KEY | {"session_token": PLANTED, "x": 1}, "credentials", "it has 2 unknown members"),
        ("aws", {}, "credentials.aws_access_key_id", "it is missing"),
        ("aws", GOOD_KEY | {"aws_access_key_id": PLANTED}, "credentials.aws_access_key_id", "not the id"),
        ("aws", GOOD_KEY | {"aws_secret_access_key": 5}, "credentials.aws_secret_access_key", "not a string"),
        ("aws", GOOD_KEY | {"aws_secret_access_key": None}, "credentials.aws_secret_access_key", "not a string"),
        (
            "aws",
            GOOD_KEY | {"aws_secret_access_key": PLANTED + "\n"},
            "credentials.aws_secret_access_key",
            "not the sec",
        ),
        ("aws-role", GOOD_ROLE | {"aws_role": PLANTED}, "credentials.aws_role", "not the ARN of an IAM role"),
        ("aws-role", GOOD_ROLE | {"aws_role": ROLE.replace("role/", "user/")}, "credentials.aws_role", "not the ARN"),
        ("aws-role", GOOD_ROLE | {"aws_role": ROLE.replace("1", "", 1)}, "credentials.aws_role", "not the ARN"),
        ("aws-role", GOOD_ROLE | {"external_id": "x"}, "credentials.external_id", "not a valid external id"),
        ("aws-role", GOOD_ROLE | {"external_id": "a b"}, "credentials.external_id", "not a valid external id"),
        ("aws", [PLANTED], "credentials", "not an object"),
        ("gcp", GOOD_KEY, "type", "unknown account type"),
    ],
)
def test_wrong_credentials_name_the_field_and_echo_no_value(
    type_id: str, written: object, where: str, what: str
) -> None:
    with pytest.raises(InvalidInputError, match=what) as caught:
        read_account_credentials(type_id, written)
    assert caught.value.where == where
    assert PLANTED not in str(caught.value)


@pytest.mark.parametrize(("type_id", "good"), [("aws", GOOD_KEY), ("aws-role", GOOD_ROLE)])
def test_the_published_schema_accepts_what_is_accepted(type_id: str, good: dict[str, str]) -> None:
    schema = ACCOUNT_TYPES[type_id].inputs_schema
    properties = schema["properties"]
    assert isinstance(properties, dict)
    assert schema["required"] == list(properties) == list(good)
    assert schema["additionalProperties"] is False
    for name, value in good.items():
        assert re.search(properties[name]["pattern"], value)


@pytest.mark.parametrize(
    ("resource", "within"),
    [
        ("role/humanitec-s3", True),
        ("role/humanitec", True),
        ("role/humanitec/humanitec-x", True),
        ("role/Humanitec-x", False),
        ("role/team/humanitec-x", False),
        ("role/humanitec/x", False),
        ("role/admin", False),
    ],
)
def test_name_and_path_of_a_role_must_begin_with_the_prefix(resource: str, within: bool) -> None:
    assert is_role_within(Arn("aws", "iam", "", "111122223333", resource), "humanitec") is within

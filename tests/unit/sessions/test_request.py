"""Requests for sessions: the formats and limits of AssumeRole."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from leastway.errors import InvalidInputError
from leastway.sessions import SessionRequest, Subject

REQUEST = SessionRequest("acme", "prod", "arn:aws:iam::111122223333:role/humanitec-s3", "eu-central-1")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("session_name", "ab"),
        ("session_name", "a" * 64),
        ("session_name", "a_+=,.@-Z9"),
        ("external_id", "a:/=,.@+-_"),
        ("external_id", "a" * 1224),
        ("duration", 900),
        ("duration", 43_200),
        ("policy", "x" * 2048),
        ("source_identity", "someone@acme.example"),
    ],
)
def test_a_value_within_the_limits_of_sts_is_accepted(field: str, value: Any) -> None:
    assert getattr(replace(REQUEST, **{field: value}), field) == value


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("role", "humanitec-s3", "not a valid ARN of an IAM role"),
        ("role", "arn:aws:iam::111122223333:user/humanitec", "not a valid ARN of an IAM role"),
        ("role", "arn:aws:sts::111122223333:assumed-role/humanitec/x", "not a valid ARN of an IAM role"),
        ("session_name", "a", "the session name is not valid"),
        ("session_name", "a" * 65, "the session name is not valid"),
        ("session_name", "<<NAME>>", "the session name is not valid"),
        ("session_name", "naïve", "the session name is not valid"),
        ("external_id", "a", "the external id is not valid"),
        ("external_id", "with space", "the external id is not valid"),
        ("external_id", "a" * 1225, "the external id is not valid"),
        ("source_identity", "a b", "the source identity is not valid"),
        ("duration", 899, "cannot last 899 seconds"),
        ("duration", 43_201, "cannot last 43,201 seconds"),
        ("policy", "", "0 characters"),
        ("policy", "x" * 2049, "2,049 characters"),
        ("policy_arns", ("arn",) * 11, "at most 10 policy ARNs"),
        ("tags", (("a", "b"),) * 51, "50 tags"),
    ],
)
def test_a_value_that_sts_would_refuse_is_refused_here(field: str, value: Any, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        replace(REQUEST, **{field: value})


def test_a_chained_session_lasts_at_most_an_hour() -> None:
    assert replace(REQUEST, via=REQUEST, duration=3600).duration == 3600
    with pytest.raises(InvalidInputError, match="at most one hour, and 3,601 seconds were requested"):
        replace(REQUEST, via=REQUEST, duration=3601)


def test_the_lineage_names_every_session_that_a_request_is_chained_from() -> None:
    chained = replace(REQUEST, role=REQUEST.role + "-2", via=REQUEST, definition="s3-bucket")
    assert chained.lineage == (
        Subject("acme", "prod", REQUEST.role + "-2", "s3-bucket"),
        Subject("acme", "prod", REQUEST.role, None),
    )

"""What an AssumeRole asks for, field for field."""

from __future__ import annotations

from typing import Any

import pytest

from leastway.gateway import RefusedError, SessionAsk
from leastway.gateway.session_answers import ask_of
from tests.unit.gateway.terms import ROLE

_LEAST: dict[str, Any] = {"RoleArn": ROLE, "RoleSessionName": "run"}
_REGION = "eu-central-1"


def test_every_field_that_is_supported_is_asked_for_as_it_is() -> None:
    via = SessionAsk(None, _REGION)
    given = {
        "ExternalId": "external",
        "DurationSeconds": 900,
        "Policy": "{}",
        "PolicyArns": [{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}],
        "SourceIdentity": "somebody",
        "Tags": [{"Key": "team", "Value": "shop"}],
        "TransitiveTagKeys": ["team"],
    }
    assert ask_of(_LEAST | given, _REGION, via, "apply") == SessionAsk(
        role=ROLE,
        region=_REGION,
        session_name="run",
        external_id="external",
        duration=900,
        policy="{}",
        policy_arns=("arn:aws:iam::aws:policy/ReadOnlyAccess",),
        source_identity="somebody",
        tags=(("team", "shop"),),
        transitive_tag_keys=("team",),
        via=via,
        phase="apply",
    )


@pytest.mark.parametrize(
    "given",
    [
        {"RoleArn": ROLE},
        {"RoleSessionName": "run"},
        _LEAST | {"SerialNumber": "arn:aws:iam::1:mfa/x"},
        _LEAST | {"DurationSeconds": "soon"},
        _LEAST | {"PolicyArns": [{}]},
        _LEAST | {"Tags": [{"Key": "team"}]},
        _LEAST | {"TransitiveTagKeys": 1},
    ],
)
def test_a_field_that_is_missing_unknown_or_malformed_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(RefusedError) as refused:
        ask_of(given, _REGION, None, "plan")
    assert refused.value.code == "ValidationError"

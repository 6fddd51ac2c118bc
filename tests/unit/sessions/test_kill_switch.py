"""Which kill switch stops which request."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from unittest.mock import Mock

import pytest

from leastway.errors import InvalidInputError
from leastway.sessions import KillSwitch, Scope, Subject, SwitchesOn

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
ROLE = "arn:aws:iam::111122223333:role/humanitec-s3"
SUBJECT = Subject("acme", "prod", ROLE, "s3-bucket")


def switch(scope: Scope, organization: str | None, target: str | None) -> KillSwitch:
    return KillSwitch("k", scope, organization, target, "a leak", NOW, "u1")


@pytest.mark.parametrize(
    ("one", "stops"),
    [
        (switch(Scope.EVERYTHING, None, None), True),
        (switch(Scope.ORGANIZATION, "acme", None), True),
        (switch(Scope.ORGANIZATION, "acme", ""), True),
        (switch(Scope.ORGANIZATION, "other", None), False),
        (switch(Scope.ACCOUNT, "acme", "prod"), True),
        (switch(Scope.ACCOUNT, "other", "prod"), False),
        (switch(Scope.ACCOUNT, "acme", "test"), False),
        (switch(Scope.ROLE, "acme", ROLE), True),
        (switch(Scope.ROLE, "other", ROLE), False),
        (switch(Scope.ROLE, None, ROLE), True),
        (switch(Scope.ROLE, None, ROLE + "x"), False),
        (switch(Scope.DEFINITION, "acme", "s3-bucket"), True),
        (switch(Scope.DEFINITION, "acme", "sqs"), False),
    ],
)
def test_a_switch_stops_its_scope_and_nothing_else(one: KillSwitch, stops: bool) -> None:
    assert one.stops(SUBJECT) is stops
    assert not replace(one, off_at=NOW, off_by="u2").stops(SUBJECT)


def test_a_switch_for_a_role_or_definition_does_not_stop_a_subject_without_one() -> None:
    for scope, target in ((Scope.ROLE, ROLE), (Scope.DEFINITION, "s3-bucket")):
        assert not switch(scope, "acme", target).stops(Subject("acme", "prod"))


def test_a_session_is_stopped_with_the_one_that_it_is_chained_from() -> None:
    parent = Subject("acme", "prod", ROLE + "-parent")
    one = switch(Scope.ROLE, "acme", parent.role)
    assert SwitchesOn([one]).first_to_stop([SUBJECT, parent]) is one
    assert SwitchesOn([one]).first_to_stop([SUBJECT]) is None
    assert SwitchesOn().first_to_stop([SUBJECT, parent]) is None


def test_the_first_of_several_switches_is_named_and_what_is_off_stops_nothing() -> None:
    role, account = switch(Scope.ROLE, None, ROLE), switch(Scope.ACCOUNT, "acme", "prod")
    again = replace(account, id="k2")
    assert SwitchesOn([role, account, again]).first_to_stop([SUBJECT]) is role
    assert SwitchesOn([again, account, role]).first_to_stop([SUBJECT]) is again
    assert SwitchesOn([replace(role, off_at=NOW), account]).first_to_stop([SUBJECT]) is account
    assert not SwitchesOn([replace(role, off_at=NOW)])


def test_a_request_is_judged_without_looking_at_switches_for_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    others = [switch(Scope.ACCOUNT, "other", f"a{number}") for number in range(1000)]
    on = SwitchesOn([*others, switch(Scope.ACCOUNT, "acme", "prod")])
    looked = Mock(return_value=True)
    monkeypatch.setattr(KillSwitch, "stops", looked)
    monkeypatch.setattr(KillSwitch, "is_on", property(looked))
    assert on.first_to_stop([SUBJECT]) is on.all[-1]
    assert on.first_to_stop([Subject("acme", "test")]) is None
    looked.assert_not_called()


@pytest.mark.parametrize(
    ("scope", "organization", "target"),
    [
        (Scope.EVERYTHING, "acme", None),
        (Scope.EVERYTHING, None, "x"),
        (Scope.ORGANIZATION, None, None),
        (Scope.ORGANIZATION, "acme", "x"),
        (Scope.ACCOUNT, None, "prod"),
        (Scope.ACCOUNT, "acme", None),
        (Scope.ROLE, "acme", ""),
        (Scope.DEFINITION, None, "s3-bucket"),
    ],
)
def test_a_scope_with_a_missing_or_needless_part_is_refused(
    scope: Scope, organization: str | None, target: str | None
) -> None:
    with pytest.raises(InvalidInputError, match="a kill switch for"):
        switch(scope, organization, target)


def test_a_switch_needs_a_reason() -> None:
    with pytest.raises(InvalidInputError, match="a kill switch needs a reason"):
        KillSwitch("k", Scope.EVERYTHING, None, None, "  ", NOW, "u1")

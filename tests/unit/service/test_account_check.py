"""The check of an account, against an AWS that answers as scripted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from leastway.grant import find_profile
from leastway.ports import CallerIdentity, FailedCall
from leastway.primitives import Secret
from leastway.registry import KeyCredentials, RoleCredentials
from leastway.service.account_check import AccountChecker, CheckFailedError
from leastway.store import AccountClaim
from leastway.verify import OutgoingAddress
from tests.scripted_aws import ACCOUNT, DENIED, OF_KEY, OF_SESSION, OWN, RIGHT_ID, ROLE, SESSION, UNLISTED, World

RIGHT = RoleCredentials(ROLE, RIGHT_ID)
PLANTED = "planted/secret/9431"
KEY = KeyCredentials("AKIAIOSFODNN7EXAMPLE", Secret(PLANTED))
BROKEN = FailedCall(False, "ServiceUnavailable: later", "request-2")
PROFILE = find_profile("humanitec")


def free(_claims: Iterable[AccountClaim]) -> bool:
    return True


def taken(_claims: Iterable[AccountClaim]) -> bool:
    return False


LISTED = OutgoingAddress(PROFILE.addresses[0].partition("/")[0], "humanitec", True)


def checker(world: World, pretended_address: str | None = None) -> AccountChecker:
    return AccountChecker(PROFILE, "eu-central-1", world, lambda: OWN, LISTED, pretended_address)


def test_a_role_that_demands_its_external_id_passes() -> None:
    world = World()
    passed = checker(world).check(RIGHT, free)
    assert {each.id: each.value for each in passed.identity} == {
        "account": ACCOUNT,
        "arn": OF_SESSION.arn,
        "user_id": OF_SESSION.user_id,
    }
    assert passed.warnings == ()
    assert passed.claims == (AccountClaim.of_account(ACCOUNT), AccountClaim.of_external_id("the-right-id"))
    (_, none), (_, wrong), (_, right), (last, _) = world.tried
    assert (none, right, last) == (None, RIGHT.external_id, "identity")
    assert wrong not in (None, RIGHT.external_id)


@pytest.mark.parametrize("name", ["Humanitec-s3", "admin", "team/humanitec-s3", "humanitec/s3"])
def test_a_role_outside_of_the_prefix_is_refused_before_aws_is_called(name: str) -> None:
    world = World()
    outside = replace(RIGHT, role=f"arn:aws:iam::{ACCOUNT}:role/{name}")
    with pytest.raises(CheckFailedError, match=r"outside of humanitec\*"):
        checker(world).check(outside, free)
    assert world.tried == []


@pytest.mark.parametrize(
    ("answers", "how"),
    [({"none": SESSION}, "without an external id"), ({"wrong": SESSION}, "with a wrong external id")],
)
def test_a_role_that_does_not_demand_its_external_id_fails(answers: dict[str, Any], how: str) -> None:
    world = World(answers=answers)
    with pytest.raises(CheckFailedError, match=f"{ROLE} can be assumed {how}"):
        checker(world).check(RIGHT, free)
    assert ("assume", RIGHT.external_id) not in world.tried


@pytest.mark.parametrize("step", ["none", "wrong", "right", "identity"])
def test_a_step_that_could_not_be_tried_never_passes(step: str) -> None:
    with pytest.raises(CheckFailedError, match=r"ServiceUnavailable: later \[request request-2\]"):
        checker(World(answers={step: BROKEN})).check(RIGHT, free)


def test_a_refusal_names_role_and_request_and_no_external_id() -> None:
    with pytest.raises(CheckFailedError) as caught:
        checker(World(answers={"right": DENIED})).check(RIGHT, free)
    assert f"AWS refused to let the role {ROLE} be assumed: {DENIED.detail} [request request-1]" in str(caught.value)
    assert RIGHT.external_id not in str(caught.value)


def test_what_another_organization_has_is_never_tried_and_looks_like_any_refusal() -> None:
    refused, others = World(answers={"right": DENIED}), World()
    messages = []
    for world, is_free in ((refused, free), (others, taken)):
        with pytest.raises(CheckFailedError) as caught:
            checker(world).check(RIGHT, is_free)
        messages.append((str(caught.value), caught.value.where, caught.value.fix))
    assert messages[0] == messages[1]
    assert len(others.tried) == len(refused.tried)
    assert ("assume", RIGHT.external_id) not in others.tried


@pytest.mark.parametrize(
    "identity",
    [
        replace(OF_SESSION, account="444455556666"),
        replace(OF_SESSION, arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/humanitec-other/leastway-check"),
        replace(OF_SESSION, arn=f"arn:aws:iam::{ACCOUNT}:user/humanitec-s3"),
    ],
)
def test_a_session_of_another_identity_fails(identity: CallerIdentity) -> None:
    with pytest.raises(CheckFailedError, match="AWS names another identity"):
        checker(World(answers={"identity": identity})).check(RIGHT, free)


def test_a_key_is_identified_and_shows_its_last_four_characters() -> None:
    passed = checker(World()).check(KEY, free)
    assert {each.id: each.value for each in passed.identity} == {
        "account": ACCOUNT,
        "arn": OF_KEY.arn,
        "user_id": OF_KEY.user_id,
        "access_key_id": "MPLE",
    }
    assert passed.claims == (AccountClaim.of_account(ACCOUNT),)
    assert PLANTED not in repr(passed)


@pytest.mark.parametrize(
    ("identity", "is_free", "why"),
    [
        (FailedCall(False, "InvalidClientTokenId: no", "r9"), free, r"InvalidClientTokenId: no \[request r9\]"),
        (OF_KEY, taken, "the access key could not be identified"),
        (replace(OF_KEY, arn=f"arn:aws:iam::{ACCOUNT}:root"), free, "a key of the root user"),
    ],
)
def test_a_key_that_cannot_be_used_fails(identity: object, is_free: Any, why: str) -> None:
    with pytest.raises(CheckFailedError, match=why) as caught:
        checker(World(answers={"identity": identity})).check(KEY, is_free)
    assert PLANTED not in str(caught.value)
    assert "organization" not in str(caught.value)


@pytest.mark.parametrize(
    ("outgoing", "warning"),
    [
        (None, "the server's outgoing address is not known"),
        (OutgoingAddress("192.0.2.9", "humanitec", False), "192.0.2.9, which is NOT in the address list of humanitec"),
    ],
)
def test_an_outgoing_address_that_is_unknown_or_not_listed_is_a_warning(
    outgoing: OutgoingAddress | None, warning: str
) -> None:
    (found,) = AccountChecker(PROFILE, "eu-central-1", World(), lambda: OWN, outgoing).check(RIGHT, free).warnings
    assert warning in found


@pytest.mark.parametrize("admits", [True, False])
def test_a_rehearsal_tries_an_unlisted_address(admits: bool) -> None:
    world = World(admits_unlisted=admits)
    passed = checker(world, LISTED.address).check(RIGHT, free)
    expected = ("the role can be assumed from the unlisted address " + UNLISTED,) if admits else ()
    assert passed.warnings == expected

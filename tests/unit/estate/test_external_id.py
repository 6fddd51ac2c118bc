"""The external ids that an installed trust policy accepts."""

from __future__ import annotations

from typing import Any

import pytest

from leastway.estate import AskedIds, asked_ids
from leastway.policy import PolicyKind, parse_policy

PLATFORM = "arn:aws:iam::767398028804:user/humanitec"
OTHER = "arn:aws:iam::999999999999:root"


def allow(condition: dict[str, Any] | None = None, principal: Any = PLATFORM) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
    return {**statement, "Condition": condition} if condition else statement


def deny(condition: dict[str, Any]) -> dict[str, Any]:
    return {**allow(condition, "*"), "Effect": "Deny"}


def asks(operator: str, *ids: str) -> dict[str, Any]:
    return {operator: {"sts:ExternalId": list(ids)}}


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        ([allow(asks("StringEquals", "b", "a"))], AskedIds(("b", "a"))),
        ([allow({"StringEquals": {"STS:externalid": "a"}})], AskedIds(("a",))),
        ([allow(asks("StringEqualsIfExists", "a"))], AskedIds(("a",))),
        ([allow(asks("ForAnyValue:StringEquals", "a"))], AskedIds(("a",))),
        ([allow(asks("StringEquals", "a")), allow(asks("StringEquals", "b"))], AskedIds(("a", "b"))),
        ([allow()], AskedIds()),
        ([allow(asks("StringLike", "a"))], AskedIds(("a",))),
        ([allow(asks("StringLike", "a*"))], AskedIds((), "StringLike a*")),
        ([allow(asks("StringEquals", "${aws:username}"))], AskedIds((), "StringEquals ${aws:username}")),
        ([allow(asks("StringEqualsIgnoreCase", "a"))], AskedIds((), "StringEqualsIgnoreCase a")),
        ([allow(asks("StringNotEquals", "a"))], AskedIds((), "StringNotEquals a")),
        ([allow(asks("StringLike", "a*", "b"))], AskedIds(("b",))),
        ([allow(), deny(asks("StringNotEquals", "a"))], AskedIds(("a",))),
        ([allow(asks("StringEquals", "a", "b")), deny(asks("StringNotEquals", "b", "c"))], AskedIds(("b",))),
        ([allow(asks("StringEquals", "a")), deny(asks("StringEquals", "b"))], AskedIds(("a",))),
        ([allow(asks("StringEquals", "a")), allow(asks("StringEquals", "b"), OTHER)], AskedIds(("a",))),
        ([allow(asks("StringEquals", "a"), "*"), allow(asks("StringEquals", "b"), OTHER)], AskedIds(("a",))),
        ([allow(asks("StringEquals", "a"), "767398028804")], AskedIds(("a",))),
        ([allow(asks("StringEquals", "b"), OTHER)], AskedIds(("b",))),
    ],
)
def test_the_external_ids_that_the_platform_may_present_are_found(
    statements: list[dict[str, Any]], found: AskedIds
) -> None:
    trust = parse_policy({"Version": "2012-10-17", "Statement": statements}, kind=PolicyKind.TRUST)
    assert asked_ids(trust, PLATFORM) == found

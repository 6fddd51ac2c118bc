"""The address Deny: the statement that closes a principal to all but the platform's own addresses.

A call that an AWS service makes on the principal's behalf comes from the service's address, hence aws:ViaAWSService;
a call through a VPC endpoint carries no aws:SourceIp at all, and NotIpAddress then matches, so it is denied too
(IAM User Guide, "AWS global condition context keys").
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from leastway.policy import Document, Effect, Statement, same_meaning
from leastway.policy.model import BaseOperator, Values

__all__ = ["addresses_of", "deny_outside", "same_callers", "with_addresses"]

_SOURCE_IP = "aws:sourceip"


def deny_outside(addresses: Iterable[str]) -> dict[str, Any]:
    """Return the statement, as JSON values, that denies everything from outside of `addresses` (CIDRs)."""
    return {
        "Sid": "PlatformAddressesOnly",
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {
            "NotIpAddress": {"aws:SourceIp": sorted(addresses)},
            "Bool": {"aws:ViaAWSService": "false"},
        },
    }


def addresses_of(document: Document) -> frozenset[str]:
    """Return the CIDRs that the document's address Denies leave open; empty where there is no such Deny."""
    return frozenset(
        cidr
        for statement in document.statements
        if statement.effect is Effect.DENY
        for operator, key, values in statement.tests()
        if operator.base is BaseOperator.NOT_IP_ADDRESS and key.lower() == _SOURCE_IP
        for cidr in values
    )


def with_addresses(document: Document, addresses: Iterable[str]) -> Document:
    """Return the document with `addresses` in the place of those of each of its address Denies."""
    cidrs = Values(tuple(sorted(addresses)))
    return replace(document, statements=tuple(_with_addresses(one, cidrs) for one in document.statements))


def same_callers(before: Document, after: Document) -> bool:
    """Say whether two trust policies let the same principals in under the same conditions, whatever the addresses."""
    return same_meaning(with_addresses(before, ()), with_addresses(after, ()))


def _with_addresses(statement: Statement, cidrs: Values) -> Statement:
    if statement.effect is not Effect.DENY:
        return statement
    blocks = tuple(
        replace(
            block,
            tests=tuple((key, cidrs if key.lower() == _SOURCE_IP else values) for key, values in block.tests),
        )
        if block.operator.base is BaseOperator.NOT_IP_ADDRESS
        else block
        for block in statement.conditions
    )
    return replace(statement, conditions=blocks)

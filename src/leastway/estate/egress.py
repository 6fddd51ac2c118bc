"""The address Deny: the statement that restricts a principal to the platform's own addresses.

A call that an AWS service makes for the principal comes from an address of the service, hence aws:ViaAWSService. A call
through a VPC endpoint has no aws:SourceIp, so that NotIpAddress matches and the call is denied, too (IAM User Guide,
"AWS global condition context keys").
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
    """Return the statement, as JSON values, that denies everything from outside of `addresses` (CIDR blocks)."""
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
    """Return the CIDR blocks that the address Denies of the document except; empty if there is no such Deny."""
    return frozenset(
        cidr
        for statement in document.statements
        if statement.effect is Effect.DENY
        for operator, key, values in statement.tests()
        if operator.base is BaseOperator.NOT_IP_ADDRESS and key.lower() == _SOURCE_IP
        for cidr in values
    )


def with_addresses(document: Document, addresses: Iterable[str]) -> Document:
    """Return the document with the addresses of each address Deny replaced by `addresses`."""
    cidrs = Values(tuple(sorted(addresses)))
    return replace(document, statements=tuple(_with_addresses(one, cidrs) for one in document.statements))


def same_callers(before: Document, after: Document) -> bool:
    """Return whether two trust policies admit the same principals under the same conditions, apart from addresses."""
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

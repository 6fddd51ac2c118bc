"""A private address in aws:SourceIp, which always has a public address.

A request through a VPC endpoint has no aws:SourceIp; its private address is in aws:VpcSourceIp. Source: IAM User Guide,
"AWS global condition context keys", aws:SourceIp and aws:VpcSourceIp.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from leastway.lint.finding import Severity
from leastway.lint.ranges import is_within
from leastway.lint.rule import Rule, Violation
from leastway.lint.words import quoted
from leastway.policy.evaluate.conditions.address import parse_range
from leastway.policy.model import OperatorFamily

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import Exhibit
    from leastway.lint.knowledge import Knowledge

__all__ = ["RULE"]

_PRIVATE = tuple(
    ipaddress.ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "fc00::/7")
)


def _check(exhibit: Exhibit, _knowledge: Knowledge) -> Iterator[Violation]:
    for found in exhibit.statements():
        for condition in found.conditions():
            if condition.key.lower() != "aws:sourceip" or condition.operator.base.family is not OperatorFamily.IP:
                continue
            for value, path in condition.each():
                network = parse_range(value)
                if network and any(is_within(network, one) for one in _PRIVATE):
                    message = f"{quoted(value)} is a private address, but aws:SourceIp always has a public one"
                    yield Violation(path, message, "compare aws:VpcSourceIp, together with aws:SourceVpc")


RULE = Rule("private-address", Severity.WARNING, "a private address in aws:SourceIp", _check)

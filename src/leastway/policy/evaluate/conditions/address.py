"""`IpAddress` and `NotIpAddress`: IPv4 and IPv6, an address or a range. Neither family holds for the other."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from leastway.policy.evaluate.conditions.value_test import ValueTest, of_text, parsed_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from leastway.policy.model import BaseOperator, Values

__all__ = ["compile_address", "parse_address", "parse_range"]

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_RANGE = re.compile(r"[0-9A-Fa-f.:]+(?:/[0-9]{1,3})?")


def compile_address(base: BaseOperator, values: Values) -> ValueTest:
    """Return the test of an address operator."""
    parsed = [parse_range(text) for text in values]
    known = [network for network in parsed if network is not None]
    if base.negated and len(known) < len(parsed):
        return of_text(lambda _text: False)
    return of_text(parsed_once(_within(known, expected=not base.negated)))


def _within(ranges: list[_Network], *, expected: bool) -> Callable[[str], bool]:
    def holds(text: str) -> bool:
        address = parse_address(text)
        if address is None:
            return False
        return any(address.version == found.version and address in found for found in ranges) is expected

    return holds


def parse_range(text: str) -> _Network | None:
    """Read an address or a range in CIDR form; host bits may be set. None when malformed."""
    try:
        return ipaddress.ip_network(text, strict=False) if _RANGE.fullmatch(text) else None
    except ValueError:
        return None


def parse_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Read an address; None when malformed."""
    try:
        return ipaddress.ip_address(text) if _RANGE.fullmatch(text) else None
    except ValueError:
        return None

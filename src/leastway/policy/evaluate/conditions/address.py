"""`IpAddress` and `NotIpAddress`: IPv4 and IPv6, an address or a range. IPv4 and IPv6 never match each other."""

from __future__ import annotations

import bisect
import functools
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
    first: dict[int, list[int]] = {4: [], 6: []}
    last: dict[int, list[int]] = {4: [], 6: []}
    """The ranges of each version as numbers, sorted, with overlapping ranges merged."""
    for found in sorted(ranges, key=lambda item: int(item.network_address)):
        start, end = int(found.network_address), int(found.broadcast_address)
        ends = last[found.version]
        if ends and start <= ends[-1]:
            ends[-1] = max(end, ends[-1])
        else:
            first[found.version].append(start)
            ends.append(end)

    def holds(text: str) -> bool:
        address = parse_address(text)
        if address is None:
            return False
        number = int(address)
        index = bisect.bisect_right(first[address.version], number) - 1
        return (index >= 0 and number <= last[address.version][index]) is expected

    return holds


@functools.lru_cache(4096)
def parse_range(text: str) -> _Network | None:
    """Read an address or a range in CIDR form; host bits may be set. None if malformed."""
    try:
        return ipaddress.ip_network(text, strict=False) if _RANGE.fullmatch(text) else None
    except ValueError:
        return None


def parse_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Read an address; None if malformed."""
    try:
        return ipaddress.ip_address(text) if _RANGE.fullmatch(text) else None
    except ValueError:
        return None

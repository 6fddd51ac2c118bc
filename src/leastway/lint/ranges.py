"""Comparing ranges of addresses; IPv4 and IPv6 have nothing in common."""

from __future__ import annotations

import ipaddress

__all__ = ["Range", "is_within"]

Range = ipaddress.IPv4Network | ipaddress.IPv6Network


def is_within(one: Range, other: Range) -> bool:
    """Whether every address of `one` is in `other`."""
    return one.version == other.version and one[0] in other and one[-1] in other

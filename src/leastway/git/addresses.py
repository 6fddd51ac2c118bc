"""The address of a source's host: resolved once, checked, and the only one that is connected to.

A host on a private network is refused unless the operator lists it: whoever writes a definition could otherwise reach
what only the server reaches. A name counts as private if one of its addresses does.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection, Sequence

from leastway.errors import LeastwayError
from leastway.primitives import is_public, resolved

__all__ = ["Resolve", "address_of"]

Resolve = Callable[[str, int], Sequence[str]]
"""Returns the addresses of a host, at least one. Raises OSError."""


def address_of(host: str, port: int, *, private_hosts: Collection[str], resolve: Resolve = resolved) -> str:
    """Return the address to connect to. Raises LeastwayError for a host without one, or with one that is not public."""
    try:
        addresses = resolve(host, port)
    except (OSError, UnicodeError) as error:
        raise LeastwayError(f"the host of the source has no address: {error}", where=host) from error
    if host not in private_hosts and not all(is_public(ipaddress.ip_address(each)) for each in addresses):
        raise LeastwayError(
            "the host of the source is on a private network",
            where=host,
            fix="if that is meant, the operator of the server lists the host as private",
        )
    return addresses[0]

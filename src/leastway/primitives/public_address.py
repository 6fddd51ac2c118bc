"""The addresses of a host, and which of them are the internet's.

Source: the IANA special-purpose address registries, as Python's ipaddress has them.
"""

from __future__ import annotations

import ipaddress
import socket

__all__ = ["is_public", "resolved"]

_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")


def resolved(host: str, port: int) -> list[str]:
    """Return the addresses that this machine's resolver gives, each once. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Return whether an address is one of the internet's, and not of this machine, a private or a special network.

    An IPv4 address within an IPv6 address is what counts; Teredo is never public.
    """
    if isinstance(address, ipaddress.IPv6Address):
        within = address.ipv4_mapped or address.sixtofour
        if within is None and address in _TRANSLATED:
            within = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if within is not None:
            return is_public(within)
        if address.is_site_local or address.teredo is not None:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)

"""The platform profiles that a leastway server publishes: which versions there are, and their addresses.

The list is read without a token, and only told to people: it changes no plan and no verdict.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import dataclass

from leastway.errors import LeastwayError
from leastway.primitives import read_bounded_json
from leastway.published.url import UrlLog

__all__ = ["PublishedProfile", "parse_profiles", "published_profiles"]

_LONGEST = 100


@dataclass(frozen=True, slots=True)
class PublishedProfile:
    """One version of a profile, as the server lists it."""

    name: str
    version: str
    published: dt.date
    digest: str
    addresses: tuple[str, ...]


def published_profiles(url: str) -> tuple[PublishedProfile, ...]:
    """Return the versions that the server at `url` publishes. Errors: LeastwayError."""
    server = UrlLog(url)
    try:
        data = server.read("published/profiles")
    finally:
        server.close()
    if data is None:
        raise LeastwayError("the server publishes no profiles", where=url, fix="update the server")
    try:
        return parse_profiles(data)
    except ValueError as error:
        raise LeastwayError(f"the server's profiles cannot be read: {error}", where=url) from None


def parse_profiles(data: bytes) -> tuple[PublishedProfile, ...]:
    """Read the server's list. Raises ValueError with a sentence that states the problem."""
    found = read_bounded_json(data)
    if not isinstance(found, list):
        raise ValueError("it is not a list")
    return tuple(map(_profile, found))


def _profile(written: object) -> PublishedProfile:
    if not isinstance(written, dict):
        raise ValueError("a profile is not an object")
    name, version, published, digest = (_text(written, key) for key in ("name", "version", "published", "digest"))
    addresses = written.get("addresses")
    if not isinstance(addresses, list):
        raise ValueError("the addresses of a profile are not a list")
    try:
        blocks = tuple(str(ipaddress.ip_network(one)) for one in addresses if isinstance(one, str))
        return PublishedProfile(name, version, dt.date.fromisoformat(published), digest, blocks)
    except ValueError:
        raise ValueError("a date or an address of a profile is not valid") from None


def _text(written: dict[str, object], key: str) -> str:
    value = written.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST or not value.isprintable():
        raise ValueError(f"the {key} of a profile is not a text of 1 to {_LONGEST} characters that print")
    return value

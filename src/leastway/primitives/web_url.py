"""URLs of the web that a user gives, and whether a host is this machine: the only one reached without TLS."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

__all__ = ["is_loopback", "split_web_url", "without_user"]


def split_web_url(url: str) -> SplitResult | None:
    """Return the parts of an http or https URL with a host and a valid port, or None for any other text.

    A URL with a user or a password is none: tokens have places of their own, and messages name URLs.
    """
    try:
        parts = urlsplit(url)
        is_valid = (
            parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
        )
    except ValueError:  # a bracket without its other one, or a port that is not a number
        return None
    return parts if is_valid else None


def without_user(url: str) -> str:
    """Return a text that should be a URL for a message: without what is before an @, which may be a password."""
    scheme, separator, rest = url.rpartition("://")
    return scheme + separator + rest.rpartition("@")[2]


def is_loopback(host: str) -> bool:
    """Return whether `host` is this machine: `localhost`, 127.0.0.0/8 or ::1."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

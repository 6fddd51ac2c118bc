"""Where a source comes from: one host, one port, one repository, by https or ssh, and nothing else.

A URL has no credentials, no query, and no part that Git, ssh or a shell could read as an option.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from leastway.errors import InvalidInputError

__all__ = ["Remote", "Transport", "remote_of"]

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST = rf"(?P<host>{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:.]+\])"
_USER = r"(?P<user>[A-Za-z0-9_][A-Za-z0-9_.-]*)"
_PATH = r"(?P<path>[A-Za-z0-9_.~%+][A-Za-z0-9_.~%+/-]*)"
_PORT = r"(?::(?P<port>[0-9]{1,5}))?"
_HTTPS = re.compile(f"https://{_HOST}{_PORT}/{_PATH}")
_SSH = re.compile(f"ssh://(?:{_USER}@)?{_HOST}{_PORT}/{_PATH}")
_SHORT_SSH = re.compile(f"{_USER}@{_HOST}:(?P<port>)/?{_PATH}")
_LONGEST = 2048


class Transport(enum.StrEnum):
    """How a source travels."""

    HTTPS = "https"
    SSH = "ssh"


_PORTS = {Transport.HTTPS: 443, Transport.SSH: 22}


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """A repository on a host. `user` is the login of ssh."""

    transport: Transport
    host: str
    port: int
    path: str
    user: str = "git"

    @property
    def url(self) -> str:
        """The one form in which Git gets it, and by which the cache knows it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        place = f"{host}:{self.port}" if self.port != _PORTS[self.transport] else host
        login = f"{self.user}@" if self.transport is Transport.SSH else ""
        return f"{self.transport}://{login}{place}/{self.path}"


def remote_of(url: str) -> Remote:
    """Read the URL of a source. Raises InvalidInputError, without the URL's text if that could have a credential."""
    for pattern, transport in ((_HTTPS, Transport.HTTPS), (_SSH, Transport.SSH), (_SHORT_SSH, Transport.SSH)):
        if len(url) > _LONGEST or (found := pattern.fullmatch(url)) is None:
            continue
        port = int(found["port"] or _PORTS[transport])
        if not 0 < port < 65536 or ".." in found["path"].split("/"):
            break
        user = found["user"] if transport is Transport.SSH else None
        return Remote(
            transport=transport,
            host=found["host"].strip("[]").lower(),
            port=port,
            path=found["path"],
            user=user or "git",
        )
    raise InvalidInputError(
        "the URL of a source is neither https nor ssh, or has parts that are not allowed",
        where=None if "@" in url and "://" in url else url,
        fix="write https://HOST/PATH.git, ssh://git@HOST/PATH.git or git@HOST:PATH.git, without a credential",
    )

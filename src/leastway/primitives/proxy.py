"""The proxy that an environment variable names: one reading of it for every connection that leastway opens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from leastway.errors import LeastwayError

__all__ = ["Proxy"]

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_HOST = re.compile(r"[A-Za-z0-9._:%-]+")
_FIX = "name it as http://HOST:PORT in HTTPS_PROXY, or leave this host out with NO_PROXY"


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where a proxy is, without a user; `user` and `password` are empty where it asks for none. Never printed."""

    origin: str
    user: str = ""
    password: str = ""

    @classmethod
    def parse(cls, text: str, *, where: str) -> Proxy:
        """Read what HTTPS_PROXY says: HOST:PORT is http, as curl takes it, and USER:PASSWORD@ may stand before it.

        LeastwayError about `where` for a SOCKS proxy, which no connection here speaks to, and for what is no address.
        The text is not repeated: it may hold a password.
        """
        url = text.strip()
        url = url if _SCHEME.match(url) else f"http://{url.removeprefix('//')}"
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port, parts = None, None, urlsplit("http://")
        if parts.scheme.startswith("socks"):
            raise LeastwayError(f"a {parts.scheme} proxy cannot be used", where=where, fix=_FIX)
        if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host or ""):
            raise LeastwayError("the proxy's address cannot be understood", where=where, fix=_FIX)
        name = f"[{host}]" if ":" in str(host) else host
        origin = f"{parts.scheme}://{name}" + (f":{port}" if port is not None else "")
        return cls(origin, unquote(parts.username or ""), unquote(parts.password or ""))

    def __repr__(self) -> str:
        return f"Proxy({self.origin!r})"

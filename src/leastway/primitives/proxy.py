"""The proxy that an environment variable names: one reading of it for every connection that leastway opens."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies

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

    @classmethod
    def on_the_way_to(cls, url: str, *, where: str) -> Proxy | None:
        """Return the proxy that the environment names for `url`, or None where it names none or NO_PROXY leaves it out.

        NO_PROXY is a list of names, which hold for what ends with them too, `host:port`, networks (10.0.0.0/8) and `*`.
        """
        named = getproxies()
        proxy = named.get(urlsplit(url).scheme) or named.get("all")
        if not proxy or _is_left_out(url, named.get("no", "")):
            return None
        return cls.parse(proxy, where=where)

    def __repr__(self) -> str:
        return f"Proxy({self.origin!r})"


def _is_left_out(url: str, no_proxy: str) -> bool:
    parts = urlsplit(url.lower())
    names = (f".{parts.hostname}", f".{parts.netloc}")
    for rule in (text.strip() for text in no_proxy.lower().split(",")):
        if rule == "*" or _is_within(parts.hostname or "", rule):
            return True
        if (end := rule.lstrip(".")) and any(name.endswith(f".{end}") for name in names):
            return True
    return False


def _is_within(host: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False

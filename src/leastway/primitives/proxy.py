"""The proxy from the environment variables, read in the same way for every connection that leastway opens."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies

from leastway.errors import LeastwayError

__all__ = ["ProxyAddress"]

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_HOST = re.compile(r"[A-Za-z0-9._:%-]+")
_FIX = "set HTTPS_PROXY to http://HOST:PORT, or exclude this host with NO_PROXY"


@dataclass(frozen=True, slots=True)
class ProxyAddress:
    """The address of a proxy; `user` and `password` are empty if it requires none. Never printed."""

    origin: str
    user: str = ""
    password: str = ""

    @classmethod
    def parse(cls, text: str, *, where: str) -> ProxyAddress:
        """Parse a value of HTTPS_PROXY: HOST:PORT means http, as in curl, optionally with USER:PASSWORD@ before it.

        Raises LeastwayError about `where` for a SOCKS proxy, which no connection here supports, and for an invalid
        address. The message does not repeat the text, which may hold a password.
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
            raise LeastwayError("the proxy's address is not valid", where=where, fix=_FIX)
        name = f"[{host}]" if ":" in str(host) else host
        origin = f"{parts.scheme}://{name}" + (f":{port}" if port is not None else "")
        return cls(origin, unquote(parts.username or ""), unquote(parts.password or ""))

    @classmethod
    def on_the_way_to(cls, url: str, *, where: str) -> ProxyAddress | None:
        """Return the proxy from the environment for `url`, or None if there is none or NO_PROXY excludes the host.

        NO_PROXY is a list of names, which also match their subdomains, of `host:port`, networks (10.0.0.0/8) and `*`.
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

"""The connections to a published log or a witness, by way of the configured proxy unless it is on this machine."""

from __future__ import annotations

import urllib3

from leastway.primitives import ProxyAddress, is_loopback, split_web_url

__all__ = ["pool_to"]


def pool_to(url: str, *, timeout: urllib3.Timeout, retries: urllib3.Retry) -> urllib3.PoolManager:
    """Return the connections to a URL that was checked. Errors: LeastwayError for a proxy that cannot be used."""
    parts = split_web_url(url)
    is_here = parts is not None and is_loopback(parts.hostname or "")
    proxy = None if is_here else ProxyAddress.on_the_way_to(url, where=url)
    if proxy is None:
        return urllib3.PoolManager(timeout=timeout, retries=retries)
    headers = urllib3.make_headers(proxy_basic_auth=f"{proxy.user}:{proxy.password}") if proxy.user else {}
    return urllib3.ProxyManager(proxy.origin, proxy_headers=headers, timeout=timeout, retries=retries)

"""Why a cluster's endpoint does not answer: TLS, DNS, timeouts, and private endpoints.

Source: EKS User Guide, "Cluster API server endpoint": the name of a private endpoint resolves to private addresses.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

from leastway.errors import LeastwayError
from leastway.kube.errors import ProxyRefusedError, UnavailableError

__all__ = ["unreachable"]

_PROXY = "check HTTPS_PROXY (http://USER:PASSWORD@HOST:PORT if it requires a login), or set NO_PROXY for this host"
_OWN_PROXY = "look at the agent, or the proxy, that the definition of the cluster names"
_PRIVATE = "its endpoint is private: run leastway inside its network, or open the endpoint to this address"


def unreachable(error: BaseException, endpoint: str, where: str, *, has_own_proxy: bool = False) -> LeastwayError:
    """Return the error for a request that got no answer; `has_own_proxy` if the environment's was not used."""
    from urllib3 import exceptions as http

    causes = tuple(_causes(error))
    tls = next((cause for cause in causes if isinstance(cause, http.SSLError) or "SSLError" in str(cause)), None)
    if tls is not None:
        return _tls(str(tls), endpoint, where)
    if any(isinstance(cause, http.ProxyError) or "Tunnel connection failed" in str(cause) for cause in causes):
        reason = next((text for cause in reversed(causes) if (text := _tunnel(str(cause)))), "it cannot be reached")
        kind = ProxyRefusedError if reason.startswith("403") else UnavailableError
        return kind(
            f"the proxy does not connect to {endpoint}: {reason}",
            where=where,
            fix=_OWN_PROXY if has_own_proxy else _PROXY,
        )
    if any(isinstance(cause, http.NameResolutionError) for cause in causes):
        return UnavailableError(
            f"the host name of {endpoint} cannot be resolved",
            where=where,
            fix="check that the cluster still exists, and that DNS works on this machine",
        )
    refused = any(isinstance(cause, http.NewConnectionError) for cause in causes)
    late = not refused and any(isinstance(cause, http.TimeoutError) for cause in causes)
    what = f"{endpoint} does not answer in time" if late else f"{endpoint} cannot be reached"
    fix = _PRIVATE if _is_private(endpoint) else f"check the route from this network; if {_PRIVATE}"
    return UnavailableError(what, where=where, fix=fix)


def _tunnel(text: str) -> str:
    """Return a proxy's refusal, `407 Proxy Authentication Required`, or nothing."""
    return text.partition("Tunnel connection failed: ")[2].strip(" '\")\n")


def _tls(problem: str, endpoint: str, where: str) -> LeastwayError:
    if "CERTIFICATE_VERIFY_FAILED" in problem:
        return LeastwayError(
            f"{endpoint} presents a certificate that is not signed by the cluster's CA, so nothing was sent",
            where=where,
            fix="a proxy that intercepts TLS may answer instead of the cluster, or the cluster was recreated: "
            "plan again",
        )
    return LeastwayError(f"{endpoint} does not speak TLS", where=where, fix="check that it is the cluster's endpoint")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and its causes."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        reason = getattr(seen, "reason", None)
        seen = reason if isinstance(reason, BaseException) else seen.__cause__ or seen.__context__


def _is_private(endpoint: str) -> bool:
    """Say whether every address of the endpoint's name is private."""
    host = urlsplit(endpoint).hostname or ""
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    addresses = [ipaddress.ip_address(str(address).partition("%")[0]) for address in found]
    return bool(addresses) and all(address.is_private and not address.is_loopback for address in addresses)

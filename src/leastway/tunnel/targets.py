"""What an agent connects to: its own list, which the server cannot change.

By default that is the API server of the cluster that it runs in, by the names that Kubernetes gives it. Source:
Kubernetes, "Accessing the Kubernetes API from a Pod".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from leastway.errors import InvalidInputError

__all__ = ["AgentTarget", "AgentTargets", "parse_target"]

_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\]")
_IN_CLUSTER: Final = "kubernetes.default.svc"
_FIX = "write HOST:PORT, or HOST:PORT=ADDRESS:PORT to connect elsewhere"


@dataclass(frozen=True, slots=True)
class AgentTarget:
    """What the server may ask for, and the address that the agent then connects to."""

    host: str
    port: int
    address: tuple[str, int]

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class AgentTargets:
    """The list. Names are compared without regard to case and to a dot at the end, addresses however they are written.

    Nothing is resolved before it is found here.
    """

    def __init__(self, targets: Iterable[AgentTarget]) -> None:
        self._targets = tuple(targets)
        self._addresses = {(_canonical(one.host), one.port): one.address for one in self._targets}

    @classmethod
    def of_cluster(cls, environment: Mapping[str, str]) -> AgentTargets:
        """Return the API server of the cluster that this process runs in. Errors: InvalidInputError outside of one."""
        host, port = environment.get("KUBERNETES_SERVICE_HOST", ""), environment.get("KUBERNETES_SERVICE_PORT", "")
        if not host or not port:
            raise InvalidInputError(
                "the agent does not run in a cluster, and has no target",
                fix="name the API server with --target HOST:PORT",
            )
        own = parse_target(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
        return cls((own, AgentTarget(_IN_CLUSTER, 443, own.address)))

    def __iter__(self) -> Iterator[AgentTarget]:
        return iter(self._targets)

    def find(self, host: str, port: int) -> tuple[str, int] | None:
        """Return the address of a target, or None for one that is not on the list."""
        return self._addresses.get((_canonical(host), port))


def parse_target(text: str) -> AgentTarget:
    """Return the target that an option spells. Errors: InvalidInputError."""
    name, equals, address = text.partition("=")
    host, port = _place(name)
    return AgentTarget(host, port, _place(address) if equals else (host, port))


def _canonical(host: str) -> str:
    try:
        return str(ip_address(host))
    except ValueError:
        return host.lower().removesuffix(".")


def _place(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if _HOST.fullmatch(host) is None or not port.isdecimal() or len(port) > 5 or not 0 < int(port) <= 65_535:
        raise InvalidInputError(f"{text!r} is not HOST:PORT", where="--target", fix=_FIX)
    return host.strip("[]").lower(), int(port)

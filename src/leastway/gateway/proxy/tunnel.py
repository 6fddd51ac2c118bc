"""Connections that the run encrypts itself, for the phases that fetch modules and providers from listed hosts.

The gateway does not see what passes. No key of the run opens anything there.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Iterable

__all__ = ["PHASES", "Tunnels", "join"]

PHASES = frozenset({"fetch", "init"})
"""The phases in which listed hosts may be reached."""
_PIECE = 64 << 10


class Tunnels:
    """The hosts that are listed, each with port 443."""

    def __init__(self, hosts: Iterable[str]) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)

    def allows(self, host: str, port: int, phase: str) -> bool:
        """Whether the run may open a connection to this host now."""
        return port == 443 and phase in PHASES and host in self._hosts


def join(one: socket.socket, other: socket.socket, idle_seconds: float) -> None:
    """Pass bytes both ways until one side is silent for too long, or both have ended. Errors: OSError."""
    ways = {one: other, other: one}
    for each in ways:
        each.settimeout(idle_seconds)
    while ways:
        readable, _, _ = select.select(list(ways), [], [], idle_seconds)
        if not readable:
            return
        for each in readable:
            piece = each.recv(_PIECE)
            if piece:
                ways[each].sendall(piece)
            else:
                ways.pop(each).shutdown(socket.SHUT_WR)

"""Pods of one namespace, and the stream to a program in one: what `isolation` needs of a cluster."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any, Protocol

from leastway.errors import LeastwayError

__all__ = ["PodStream", "Pods", "PodsUnavailableError"]


class PodsUnavailableError(LeastwayError):
    """The cluster cannot be reached now, or is busy or failing: the same may succeed a moment later."""


class PodStream(Protocol):
    """The standard input and output of a program in a pod, as one socket."""

    socket: socket.socket
    """What is written to it is read by the program, and the other way round. It ends with the program."""

    def why(self) -> str:
        """Return why it ended, in words of the cluster or of the program's standard error; "" if nothing said so."""
        ...

    def close(self) -> None:
        """End the program's input, and wait for nothing."""
        ...


class Pods(Protocol):
    """The pods of one namespace. Errors of every method: PodsUnavailableError, LeastwayError."""

    @property
    def address(self) -> tuple[str, int]:
        """The IP address and the port of the API server, as this process reaches it."""
        ...

    def keep_policy(self, policy: Mapping[str, Any]) -> None:
        """Let a NetworkPolicy be as given."""
        ...

    def create(self, pod: Mapping[str, Any]) -> None:
        """Create a pod."""
        ...

    def wait(self, name: str, within: float) -> None:
        """Wait until a pod runs, at most `within` seconds; the error says what keeps it from that."""
        ...

    def run(self, name: str, command: tuple[str, ...]) -> PodStream:
        """Start a program in a pod that runs."""
        ...

    def why_ended(self, name: str) -> str:
        """Return why a pod has ended as the cluster says it, such as OOMKilled or Evicted; "" if it does not."""
        ...

    def delete(self, name: str) -> None:
        """Delete a pod at once. It is no error if it is gone."""
        ...

    def delete_ended(self, label: str) -> None:
        """Delete the pods with a label (KEY=VALUE) that ended minutes ago, which nobody has deleted."""
        ...

"""What stands behind the clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leastway.sandbox.process.gateway import Gateway

__all__ = ["Clusters"]


class Clusters:
    """The Kubernetes of each cluster: none yet."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def prepare(self, record: dict[str, Any], aws_auth: Mapping[str, str] | None, namespaces: Sequence[str]) -> None:
        """Say what the Kubernetes of a new cluster begins with."""

    def close_gap(self) -> None:
        """Do nothing."""

    async def snapshot(self) -> Any:
        """Return nothing."""

    async def restore(self, snapshot: Any) -> None:
        """Do nothing."""

    async def reset(self) -> None:
        """Do nothing."""

"""Kill switches of the platform's server, from the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leastway.app.server_client import ServerClient

__all__ = ["ServerSwitches"]


@dataclass(frozen=True, slots=True)
class ServerSwitches:
    """The switches of one organization, through the server. Each is the JSON object of the API."""

    client: ServerClient
    organization: str | None = None

    def every(self) -> Sequence[Mapping[str, Any]]:
        """Return the switches, the newest first."""
        return self.client.objects(self._path())

    def turn_on(self, scope: str, target: str | None, reason: str) -> Mapping[str, Any]:
        """Turn a switch on, and return it with the sessions that it ended."""
        return self.client.object("POST", self._path(), {"scope": scope, "target": target, "reason": reason})

    def turn_off(self, identifier: str) -> None:
        """Turn a switch off."""
        self.client.request("DELETE", self._path(identifier))

    def _path(self, *parts: str) -> str:
        return self.client.path(self.organization, "kill-switches", *parts)

"""Terraform states on the platform's server, from the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leastway.app.server_client import ServerClient
from leastway.errors import LeastwayError
from leastway.primitives import Secret

__all__ = ["ServerStates"]


@dataclass(frozen=True, slots=True)
class ServerStates:
    """The states of one organization, through the server. Each is the JSON object of the API."""

    client: ServerClient
    organization: str | None = None

    def every(self) -> Sequence[Mapping[str, Any]]:
        """Return the states, by title."""
        return self.client.objects(self._path())

    def show(self, state: str, version: int | None = None) -> Mapping[str, Any]:
        """Return a version of a state without secrets, by default the current one."""
        parts = (state,) if version is None else (state, "versions", str(version))
        return self.client.object("GET", self._path(*parts))

    def versions(self, state: str) -> Sequence[Mapping[str, Any]]:
        """Return the versions that are kept, the newest first."""
        return self.client.objects(self._path(state, "versions"))

    def restore(self, state: str, version: int, reason: str) -> Mapping[str, Any]:
        """Make an earlier version the current one, and return the new version."""
        path = self._path(state, "versions", str(version), "restore")
        return self.client.object("POST", path, {"reason": reason})

    def reveal(self, state: str, version: int | None, reason: str) -> Secret:
        """Return a version with its secrets, as Terraform wrote it. Errors: LeastwayError if there is none."""
        number = self.show(state)["current_version"] if version is None else version
        if number is None:
            raise LeastwayError("the state has no version yet", where=state, fix="wait for the first run to write one")
        path = self._path(state, "versions", str(number), "reveal")
        return Secret(self.client.object("POST", path, {"reason": reason})["content"])

    def _path(self, *parts: str) -> str:
        return self.client.path(self.organization, "states", *parts)

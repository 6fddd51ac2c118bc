"""Runs of the platform's server, from the command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leastway.app.server_client import ServerClient
from leastway.app.server_logs import Lost, followed_log, log_lines

__all__ = ["ServerRuns"]


@dataclass(frozen=True, slots=True)
class ServerRuns:
    """The runs of one organization, through the server. Each is the JSON object of the API."""

    client: ServerClient
    organization: str | None = None

    def every(self, most: int, *, unfinished: bool, place: tuple[str, str] | None) -> Sequence[Mapping[str, Any]]:
        """Return the newest runs."""
        query = {"per_page": str(most), "unfinished": "true" if unfinished else None}
        if place is not None:
            query |= {"app_id": place[0], "env_id": place[1]}
        return self.client.objects(self._path(), query=query)

    def create(
        self, place: tuple[str, str], resource: str, action: str, *, approval: bool, params: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Create a run, and return it."""
        body = {
            "app_id": place[0],
            "env_id": place[1],
            "resource": resource,
            "action": action,
            "approval": approval,
            "params": dict(params),
        }
        return self.client.object("POST", self._path(), body)

    def one(self, run: str) -> Mapping[str, Any]:
        """Return a run."""
        return self.client.object("GET", self._path(run))

    def calls(self, run: str) -> Sequence[Mapping[str, Any]]:
        """Return the AWS calls that the gateway judged."""
        return self.client.objects(self._path(run, "calls"))

    def lines(self, run: str) -> Iterator[Mapping[str, Any]]:
        """Yield the lines of the log so far."""
        return log_lines(self.client, self._path(run, "log"))

    def follow(self, run: str, lost: Lost | None = None) -> Iterator[Mapping[str, Any]]:
        """Yield the lines of the log as they come, and at last `{status, error}`. Errors: those of `followed_log`."""
        return followed_log(self.client, self._path(run, "log"), lost)

    def cancel(self, run: str) -> Mapping[str, Any]:
        """Cancel a run, and return it."""
        return self.client.object("POST", self._path(run, "actions", "cancel"))

    def approve(self, run: str, plan_digest: str | None) -> Mapping[str, Any]:
        """Approve the plan of a run, and return the run."""
        path = self._path(run, "actions", "approve")
        return self.client.object("POST", path, {"plan_digest": plan_digest})

    def _path(self, *parts: str) -> str:
        return self.client.path(self.organization, "runs", *parts)

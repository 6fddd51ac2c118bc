"""Deployments to an environment, from the command line, through the platform's server.

What is deployed is a delta or a deployment set of the application; Score files become one delta. The server itself says
what would change, by a dry run, and the deployment that follows leads to the set that was shown, or is aborted.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leastway.app.score import delta_of_file
from leastway.app.server_client import ServerClient
from leastway.app.server_logs import Lost, followed_log, log_lines
from leastway.errors import InvalidInputError, LeastwayError
from leastway.registry import EMPTY_DELTA, combined

__all__ = ["ServerDeployments", "Target", "earlier_deployment"]


@dataclass(frozen=True, slots=True)
class Target:
    """What is deployed: a delta, or a set. `is_new_delta` says that the delta was made for this deployment."""

    delta: str | None = None
    set_id: str | None = None
    is_new_delta: bool = False

    def as_json(self) -> dict[str, str]:
        """Return the members of the body that say so."""
        given = {"delta_id": self.delta, "set_id": self.set_id}
        return {name: value for name, value in given.items() if value is not None}


@dataclass(frozen=True, slots=True)
class ServerDeployments:
    """The deployments of one environment, through the server. Each is the JSON object of the API."""

    client: ServerClient
    organization: str
    application: str
    environment: str

    def every(self) -> Sequence[Mapping[str, Any]]:
        """Return the deployments, the newest first."""
        return self.client.objects(self._path())

    def one(self, deployment: str) -> Mapping[str, Any]:
        """Return one deployment."""
        return self.client.object("GET", self._path(deployment))

    def newest(self) -> Mapping[str, Any]:
        """Return the newest deployment. Errors: LeastwayError if there is none."""
        found = self.every()
        if not found:
            raise LeastwayError(
                f"nothing was deployed to {self.application}/{self.environment} yet", fix="run leastway deploy"
            )
        return found[0]

    def errors(self, deployment: str) -> Sequence[Mapping[str, Any]]:
        """Return what failed in a deployment."""
        return self.client.objects(self._path(deployment, "errors"))

    def target_of_files(self, files: Sequence[Path]) -> Target:
        """Make a delta on the server that adds the workloads of Score files. Errors: InvalidInputError at the member.

        A workload that two files name is refused, and so is a shared resource that they do not agree on: one of them
        would be lost.
        """
        delta, named = EMPTY_DELTA, dict[str, Path]()
        shared: dict[str, tuple[Path, Any]] = {}
        for file in files:
            one = delta_of_file(file)
            for name in one.add:
                if name in named:
                    raise InvalidInputError(
                        f"the workload {name!r} appears twice",
                        where=f"{named[name]}, {file}",
                        fix="give one of them another metadata.name",
                    )
                named[name] = file
            for step in one.shared:
                other, value = shared.setdefault(step.pointer, (file, step.value))
                if value != step.value:
                    raise InvalidInputError(
                        f"the files do not agree on the shared resource {step.pointer[1:]!r}",
                        where=f"{other}, {file}",
                        fix="give both the same type, class and params, or one of them another id",
                    )
            delta = combined(delta, one)
        metadata = {"name": f"leastway deploy: {', '.join(named)}"[:500], "env_id": self.environment}
        made = self.client.object("POST", self._of_application("deltas"), {"metadata": metadata, **delta.as_json()})
        return Target(delta=str(made["id"]), is_new_delta=True)

    def forget(self, target: Target) -> None:
        """Archive a delta that was made for a deployment that did not begin, if the server answers."""
        if target.is_new_delta and target.delta is not None:
            with contextlib.suppress(LeastwayError):
                self.client.request("PUT", self._of_application("deltas", target.delta, "metadata", "archived"), True)

    def create(self, target: Target, comment: str = "", *, is_dry_run: bool = False) -> Mapping[str, Any]:
        """Start a deployment, or a dry run, and return it."""
        body = {**target.as_json(), "comment": comment, "dry_run": is_dry_run}
        return self.client.object("POST", self._path(), body)

    def create_as_shown(self, target: Target, comment: str, shown: Mapping[str, Any]) -> Mapping[str, Any]:
        """Start a deployment to the set that a dry run has shown, and return it.

        Errors: LeastwayError if it leads to another set, because the environment has changed since; it is aborted.
        """
        made = self.create(target, comment)
        if made["set_id"] != shown["set_id"]:
            self.abort(made["id"])
            raise LeastwayError(
                f"{self.application}/{self.environment} has changed since, so the deployment would be another one",
                where=f"deployment {made['id']}, which was aborted",
                fix="run the same command again, and look at what would change",
            )
        return made

    def begun(self, shown: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the deployment that began after a dry run and leads to its set; None if the server shows none."""
        with contextlib.suppress(LeastwayError):
            for one in self.every():
                if one["set_id"] == shown["set_id"] and one["created_at"] > shown["created_at"]:
                    return one
        return None

    def abort(self, deployment: str) -> Mapping[str, Any]:
        """Abort a deployment, and return it."""
        return self.client.object("POST", self._path(deployment, "actions", "abort"))

    def lines(self, deployment: str) -> Iterator[Mapping[str, Any]]:
        """Yield the lines of the log so far."""
        return log_lines(self.client, self._path(deployment, "log"))

    def follow(self, deployment: str, lost: Lost | None = None) -> Iterator[Mapping[str, Any]]:
        """Yield the lines of the log as they come, and at last `{status, error}`. Errors: those of `followed_log`."""
        return followed_log(self.client, self._path(deployment, "log"), lost)

    def _path(self, *parts: str) -> str:
        return self._of_application("envs", self.environment, "deploys", *parts)

    def _of_application(self, *parts: str) -> str:
        return self.client.path(self.organization, "apps", self.application, *parts)


def earlier_deployment(deployments: Sequence[Mapping[str, Any]], wanted: str | None = None) -> Mapping[str, Any]:
    """Return the deployment that a rollback goes back to: `wanted`, or the last good one before the newest.

    `deployments` are the newest first. The last good one has succeeded, and has another set than the newest unless that
    one failed. Errors: LeastwayError if there is none, or if `wanted` did not succeed.
    """
    if wanted is not None:
        found = next((one for one in deployments if one["id"] == wanted), None)
        if found is None:
            raise LeastwayError(f"deployment {wanted!r} does not exist", fix="leastway deployments list names them")
        if found["status"] != "succeeded":
            raise LeastwayError(f"deployment {wanted} did not succeed", fix="go back to one that did")
        return found
    newest, *before = deployments or ({"status": "", "set_id": ""},)
    good = (one for one in before if one["status"] == "succeeded")
    if newest["status"] != "failed":
        good = (one for one in good if one["set_id"] != newest["set_id"])
    earlier = next(good, None)
    if earlier is None:
        raise LeastwayError(
            "there is no earlier deployment to go back to", fix="leastway deployments list shows what there is"
        )
    return earlier

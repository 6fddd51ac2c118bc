"""A deployment as durable steps: freeze, prepare, reach, provision, check, apply, rollout, prune.

1. A step that ended is never repeated. One that a killed server had begun is done again, so each is idempotent.
2. Everything that can be refused is refused before the first change: definitions, agents and the cluster are looked at
   before a run starts, and the rights are asked for before an object is applied.
3. Before each step, and in the long ones, the deployment looks whether somebody aborted it.
4. What a step could not do ends the deployment as failed, and is recorded. What the server could not do, such as
   writing to its database, is tried again later.
5. However a deployment ends, its end is the last step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final, Protocol

from leastway.errors import LeastwayError
from leastway.ports import Steps
from leastway.registry import DeploymentError, DeploymentPhase, DeploymentStatus

__all__ = ["DeployWork", "DeploymentFailedError", "carry_out_deployment"]


class DeploymentFailedError(LeastwayError):
    """The deployment cannot go on. Nothing will be tried again by itself."""

    def __init__(self, *errors: DeploymentError) -> None:
        super().__init__("; ".join(one.message for one in errors))
        self.errors = errors


class DeployWork(Protocol):
    """What the steps do with the deployment of an id. Results are JSON without secrets.

    Each may raise DeploymentFailedError, which ends the deployment; WaitingError, after which the step goes on later;
    or another error, after which it is done again. Each may be called again after a kill.
    """

    def freeze(self, deployment: str, /) -> dict[str, Any]:
        """Settle the graph, and return whether it `is_dry_run`, `needs_cluster`, and what is only `passing`."""
        ...

    def prepare(self, deployment: str, /) -> dict[str, Any]:
        """Provision what changes nothing outside of this server."""
        ...

    def reach(self, deployment: str, /) -> dict[str, Any]:
        """Ask the cluster who it is, if what is prepared suffices to reach it."""
        ...

    def provision(self, deployment: str, /) -> dict[str, Any]:
        """Provision the resources. Errors: WaitingError while runs work."""
        ...

    def check(self, deployment: str, /) -> dict[str, Any]:
        """Check the cluster's identity and the rights in it, and record what is going to be applied."""
        ...

    def compare(self, deployment: str, /) -> dict[str, Any]:
        """Say what would change in the cluster."""
        ...

    def apply(self, deployment: str, /) -> dict[str, Any]:
        """Apply the objects."""
        ...

    def begin_rollout(self, deployment: str, /) -> dict[str, Any]:
        """Return the time from which the rollouts are watched."""
        ...

    def rollout(self, deployment: str, since: dict[str, Any], /) -> dict[str, Any]:
        """Watch the rollouts until they end."""
        ...

    def prune(self, deployment: str, frozen: dict[str, Any], /) -> dict[str, Any]:
        """Remove the objects that left the set, then the resources; return the `errors` of those that stay.

        Errors: WaitingError while runs work.
        """
        ...

    def end(self, deployment: str, status: DeploymentStatus, errors: tuple[DeploymentError, ...], /) -> None:
        """Enter the end of the deployment, and cancel the runs of one that failed."""
        ...


_FAILED: Final = DeploymentStatus.FAILED.value


def carry_out_deployment(work: DeployWork, steps: Steps, deployment: str) -> dict[str, Any]:
    """Carry out the deployment with this id, from where it was left, and return its `status`.

    Errors: those of the server itself; the deployment goes on when this is called again.
    """
    ended = _until_the_end(work, steps, deployment)
    errors = tuple(DeploymentError(**one) for one in ended.get("errors", ()))

    def end() -> dict[str, Any]:
        work.end(deployment, DeploymentStatus(ended["status"]), errors)
        return {"status": ended["status"]}

    result: dict[str, Any] = steps.once("end", end)
    return result


def _until_the_end(work: DeployWork, steps: Steps, deployment: str) -> dict[str, Any]:
    frozen = _step(steps, DeploymentPhase.FREEZE.value, lambda: work.freeze(deployment))
    if "status" in frozen:
        return frozen
    first: list[tuple[str, Callable[[], dict[str, Any]]]] = [("prepare", lambda: work.prepare(deployment))]
    if frozen["needs_cluster"]:
        first.append(("reach", lambda: work.reach(deployment)))
    if not frozen["is_dry_run"]:
        first.append(("provision", lambda: work.provision(deployment)))
    if frozen["needs_cluster"]:
        first.append(("check", lambda: work.check(deployment)))
    for name, act in first:
        if "status" in (found := _step(steps, name, act)):
            return found
    return _change(work, steps, deployment, frozen)


def _change(work: DeployWork, steps: Steps, deployment: str, frozen: dict[str, Any]) -> dict[str, Any]:
    changes: list[tuple[str, Callable[[], dict[str, Any]]]] = []
    if frozen["is_dry_run"]:
        changes += [("compare", lambda: work.compare(deployment))] if frozen["needs_cluster"] else []
    else:
        if frozen["needs_cluster"]:
            changes.append(("apply", lambda: work.apply(deployment)))
            changes.append(("begin-rollout", lambda: work.begin_rollout(deployment)))
            changes.append(("rollout", lambda: work.rollout(deployment, done["begin-rollout"])))
        changes.append(("prune", lambda: work.prune(deployment, frozen)))
    done: dict[str, dict[str, Any]] = {}
    for name, act in changes:
        done[name] = _step(steps, name, act)
        if "status" in done[name]:
            return done[name]
    return {"status": DeploymentStatus.SUCCEEDED.value, "errors": done.get("prune", {}).get("errors", [])}


def _step(steps: Steps, name: str, act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    def recorded() -> dict[str, Any]:
        try:
            return act()
        except DeploymentFailedError as error:
            return {"status": _FAILED, "errors": [asdict(one) for one in error.errors]}

    found: dict[str, Any] = steps.once(name, recorded)
    return found

"""A run as durable steps: fetch, scan, init, plan, check, approve, apply the saved plan, outputs, record.

1. A step that ended is never repeated. One that a killed server had begun is done again, so each is idempotent, except
   for an apply.
2. A saved plan is marked as used before its apply begins. A server that finds it used and cannot find the apply again
   does not repeat it: it saves what state there is, and plans anew, in the next attempt. Before Terraform's first state
   there is nothing that would stop the same plan from being applied twice.
3. Before each step the run looks whether somebody cancelled it.
4. What a step of the run could not do ends the run as failed, and is recorded. What the server could not do, such as
   writing to its database, is tried again later.
5. However a run ends, its end is the last step: the lease is given up, the state's lock freed, the folder removed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

from leastway.errors import LeastwayError
from leastway.ports import Steps
from leastway.registry import RunAction, RunPhase, RunStatus

__all__ = ["CancelledError", "RunFailedError", "RunWork", "carry_out"]

_MOST_ATTEMPTS: Final = 5
"""How often a run plans anew after an apply whose end nobody knows."""


class RunFailedError(LeastwayError):
    """The run cannot go on. Nothing will be tried again by itself."""


class CancelledError(LeastwayError):
    """Somebody cancelled the run; `how` says what was ended, and how."""

    def __init__(self, how: str) -> None:
        super().__init__("the run was cancelled", fix="start another one")
        self.how = how


class RunWork(Protocol):
    """What the steps do. Results are JSON without secrets.

    Each may raise RunFailedError and CancelledError, which end the run, or another error, after which the step is done
    again. Each may be called again after a kill; `attempt` counts from 1.
    """

    def begin(self, run: str, /) -> dict[str, Any]:
        """Settle what governs the run, and return its `action` and whether it `needs_approval`."""
        ...

    def fetch(self, run: str, attempt: int, /) -> dict[str, Any]:
        """Fetch the module and what it refers to. Attempts after the first fetch the same commit."""
        ...

    def scan(self, run: str, attempt: int, /) -> dict[str, Any]:
        """Look at the module before any of its code runs."""
        ...

    def init(self, run: str, attempt: int, /) -> dict[str, Any]:
        """Initialize the module, and check which backend and providers are in effect."""
        ...

    def plan(self, run: str, attempt: int, /) -> dict[str, Any]:
        """Plan, and save the plan where the sandbox cannot write; return whether it `has_changes`."""
        ...

    def check(self, run: str, attempt: int, /) -> dict[str, Any]:
        """Judge the plan."""
        ...

    def approve(self, run: str, attempt: int, /) -> dict[str, Any]:
        """Return once the plan is approved. Errors: WaitingError until then."""
        ...

    def apply(self, run: str, attempt: int, /) -> dict[str, Any]:
        """Apply the saved plan. Return `again` if an earlier apply of it was begun, and its end is not known."""
        ...

    def outputs(self, run: str, attempt: int, /) -> dict[str, Any]:
        """Read the outputs, and store those that are secret in custody."""
        ...

    def record(self, run: str, attempt: int, /) -> dict[str, Any]:
        """Record the active resource, or that it is gone."""
        ...

    def end(self, run: str, status: RunStatus, /, *, error: str | None = None, how: str | None = None) -> None:
        """End the run: give back everything that it holds, and enter its end."""
        ...


def carry_out(work: RunWork, steps: Steps, run: str) -> dict[str, Any]:
    """Carry out the run with this id, from where it was left, and return its `status`.

    Errors: those of the server itself; the run goes on when this is called again.
    """
    ended = _until_the_end(work, steps, run)

    def end() -> dict[str, Any]:
        work.end(run, RunStatus(ended["status"]), error=ended.get("error"), how=ended.get("how"))
        return {"status": ended["status"]}

    result: dict[str, Any] = steps.once("end", end)
    return result


def _until_the_end(work: RunWork, steps: Steps, run: str) -> dict[str, Any]:
    begun = _step(steps, "begin", lambda: work.begin(run))
    if "status" in begun:
        return begun
    for attempt in range(1, _MOST_ATTEMPTS + 1):
        ended = _attempt(work, steps, run, attempt, begun)
        if "again" not in ended:
            return ended
    error = f"the server was killed in each of {_MOST_ATTEMPTS} attempts (look at the state, then start another run)"
    return {"status": RunStatus.FAILED.value, "error": error}


def _attempt(work: RunWork, steps: Steps, run: str, attempt: int, begun: dict[str, Any]) -> dict[str, Any]:
    action = RunAction(begun["action"])
    done: dict[str, Any] = {}
    for phase, act in _phases(work, action, needs_approval=begun["needs_approval"]):
        if phase in (RunPhase.APPROVE, RunPhase.APPLY) and not done["has_changes"]:
            continue
        found = _step(steps, f"{phase.value}-{attempt}", lambda act=act: act(run, attempt))  # type: ignore[misc]
        if "status" in found or "again" in found:
            return found
        done |= found
        if phase is RunPhase.CHECK and action is RunAction.PLAN:
            break
    return {"status": RunStatus.SUCCEEDED.value}


def _phases(
    work: RunWork, action: RunAction, *, needs_approval: bool
) -> list[tuple[RunPhase, Callable[[str, int], dict[str, Any]]]]:
    every = [
        (RunPhase.FETCH, work.fetch),
        (RunPhase.SCAN, work.scan),
        (RunPhase.INIT, work.init),
        (RunPhase.PLAN, work.plan),
        (RunPhase.CHECK, work.check),
        (RunPhase.APPROVE, work.approve),
        (RunPhase.APPLY, work.apply),
        (RunPhase.OUTPUTS, work.outputs),
        (RunPhase.RECORD, work.record),
    ]
    left_out = set() if needs_approval else {RunPhase.APPROVE}
    if action is RunAction.DESTROY:
        left_out.add(RunPhase.OUTPUTS)
    return [(phase, act) for phase, act in every if phase not in left_out]


def _step(steps: Steps, name: str, act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return the result of a step, or how the run ends in it."""

    def tried() -> dict[str, Any]:
        try:
            return act()
        except CancelledError as error:
            return {"status": RunStatus.CANCELLED.value, "how": error.how}
        except RunFailedError as error:
            return {"status": RunStatus.FAILED.value, "error": str(error)}

    result: dict[str, Any] = steps.once(name, tried)
    return result

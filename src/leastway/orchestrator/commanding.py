"""Runs Terraform's commands for the steps, and says what a failed one means for its run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, NamedTuple

from leastway.errors import LeastwayError, OutOfReachError
from leastway.orchestrator.attempt import Attempt, CommandEnd, GoneError
from leastway.orchestrator.last_calls import last_words
from leastway.orchestrator.preparing import Preparing
from leastway.orchestrator.procedure import CancelledError, RunFailedError
from leastway.orchestrator.workshop import Job, Workshop, kept_module
from leastway.ports import WaitingError
from leastway.registry import Run, RunCredentials, RunPhase
from leastway.store import PlatformStore

__all__ = ["Commanding", "NamedCommand", "failing", "the_apply", "the_init", "the_plan", "the_show"]

_LEAST_LEFT: Final = timedelta(minutes=10)
"""What injected credentials must last when an apply begins."""
_LOOK: Final = "look at the run's calls and its state, then start another run"


class NamedCommand(NamedTuple):
    """One of Terraform's commands (`word`) in a phase of an attempt, in which its name is unique."""

    name: str
    phase: RunPhase
    word: str


@dataclass(frozen=True, slots=True)
class Commanding:
    """Runs commands. `rescue` stores the state that a failed apply could not send."""

    store: PlatformStore
    preparing: Preparing
    workshop: Workshop
    rescue: Callable[[Run, Attempt], None]

    def job(self, run: Run, current: Attempt, named: NamedCommand) -> Job:
        """Return a command with all that it needs. Errors: RunFailedError, LeastwayError."""
        module = kept_module(current.folder)
        if module is None:
            raise RunFailedError("the run's folder is gone", fix="start another run")
        return self.workshop.job(run, current, self.preparing, module, *named)

    def run(
        self,
        run: Run,
        current: Attempt,
        named: NamedCommand,
        *,
        accepted: tuple[int, ...] = (0,),
        following: NamedCommand | None = None,
    ) -> CommandEnd:
        """Run a command; meanwhile, the sandbox of the `following` one is made.

        Errors: RunFailedError, CancelledError, GoneError.
        """
        phase, word = named.phase, named.word
        with failing():
            job = self.job(run, current, named)
            next_one = None if following is None else self.job(run, current, following).command
            ended = current.run_command(job.command, job.printed, next_one)
        job.log.end()
        if ended.ended == "by itself" and ended.code in accepted:
            return ended
        current.journal.flush()
        if phase is RunPhase.APPLY:
            self.rescue(run, current)
        left = last_words(self.store, run, is_killed=current.killed_because is not None)
        if current.killed_because is not None:
            said = "; ".join([f"{current.killed_because}; it came in {word}", *left])
            raise RunFailedError(said, where=run.role, fix=_LOOK)
        if self._is_cancelled(run):
            raise CancelledError(ended.after_interrupts(word, current.interrupts))
        why = "; ".join(job.log.errors) or (f"it ended {ended.ended}" if ended.ended != "by itself" else "")
        tail = "\n".join(current.journal.tail) if self.preparing.inputs(run).append_logs_to_error else ""
        said = "; ".join([f"{word} failed with exit code {ended.code}{': ' + why if why else ''}", *left])
        raise RunFailedError(said + (f"\n{tail}" if tail else ""), fix=None if why else "read the run's log")

    @contextmanager
    def ending(self, run: Run, current: Attempt, word: str) -> Iterator[None]:
        """Let what the server itself could not do end the run, by a cancellation or a kill if that is why.

        Errors: RunFailedError, CancelledError, GoneError; WaitingError if the server stops meanwhile.
        """
        try:
            with failing():
                yield
        except RunFailedError as error:
            if current.killed_because is not None:
                raise RunFailedError(
                    f"{current.killed_because}; it came in {word}", where=run.role, fix=_LOOK
                ) from error
            if self._is_cancelled(run):
                raise CancelledError(f"{word} was ended, before anything was made") from error
            if current.attempts.is_stopping:
                raise WaitingError("the server stops", fix="start it again: it does the step again") from error
            raise

    def check_injected(self, run: Run, current: Attempt) -> None:
        """Refuse to begin an apply with injected credentials that expire soon; the gateway refreshes all others."""
        until = current.parts.authority.own_until
        if run.credentials is not RunCredentials.INJECTED or until is None:
            return
        with self.store.reading() as transaction:
            left = until - transaction.now
        if left < _LEAST_LEFT:
            raise RunFailedError(
                f"the injected credentials expire at {until:%H:%M:%S} UTC, which is too soon for an apply",
                where=run.role,
                fix="start another run, or let the gateway sign (surrogate credentials), which refreshes sessions",
            )

    def _is_cancelled(self, run: Run) -> bool:
        with self.store.reading() as transaction:
            found = transaction.runs.find(run.id)
        return found is not None and found.is_cancelled


def the_init(attempt: int) -> NamedCommand:
    """Return the command that initializes the module in an attempt."""
    return NamedCommand(f"init-{attempt}", RunPhase.INIT, "init")


def the_plan(attempt: int) -> NamedCommand:
    """Return the command that saves a plan."""
    return NamedCommand(f"plan-{attempt}", RunPhase.PLAN, "plan")


def the_show(attempt: int, phase: RunPhase) -> NamedCommand:
    """Return the command that shows the saved plan, for this phase."""
    return NamedCommand(f"{phase.value}-show-{attempt}", phase, "show")


def the_apply(attempt: int) -> NamedCommand:
    """Return the command that applies the saved plan."""
    return NamedCommand(f"apply-{attempt}", RunPhase.APPLY, "apply")


@contextmanager
def failing() -> Iterator[None]:
    """Let what a part of the run could not do end the run; a run that cannot go on now goes on later."""
    try:
        yield
    except (RunFailedError, CancelledError, GoneError, OutOfReachError, WaitingError):
        raise
    except LeastwayError as error:
        raise RunFailedError(error.what, where=error.where, fix=error.fix) from error

"""What every step of a deployment needs: the deployment as it is, its log, and whether it is to end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Final, TypeVar

from leastway.kube import ProxyRefusedError, UnavailableError
from leastway.orchestrator.deploying.parts import DeployingParts
from leastway.orchestrator.deploying.procedure import DeploymentFailedError
from leastway.orchestrator.journal import Journal, JournalOfRun
from leastway.ports import WaitingError
from leastway.primitives import Masker, Secret
from leastway.registry import Deployment, DeploymentError, DeploymentPhase, DeploymentStatus
from leastway.tunnel import NoAgentError

__all__ = ["Desk", "Log"]

T = TypeVar("T")

_AGAIN: Final = timedelta(seconds=1)
_PATIENCE: Final = 120.0
"""Seconds for which a step tries again while the cluster cannot be reached."""
_PAUSE: Final = 2.0
_LONGEST_WORDS: Final = 500
"""Characters of what a pod says."""


class Log:
    """The log of one deployment in one phase; secrets that it was told are masked."""

    def __init__(self, journal: JournalOfRun, phase: DeploymentPhase) -> None:
        self._journal = journal
        self._phase = phase
        self._masker = Masker()

    def hide(self, secrets: Iterable[Secret]) -> None:
        """Mask these from now on."""
        self._masker.learn(secrets)

    def masked(self, error: DeploymentError) -> DeploymentError:
        """Return an error with its secrets masked."""
        text = self._masker.text(error.message)
        return DeploymentError(error.scope, error.object_id, error.code, error.summary, text, error.error_type)

    def shortened(self, words: str) -> str:
        """Return the beginning of a long text, masked first: the beginning of a secret would not be found."""
        return self._masker.text(words)[:_LONGEST_WORDS]

    def say(self, text: str) -> None:
        """Add a line, or several."""
        self._journal.say(self._phase.value, self._masker.text(text))

    def flush(self) -> None:
        """Write what waits. Errors: LeastwayError."""
        self._journal.flush()


class Desk:
    """Deployments of this process. Thread-safe; each deployment is on one thread at a time."""

    def __init__(self, parts: DeployingParts) -> None:
        self.parts = parts
        self.is_stopping = False
        self._journal: Journal | None = None
        self._lock = threading.Lock()

    def enter(self, deployment: str, phase: DeploymentPhase) -> tuple[Deployment, Log]:
        """Begin a step: the deployment as it is, and its log. Errors: DeploymentFailedError if it was aborted."""
        found = self.go_on(deployment)
        if found.phase is not phase:
            with self.parts.store.writing() as transaction:
                transaction.deployments.change(deployment, phase=phase, status=DeploymentStatus.IN_PROGRESS)
        return found, self.log(deployment, phase)

    def log(self, deployment: str, phase: DeploymentPhase) -> Log:
        """Return the log of a deployment."""
        with self._lock:
            if self._journal is None:
                self._journal = Journal(self.parts.store, self.parts.clock)
        return Log(self._journal.of(deployment, 1), phase)

    def go_on(self, deployment: str) -> Deployment:
        """Return the deployment as it is.

        Errors: DeploymentFailedError if it was aborted; WaitingError if the server is stopping.
        """
        if self.is_stopping:
            raise WaitingError("the server is stopping")
        found = self.find(deployment)
        if found.is_aborted:
            raise DeploymentFailedError(
                DeploymentError(
                    "deployment",
                    deployment,
                    "aborted",
                    "Aborted",
                    f"the deployment was aborted by {found.aborted_by}; what it changed stays as it is",
                    "aborted",
                )
            )
        return found

    def find(self, deployment: str) -> Deployment:
        """Return a deployment, which exists."""
        with self.parts.store.reading() as transaction:
            found = transaction.deployments.find(deployment)
        assert found is not None, deployment  # noqa: S101 - an unfinished deployment is not deleted
        return found

    def persist(self, deployment: str, log: Log, act: Callable[[], T]) -> T:
        """Return what `act` does, which is tried again while the cluster cannot be reached, for some time.

        What the agent's list of targets lacks is not tried again.

        Errors: those of `act`; those of `go_on`.
        """
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                return act()
            except (UnavailableError, NoAgentError) as error:
                if isinstance(error, ProxyRefusedError) or time.monotonic() >= until:
                    raise
                log.say(f"{error}: it is tried again")
            self.go_on(deployment)
            time.sleep(_PAUSE)

    def later(self, what: str) -> WaitingError:
        """Return the error of a step that goes on in a second."""
        return WaitingError(what, until=self.parts.clock.now() + _AGAIN)

    def close(self) -> None:
        """Write what waits in logs, and end."""
        with self._lock:
            journal, self._journal = self._journal, None
        if journal is not None:
            journal.close()

"""Errors of a deployment in the form of the API: what is meant, in which part, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

from leastway.broker import StoppedError
from leastway.errors import InvalidInputError, LeastwayError, OutOfReachError
from leastway.kube import AdmissionError, ForbiddenError, OtherClusterError, UnavailableError
from leastway.kube.deploying import FieldConflictError
from leastway.orchestrator.deploying.desk import Desk, Log
from leastway.orchestrator.deploying.procedure import DeploymentFailedError
from leastway.ports import CredentialsRejectedError, WaitingError
from leastway.registry import DeploymentError
from leastway.tunnel import NoAgentError

__all__ = ["error_of", "failing", "persist"]

T = TypeVar("T")

_CODES: Final[tuple[tuple[type[LeastwayError], str, str], ...]] = (
    (NoAgentError, "no-agent", "No agent is connected"),
    (OtherClusterError, "other-cluster", "Another cluster answers"),
    (StoppedError, "stopped", "A kill switch stops it"),
    (FieldConflictError, "conflict", "Another manager owns fields"),
    (AdmissionError, "refused", "The cluster refuses it"),
    (ForbiddenError, "forbidden", "The cluster does not permit it"),
    (CredentialsRejectedError, "unauthorized", "The cluster does not accept the token"),
    (UnavailableError, "unavailable", "The cluster cannot be reached"),
    (InvalidInputError, "invalid", "The input is not valid"),
    (LeastwayError, "failed", "It could not be done"),
)


def error_of(error: LeastwayError, scope: str, object_id: str) -> DeploymentError:
    """Return an error as the API has it."""
    code, summary = next((code, summary) for kind, code, summary in _CODES if isinstance(error, kind))
    where = f"{error.where}: " if error.where else ""
    fix = f" ({error.fix})" if error.fix else ""
    return DeploymentError(scope, object_id, code, summary, f"{where}{error.what}{fix}", code)


@contextmanager
def failing(scope: str, object_id: str, log: Log | None = None) -> Iterator[None]:
    """Let what could not be done in the block end the deployment. Secrets that the log knows are masked.

    A deployment that cannot go on now goes on later.
    """
    try:
        yield
    except (DeploymentFailedError, OutOfReachError, WaitingError):
        raise
    except LeastwayError as error:
        found = error_of(error, scope, object_id)
        raise DeploymentFailedError(found if log is None else log.masked(found)) from error


def persist(desk: Desk, deployment: str, log: Log, act: Callable[[], T]) -> T:
    """Return what `act` does, as `Desk.persist`; let what could not be done end the deployment, as `failing`."""
    with failing("deployment", deployment, log):
        return desk.persist(deployment, log, act)

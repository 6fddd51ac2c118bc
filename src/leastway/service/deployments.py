"""Deployments of an environment: created, read, followed and aborted.

A deployment leads to a deployment set: that of the deployment on which the environment is based, changed by a delta; or
a set that is named. At most one deployment of an environment has not ended.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final

from leastway.errors import InvalidInputError
from leastway.registry import (
    EMPTY_SET,
    LINES_AT_ONCE,
    Deployment,
    DeploymentError,
    DeploymentSet,
    Environment,
    RunLine,
)
from leastway.service.caller import Caller, NotFoundError
from leastway.service.deltas import require_delta
from leastway.service.environments import require_environment
from leastway.service.server import Server
from leastway.service.sets import require_set
from leastway.store import ConflictError, Transaction
from leastway.tenants import Permission

__all__ = [
    "WantedDeployment",
    "abort_deployment",
    "create_deployment",
    "read_deployment",
    "read_deployment_lines",
    "read_deployments",
    "read_errors",
]

_LONGEST_COMMENT: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedDeployment:
    """What is asked for. A delta wins over a set; without either, the environment's set is deployed again."""

    delta: str | None = None
    set_id: str | None = None
    comment: str = ""
    is_dry_run: bool = False


def create_deployment(
    server: Server, caller: Caller, organization: str, application: str, environment: str, wanted: WantedDeployment
) -> Deployment:
    """Create a deployment and start it.

    Errors: NotFoundError; InvalidInputError for a delta or set that does not exist or does not fit; ConflictError if
    another deployment of the environment has not ended.
    """
    caller.need(Permission.OPERATE, organization)
    if len(wanted.comment) > _LONGEST_COMMENT:
        raise InvalidInputError(f"it is longer than {_LONGEST_COMMENT} characters", where="comment", fix="shorten it")
    with server.store.writing() as transaction:
        place = require_environment(transaction, organization, application, environment, lock=True)
        unfinished = transaction.deployments.unfinished_in(organization, application, environment)
        if unfinished is not None:
            raise ConflictError(
                f"deployment {unfinished.id} of this environment has not ended", fix="wait until it has, or abort it"
            )
        target = _target(transaction, place, wanted)
        if target != EMPTY_SET:
            transaction.deployment_sets.keep(organization, application, target)
        deployment = Deployment(
            id=str(uuid.uuid4()),
            organization=organization,
            application=application,
            environment=environment,
            set_id=target.id,
            delta_id=wanted.delta,
            from_id=place.from_deployment,
            comment=wanted.comment,
            is_dry_run=wanted.is_dry_run,
            created_at=transaction.now,
            created_by=caller.user.id,
            status_changed_at=transaction.now,
        )
        transaction.deployments.add(deployment)
        entry = caller.entry(
            transaction.now,
            "deployment.created",
            deployment.id,
            status=201,
            place=f"{application}/{environment}",
            set=target.id,
            delta=wanted.delta or "",
            based_on=place.from_deployment or "",
            dry_run=wanted.is_dry_run,
        )
        transaction.audit.append(entry)
    server.work.wake()
    return deployment


def read_deployments(
    server: Server, caller: Caller, organization: str, application: str, environment: str
) -> tuple[Deployment, ...]:
    """Return the deployments of an environment, the newest first, without dry runs. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        require_environment(transaction, organization, application, environment)
        return transaction.deployments.of(organization, application, environment)


def read_deployment(
    server: Server, caller: Caller, organization: str, application: str, environment: str, deployment: str
) -> Deployment:
    """Return one deployment. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        require_environment(transaction, organization, application, environment)
        return _found(transaction, (organization, application, environment), deployment)


def read_errors(
    server: Server, caller: Caller, organization: str, application: str, environment: str, deployment: str
) -> tuple[DeploymentError, ...]:
    """Return what failed in a deployment. Errors: NotFoundError."""
    return read_deployment(server, caller, organization, application, environment, deployment).errors


def read_deployment_lines(
    server: Server,
    caller: Caller,
    organization: str,
    application: str,
    environment: str,
    deployment: str,
    after: int,
) -> tuple[Deployment, tuple[RunLine, ...]]:
    """Return a deployment with the lines of its log after a number, at most 1,000. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        require_environment(transaction, organization, application, environment)
        found = _found(transaction, (organization, application, environment), deployment)
        return found, transaction.runs.lines(deployment, after, LINES_AT_ONCE)


def abort_deployment(
    server: Server, caller: Caller, organization: str, application: str, environment: str, deployment: str
) -> Deployment:
    """Ask a deployment to end: what works in it is interrupted, what it changed stays as it is.

    Errors: NotFoundError; ConflictError if it has ended.
    """
    caller.need(Permission.OPERATE, organization)
    place = (organization, application, environment)
    with server.store.writing() as transaction:
        require_environment(transaction, *place)
        found = _found(transaction, place, deployment)
        if found.status.is_end:
            raise ConflictError(f"the deployment has {found.status.value}", fix="there is nothing to abort")
        if not found.is_aborted:
            transaction.deployments.change(deployment, aborted_at=transaction.now, aborted_by=caller.user.id)
            phase = "" if found.phase is None else found.phase.value
            entry = caller.entry(transaction.now, "deployment.aborted", deployment, status=200, phase=phase)
            transaction.audit.append(entry)
        return _found(transaction, place, deployment)


def _target(transaction: Transaction, place: Environment, wanted: WantedDeployment) -> DeploymentSet:
    """Return the set that a deployment leads to. Errors: InvalidInputError, which repeats nothing of the body."""
    organization, application = place.organization, place.application
    if wanted.delta is not None:
        try:
            delta = require_delta(transaction, organization, application, wanted.delta)
        except NotFoundError as error:
            raise InvalidInputError("the application has no such delta", where="delta_id", fix=error.fix) from error
        if delta.is_archived:
            raise InvalidInputError("the delta is archived", where="delta_id", fix="take it out of the archive first")
        return delta.delta.apply_to(_base(transaction, place) or EMPTY_SET)
    if wanted.set_id is not None:
        try:
            return require_set(transaction, organization, application, wanted.set_id)
        except NotFoundError as error:
            what = "the application has no such deployment set"
            raise InvalidInputError(what, where="set_id", fix=error.fix) from error
    base = _base(transaction, place)
    if base is None:
        raise InvalidInputError(
            "nothing was deployed to this environment yet", where="delta_id, set_id", fix="name a delta or a set"
        )
    return base


def _base(transaction: Transaction, place: Environment) -> DeploymentSet | None:
    if place.from_deployment is None:
        return None
    based = transaction.deployments.of_application(place.organization, place.application, place.from_deployment)
    if based is None:  # it was of an environment that is deleted
        return None
    return require_set(transaction, place.organization, place.application, based.set_id)


def _found(transaction: Transaction, place: tuple[str, str, str], deployment: str) -> Deployment:
    found = transaction.deployments.find(deployment, place)
    if found is None:
        raise NotFoundError(f"deployment {deployment!r} does not exist", fix="list the deployments of the environment")
    return found

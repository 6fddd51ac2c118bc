"""Runs of an organization: created, read, followed, cancelled and approved.

A run is created for one resource of an environment, which is resolved then: the definition's version, its criterion,
its account and its inputs are settled, and the inputs are sealed. A run that destroys takes them from the run that last
provisioned the resource. At most one run for a resource is unfinished.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from leastway.errors import InvalidInputError
from leastway.orchestrator import as_secret, read_inputs
from leastway.orchestrator.recording import end_cancelled, secret_output
from leastway.ports import Holder, HolderKind, SealedSecret, SecretPlace
from leastway.primitives import Secret
from leastway.registry import (
    BUILT_IN_DRIVERS,
    LINES_AT_ONCE,
    OWN_STORE,
    TERRAFORM,
    ActiveResource,
    ResourceKey,
    Run,
    RunAction,
    RunCall,
    RunLine,
    RunPhase,
    RunStatus,
    decoded_inputs,
)
from leastway.resolve import HiddenText, RequestedResource, ResolvedResource, unknowns_in
from leastway.service.caller import Caller, NotFoundError
from leastway.service.environments import require_environment
from leastway.service.resolution import resolve_environment
from leastway.service.server import Server
from leastway.store import ConflictError, Transaction
from leastway.tenants import Permission

__all__ = [
    "WantedRun",
    "approve_run",
    "cancel_run",
    "create_run",
    "destroying_run",
    "provisioning_run",
    "read_calls",
    "read_lines",
    "read_run",
    "read_runs",
]

_MOST_CALLS: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedRun:
    """What is asked for: one resource of an environment, and its inputs (`params`) as a deployment would give them."""

    application: str
    environment: str
    resource: str
    action: RunAction = RunAction.APPLY
    needs_approval: bool = False
    params: Mapping[str, Any] = field(default_factory=dict)


def create_run(server: Server, caller: Caller, organization: str, wanted: WantedRun) -> Run:
    """Create a run and start it. Errors: NotFoundError; InvalidInputError; ConflictError if one is unfinished."""
    caller.need(Permission.OPERATE, organization)
    if wanted.action is RunAction.DESTROY:
        run, sealed = destroying_run(server, organization, wanted, by=caller.user.id)
    else:
        resource = _resolved(server, caller, organization, wanted)
        run, sealed = provisioning_run(server, organization, wanted, resource, by=caller.user.id)
    server.runs.check_ready()
    with server.store.writing() as transaction:
        require_environment(transaction, organization, wanted.application, wanted.environment, lock=True)
        unfinished = transaction.runs.unfinished_of(run.organization, run.guresid)
        if unfinished is not None:
            raise ConflictError(
                f"run {unfinished.id} for this resource has not ended", fix="wait until it has, or cancel it"
            )
        run = replace(run, created_at=transaction.now)
        transaction.runs.add(run)
        transaction.secrets.add(sealed, caller.user.id)
        entry = caller.entry(
            transaction.now,
            "run.created",
            run.id,
            status=201,
            place=f"{run.application}/{run.environment}",
            resource=str(run.key),
            definition=run.definition,
            version=run.definition_version,
            account=run.account or "",
            run_action=run.action.value,
            credentials=run.credentials.value,
            warnings=run.warnings,
            needs_approval=run.needs_approval,
        )
        transaction.audit.append(entry)
    server.runs.start(run.id)
    return run


def read_runs(
    server: Server,
    caller: Caller,
    organization: str,
    most: int,
    *,
    unfinished: bool = False,
    place: tuple[str, str] | None = None,
) -> tuple[Run, ...]:
    """Return the newest runs, those of one application and environment with `place`. Errors: NotFoundError for it."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        if place is not None:
            require_environment(transaction, organization, *place)
        return transaction.runs.of(organization, most, unfinished=unfinished, place=place)


def read_run(server: Server, caller: Caller, organization: str, run: str) -> Run:
    """Return one run. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        return _found(transaction, organization, run)


def read_calls(server: Server, caller: Caller, organization: str, run: str) -> tuple[RunCall, ...]:
    """Return the AWS calls that the gateway judged in a run, in their order. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        _found(transaction, organization, run)
        return transaction.runs.calls(run, _MOST_CALLS)


def read_lines(
    server: Server, caller: Caller, organization: str, run: str, after: int
) -> tuple[Run, tuple[RunLine, ...]]:
    """Return a run and lines of its log behind the number `after`, at most a thousand. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        return _found(transaction, organization, run), transaction.runs.lines(run, after, LINES_AT_ONCE)


def cancel_run(server: Server, caller: Caller, organization: str, run: str) -> Run:
    """Cancel a run: what works in it is interrupted, then ended. One that has not begun ends at once.

    Errors: NotFoundError; ConflictError if it ended.
    """
    caller.need(Permission.OPERATE, organization)
    with server.store.writing() as transaction:
        found = _found(transaction, organization, run)
        if found.status.is_end:
            raise ConflictError(f"the run has ended: {found.status.value}", fix="there is nothing to cancel")
        if not found.is_cancelled:
            transaction.runs.change(run, cancelled_at=transaction.now, cancelled_by=caller.user.id)
            phase = "" if found.phase is None else found.phase.value
            transaction.audit.append(caller.entry(transaction.now, "run.cancelled", run, status=200, phase=phase))
        has_ended = end_cancelled(transaction, found)
        cancelled = _found(transaction, organization, run)
    if not has_ended:
        server.runs.cancel(run)
    return cancelled


def approve_run(server: Server, caller: Caller, organization: str, run: str, plan_digest: str | None) -> Run:
    """Approve the plan of a run that waits for it; with `plan_digest`, only that plan.

    Errors: NotFoundError; ConflictError if it does not wait, or waits with another plan.
    """
    caller.need(Permission.OPERATE, organization)
    with server.store.writing() as transaction:
        found = _found(transaction, organization, run)
        if found.is_cancelled and not found.status.is_end:
            raise ConflictError("the run is being cancelled", fix="start another run")
        if found.status is not RunStatus.AWAITING_APPROVAL:
            raise ConflictError(f"the run does not wait for an approval: {found.status.value}", fix="look at the run")
        if plan_digest is not None and plan_digest != found.plan_digest:
            raise ConflictError("the run has another plan by now", fix="look at its plan again, then approve that one")
        transaction.runs.change(
            run,
            approved_at=transaction.now,
            approved_by=caller.user.id,
            status=RunStatus.RUNNING,
            phase=RunPhase.APPROVE,
        )
        digest = found.plan_digest or ""
        transaction.audit.append(caller.entry(transaction.now, "run.approved", run, status=200, plan=digest))
        approved = _found(transaction, organization, run)
    server.runs.start(run)
    return approved


def provisioning_run(
    server: Server,
    organization: str,
    wanted: WantedRun,
    resource: ResolvedResource,
    *,
    by: str,
    identifier: str | None = None,
) -> tuple[Run, SealedSecret]:
    """Return a run that provisions a resource with all its inputs, and these sealed. Errors: InvalidInputError."""
    _check_known(resource)
    definition = resource.definition
    assert definition is not None  # noqa: S101 - it was checked
    driver = BUILT_IN_DRIVERS[TERRAFORM]
    values = _opened(server, organization, decoded_inputs(driver, resource.values), "driver_inputs.values")
    secrets = _apart(values, _opened(server, organization, resource.secrets, "driver_inputs.secrets"))
    inputs = read_inputs(values, secrets, role_prefix=server.platform.role_prefix)
    account = resource.account or None
    run = Run(
        id=identifier or str(uuid.uuid4()),
        organization=organization,
        application=wanted.application,
        environment=wanted.environment,
        key=resource.key,
        guresid=resource.guresid,
        definition=definition.id,
        definition_version=definition.version,
        criterion=resource.rules[0].id,
        driver=definition.driver,
        account=account,
        action=wanted.action,
        needs_approval=wanted.needs_approval or inputs.options.needs_approval,
        credentials=inputs.credentials,
        warnings=inputs.warnings(),
        created_at=server.clock.now(),
        created_by=by,
    )
    return run, server.custody.seal(_place(run), as_secret(values, secrets))


def destroying_run(
    server: Server, organization: str, wanted: WantedRun, *, by: str, identifier: str | None = None
) -> tuple[Run, SealedSecret]:
    """Return the run that destroys what the last run provisioned, with that run's definition, source and inputs.

    Errors: NotFoundError; InvalidInputError for a resource that no run provisioned.
    """
    key = ResourceKey.parse(wanted.resource)
    with server.store.reading() as transaction:
        require_environment(transaction, organization, wanted.application, wanted.environment)
        active = _active(transaction, organization, wanted, key)
        last = transaction.runs.find(active.deployment, organization)
        sealed = None if last is None else transaction.secrets.sealed(_place(last))
    if last is None or sealed is None:
        raise InvalidInputError(
            "the resource was not provisioned by a run, so leastway does not know how to destroy it",
            where="resource",
            fix="destroy it where it was made, then detach it from the environment",
        )
    opened = server.custody.open(sealed)
    run = Run(
        id=identifier or str(uuid.uuid4()),
        organization=organization,
        application=wanted.application,
        environment=wanted.environment,
        key=last.key,
        guresid=last.guresid,
        definition=last.definition,
        definition_version=last.definition_version,
        criterion=last.criterion,
        driver=last.driver,
        account=last.account,
        action=RunAction.DESTROY,
        needs_approval=wanted.needs_approval,
        credentials=last.credentials,
        commit=last.commit,
        role=last.role,
        warnings=last.warnings,
        created_at=server.clock.now(),
        created_by=by,
    )
    return run, server.custody.seal(_place(run), opened)


def _resolved(server: Server, caller: Caller, organization: str, wanted: WantedRun) -> ResolvedResource:
    """Return the resource with its inputs. Errors: NotFoundError; InvalidInputError."""
    key = ResourceKey.parse(wanted.resource)
    requested = (RequestedResource(key, wanted.params),)
    place = (organization, wanted.application, wanted.environment)
    resolution = resolve_environment(server, caller, *place, requested, with_secrets=True)
    return next(one for one in resolution.resources if one.key == key)


def _check_known(resource: ResolvedResource) -> None:
    """Refuse what cannot be run. Errors: InvalidInputError."""
    if resource.definition is None:
        raise InvalidInputError(
            f"no definition matches {resource.key}", where="resource", fix="add a definition, or a criterion to one"
        )
    for where, what in resource.problems:
        raise InvalidInputError(what, where=where, fix="change the definition, or the ids that its placeholders use")
    if resource.definition.driver != TERRAFORM:
        raise InvalidInputError(
            f"definition {resource.definition.id} uses the driver {resource.definition.driver}, which needs no run",
            where="resource",
            fix=f"runs are for resources of the driver {TERRAFORM}",
        )
    inputs = {"account": resource.account, "values": resource.values, "secrets": resource.secrets}
    unknown = [name for _, needs in unknowns_in(inputs) for name in needs]
    if unknown:
        raise InvalidInputError(
            f"its inputs need what is not known yet: {', '.join(dict.fromkeys(unknown))}",
            where="resource",
            fix="provision what they refer to first",
        )


def _opened(server: Server, organization: str, value: Any, where: str) -> Any:
    """Return resolved inputs with every secret known, those of other resources' outputs too. Leaves are `Secret`.

    Errors: InvalidInputError for a secret in a store of the organization's own.
    """
    if isinstance(value, Mapping):
        return {name: _opened(server, organization, one, f"{where}.{name}") for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_opened(server, organization, one, where) for one in value]
    if not isinstance(value, HiddenText):
        return value
    if value.reference is None:
        parts = [_opened(server, organization, one, where) for one in value.parts]
        return Secret("".join(one.reveal() if isinstance(one, Secret) else str(one) for one in parts))
    found = None
    if value.reference.get("store") == OWN_STORE:
        with server.store.reading() as transaction:
            found = secret_output(transaction, server.custody, organization, value.reference)
    if found is None:
        raise InvalidInputError(
            "the secret is kept in a store of your own, which runs cannot read, or it is gone",
            where=where,
            fix="write the secret itself, as {value}, or provision again what it is an output of",
        )
    return found


def _apart(values: dict[str, Any], secrets: Mapping[str, Any]) -> dict[str, Any]:
    """Move the variables that contain a secret from `values` to the secrets, and return these.

    Errors: InvalidInputError for a secret elsewhere in the values.
    """
    variables = dict(values.get("variables") or {})
    secret = {name: value for name, value in variables.items() if _has_secret(value)}
    values["variables"] = {name: value for name, value in variables.items() if name not in secret}
    for name, value in values.items():
        if _has_secret(value):
            what = "a secret can only be in the variables, or in driver_inputs.secrets"
            raise InvalidInputError(what, where=f"driver_inputs.values.{name}", fix="move it there")
    decoded = {name: _object(value) for name, value in secrets.items()}
    return {**decoded, "variables": {**secret, **(decoded.get("variables") or {})}}


def _object(value: Any) -> Any:
    """Return a secret that is the JSON of an object as that object: some clients send one in this form."""
    if not isinstance(value, Secret):
        return value
    try:
        found = json.loads(value.reveal())
    except (ValueError, RecursionError):
        return value
    if not isinstance(found, dict):
        return value
    return {name: Secret(one if isinstance(one, str) else json.dumps(one)) for name, one in found.items()}


def _has_secret(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_secret, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_has_secret, value))
    return isinstance(value, Secret)


def _place(run: Run) -> SecretPlace:
    return SecretPlace(Holder(run.organization, HolderKind.RUN, run.id), 1)


def _active(transaction: Transaction, organization: str, wanted: WantedRun, key: ResourceKey) -> ActiveResource:
    for one in transaction.active_resources.of_environment(organization, wanted.application, wanted.environment):
        if ResourceKey(one.type, one.resource_class, one.id) == key:
            return one
    raise NotFoundError(f"active resource {key} does not exist", fix="list the active resources of the environment")


def _found(transaction: Transaction, organization: str, run: str) -> Run:
    found = transaction.runs.find(run, organization)
    if found is None:
        raise NotFoundError(f"run {run!r} does not exist", fix="list the runs of the organization")
    return found

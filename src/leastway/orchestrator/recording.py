"""What a run leaves in the registry: its active resource, and the outputs, those that are secret in custody.

A resource is visible from the begin of its first run on, also if that fails: what was made can be destroyed then. The
inputs of the run that last provisioned a resource are kept, since its destruction needs them; all others are deleted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from leastway.audit import Actor, Detail, Entry, Outcome
from leastway.custody import Custody
from leastway.ports import Holder, HolderKind, SecretPlace
from leastway.primitives import Secret
from leastway.registry import OWN_STORE, ActiveResource, ActiveResourceStatus, Run, RunAction, RunLine, RunStatus
from leastway.store import Transaction

if TYPE_CHECKING:
    from leastway.orchestrator.states import StateVault
    from leastway.terraform import Output

__all__ = [
    "end_cancelled",
    "end_entry",
    "forget_inputs",
    "forget_outputs",
    "forget_unmade",
    "is_provisioned_by",
    "record_outputs",
    "record_resource",
    "recorded_outputs",
    "remove_resource",
    "secret_output",
]

_REF: Final = "resources/{guresid}/outputs/{name}"


def record_resource(
    transaction: Transaction,
    run: Run,
    status: ActiveResourceStatus,
    *,
    outputs: Mapping[str, Any] | None = None,
    secret_refs: Mapping[str, Any] | None = None,
) -> None:
    """Record how far the resource of a run is.

    A pending one is only recorded if there is none yet; a deleting one keeps everything else.
    """
    before = _active(transaction, run)
    if status is ActiveResourceStatus.PENDING and before is not None:
        return
    if status is ActiveResourceStatus.DELETING:
        if before is not None:
            transaction.active_resources.put(replace(before, status=status, updated_at=transaction.now))
        return
    made = ActiveResource(
        organization=run.organization,
        application=run.application,
        environment=run.environment,
        type=run.key.type,
        resource_class=run.key.resource_class,
        id=run.key.id,
        guresid=run.guresid,
        definition=run.definition,
        definition_version=run.definition_version,
        target_version=before.target_version if before is not None else None,
        criterion=run.criterion,
        driver=run.driver,
        account=run.account,
        deployment=run.id,
        status=status,
        outputs=dict(outputs or {}),
        secret_refs=dict(secret_refs or {}),
        updated_at=transaction.now,
    )
    transaction.active_resources.put(made)
    if before is not None and before.deployment != run.id:
        forget_inputs(transaction, run.organization, before.deployment)


def remove_resource(transaction: Transaction, run: Run) -> None:
    """Remove the resource of a run that destroyed it, with its secret outputs and the inputs that made it."""
    before = _active(transaction, run)
    if before is not None:
        transaction.active_resources.remove(before)
        forget_inputs(transaction, run.organization, before.deployment)
    forget_outputs(transaction, run.organization, run.guresid)


def forget_unmade(transaction: Transaction, run: Run) -> bool:
    """Remove the resource of a destruction if nothing can be there: its runs are known, and none has begun an apply.

    Such a resource comes from a run that failed before, perhaps by its module or its account, with which no destruction
    would come further either. A run that planned anew may have begun an apply in an earlier attempt.
    """
    if run.action is not RunAction.DESTROY or run.is_cancelled:
        return False
    before, state = _active(transaction, run), transaction.states.find(run.organization, run.guresid)
    others = [one for one in transaction.runs.of_resource(run.organization, run.guresid) if one.id != run.id]
    if not others or (before is not None and before.deployment not in {one.id for one in others}):
        return False
    if (state is not None and state.current is not None) or any(one.plan_used or one.attempt > 1 for one in others):
        return False
    remove_resource(transaction, run)
    if transaction.runs.last_line(run.id) == 0:  # or else it was done before a kill
        text = "nothing is to be destroyed: no run of this resource has begun an apply"
        transaction.runs.add_lines(run.id, [RunLine(1, transaction.now, "", text)])
    return True


def record_outputs(
    transaction: Transaction, custody: Custody, run: Run, outputs: Iterable[Output]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Store the secret outputs in custody, and return the others, and references to the secret ones."""
    values: dict[str, Any] = {}
    secrets: dict[str, Any] = {}
    for one in outputs:
        (secrets if one.is_sensitive else values)[one.name] = one.value
    holder = _outputs_of(run)
    if not secrets:
        transaction.secrets.delete(holder)
        return values, {}
    place = SecretPlace(holder, transaction.secrets.next_version(holder))
    transaction.secrets.add(custody.seal(place, Secret(json.dumps(secrets))), run.created_by)
    transaction.secrets.delete_before(place)
    version = str(place.version)
    refs = {
        name: {"store": OWN_STORE, "ref": _REF.format(guresid=run.guresid, name=name), "version": version}
        for name in secrets
    }
    return values, refs


def recorded_outputs(vault: StateVault, token: Secret) -> tuple[Output, ...] | None:
    """Return the outputs of the state that leastway keeps for a run; None if the module encrypts it.

    Errors: RefusedStateError if the run has lost it; InvalidInputError if it has another form.
    """
    from leastway.terraform import outputs_in_state, read_state

    content = vault.read(token)
    if content is None:  # a module without anything has no state
        return ()
    document = read_state(content)
    return None if document.is_encrypted else outputs_in_state(document)


def secret_output(
    transaction: Transaction, custody: Custody, organization: str, reference: Mapping[str, str]
) -> Secret | None:
    """Return the secret output that a reference names, or None if it is not one or is gone.

    The references are those of `record_outputs`, and of `drivers.store_outputs`.
    """
    parts = reference.get("ref", "").split("/", 3)
    version = reference.get("version", "")
    if len(parts) != 4 or (parts[0], parts[2]) != ("resources", "outputs") or not version.isdecimal():
        return None
    holder = Holder(organization, HolderKind.RESOURCE, parts[1])
    sealed = transaction.secrets.sealed(SecretPlace(holder, int(version)))
    if sealed is None:
        return None
    found = json.loads(custody.open(sealed).reveal())
    for step in parts[3].split("/"):
        found = found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
    return None if found is None else Secret(found if isinstance(found, str) else json.dumps(found))


def forget_inputs(transaction: Transaction, organization: str, run: str) -> None:
    """Delete the sealed inputs of a run."""
    transaction.secrets.delete(Holder(organization, HolderKind.RUN, run))


def forget_outputs(transaction: Transaction, organization: str, guresid: str) -> None:
    """Delete the secret outputs of a resource, and what its driver remembers."""
    for kind in (HolderKind.RESOURCE, HolderKind.COOKIE):
        transaction.secrets.delete(Holder(organization, kind, guresid))


def is_provisioned_by(transaction: Transaction, run: Run) -> bool:
    """Return whether the run is the one that last provisioned its resource."""
    active = _active(transaction, run)
    return active is not None and active.deployment == run.id


def end_cancelled(transaction: Transaction, run: Run) -> bool:
    """Enter the end of a cancelled run that has not begun; return whether it is one.

    Without an attempt it has no lease, no folder and no access to a state, so nothing has to work to give them back.
    """
    how = "before it began: nothing had to be interrupted"
    values = {"status": RunStatus.CANCELLED, "ended_at": transaction.now, "ended_how": how}
    if not transaction.runs.end_unbegun(run.id, **values):
        return False
    forget_inputs(transaction, run.organization, run.id)
    transaction.audit.append(end_entry(run, transaction.now, RunStatus.CANCELLED, None, how))
    return True


def end_entry(run: Run, at: datetime, status: RunStatus, error: str | None, how: str | None) -> Entry:
    """Word the audit entry of the end of a run."""
    outcome = {RunStatus.SUCCEEDED: Outcome.DONE, RunStatus.FAILED: Outcome.FAILED, RunStatus.CANCELLED: Outcome.DONE}
    details: dict[str, Detail] = {
        "resource": str(run.key),
        "place": f"{run.application}/{run.environment}",
        "run_action": run.action.value,
        "attempts": run.attempt,
        "commit": run.commit or "",
        "plan": run.plan_digest or "",
        "contract": run.contract or "",
        "error": error or "",
        "how": how or "",
    }
    return Entry(run.organization, at, Actor(run.created_by), f"run.{status.value}", run.id, outcome[status], details)


def _active(transaction: Transaction, run: Run) -> ActiveResource | None:
    of_environment = transaction.active_resources.of_environment(run.organization, run.application, run.environment)
    return next((one for one in of_environment if one.guresid == run.guresid), None)


def _outputs_of(run: Run) -> Holder:
    return Holder(run.organization, HolderKind.RESOURCE, run.guresid)

"""The outputs of a node in the store: values in its active resource, secrets and the cookie in custody.

The outputs of a run are there in the same form (`orchestrator.recording`), so `stored_outputs` is how those of
`humanitec/terraform` become values and secrets, too. The secrets of a live node are never stored.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from leastway.custody import Custody
from leastway.orchestrator.drivers.interface import Provided
from leastway.orchestrator.drivers.outputs import hidden, revealed
from leastway.ports import DamagedError, Holder, HolderKind, SecretPlace
from leastway.primitives import Secret
from leastway.registry import OWN_STORE, ActiveResource, is_secret_ref
from leastway.resolve import Outputs
from leastway.store import Transaction

__all__ = ["store_outputs", "stored_cookie", "stored_outputs"]


def store_outputs(
    transaction: Transaction, custody: Custody, organization: str, guresid: str, provided: Provided, by: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Store the secret outputs and the cookie of a node; return the values, and references to the secrets.

    Both are members of the node's active resource. `by` is the user who deploys.
    """
    _put(transaction, custody, Holder(organization, HolderKind.COOKIE, guresid), provided.cookie, by)
    holder = Holder(organization, HolderKind.RESOURCE, guresid)
    secrets = {} if provided.is_live else provided.secrets
    content = Secret(json.dumps(revealed(secrets), separators=(",", ":"))) if secrets else None
    version = _put(transaction, custody, holder, content, by)
    return dict(provided.values), _references(secrets, f"resources/{guresid}/outputs", str(version))


def stored_outputs(transaction: Transaction, custody: Custody, active: ActiveResource) -> Outputs:
    """Return the outputs of a resource that a run or a driver provisioned; every leaf of the secrets is a Secret.

    Errors: DamagedError if they are gone from the store, or custody does not open them.
    """
    version = next(_versions(active.secret_refs), None)
    if version is None:
        return Outputs(active.outputs)
    place = SecretPlace(Holder(active.organization, HolderKind.RESOURCE, active.guresid), version)
    sealed = transaction.secrets.sealed(place)
    if sealed is None:
        raise DamagedError("secret outputs are missing from the store", where=str(place), fix="provision it again")
    return Outputs(active.outputs, hidden(json.loads(custody.open(sealed).reveal())))


def stored_cookie(transaction: Transaction, custody: Custody, organization: str, guresid: str) -> Secret | None:
    """Return what the driver of a resource remembers, or None. Errors: DamagedError."""
    holder = Holder(organization, HolderKind.COOKIE, guresid)
    versions = transaction.secrets.versions(holder)
    sealed = transaction.secrets.sealed(versions[-1].place) if versions else None
    return None if sealed is None else custody.open(sealed)


def _put(transaction: Transaction, custody: Custody, holder: Holder, content: Secret | None, by: str) -> int:
    """Store content in place of what the holder has, and return its version; None deletes."""
    if content is None:
        transaction.secrets.delete(holder)
        return 0
    place = SecretPlace(holder, transaction.secrets.next_version(holder))
    transaction.secrets.add(custody.seal(place, content), by)
    transaction.secrets.delete_before(place)
    return place.version


def _references(secrets: Mapping[str, Any], path: str, version: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, member in secrets.items():
        at = f"{path}/{name.replace('~', '~0').replace('/', '~1')}"
        if isinstance(member, Mapping):
            found[name] = _references(member, at, version)
        else:
            found[name] = {"store": OWN_STORE, "ref": at, "version": version}
    return found


def _versions(refs: Mapping[str, Any]) -> Iterator[int]:
    for member in refs.values():
        if is_secret_ref(member):
            yield int(member["version"])
        else:
            yield from _versions(member)

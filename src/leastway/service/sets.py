"""Deployment sets of an application: read, compared, and made from another one by a delta.

Every application begins with the empty set, which needs no row in the store. A set never changes.
"""

from __future__ import annotations

from leastway.registry import EMPTY_SET, Delta, DeploymentSet, delta_between
from leastway.service.applications import require_application
from leastway.service.caller import Caller, NotFoundError
from leastway.service.server import Server
from leastway.store import Transaction
from leastway.tenants import Permission

__all__ = ["compare_sets", "create_set", "read_set", "read_sets", "require_set"]


def read_sets(server: Server, caller: Caller, organization: str, application: str) -> tuple[DeploymentSet, ...]:
    """Return the sets of an application, the newest first and the empty one last. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        require_application(transaction, organization, application)
        return (*transaction.deployment_sets.all(organization, application), EMPTY_SET)


def read_set(server: Server, caller: Caller, organization: str, application: str, identifier: str) -> DeploymentSet:
    """Return one set. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        require_application(transaction, organization, application)
        return require_set(transaction, organization, application, identifier)


def compare_sets(
    server: Server, caller: Caller, organization: str, application: str, target: str, source: str
) -> Delta:
    """Return the delta that makes the set `target` of the set `source`. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        require_application(transaction, organization, application)
        found = [require_set(transaction, organization, application, one) for one in (source, target)]
    return delta_between(*found)


def create_set(
    server: Server, caller: Caller, organization: str, application: str, source: str, delta: Delta
) -> DeploymentSet:
    """Store the set that a delta makes of another one, if it is new.

    Errors: NotFoundError; InvalidInputError if the delta does not fit the set.
    """
    caller.need(Permission.OPERATE, organization)
    with server.store.writing() as transaction:
        require_application(transaction, organization, application, lock=True)
        target = delta.apply_to(require_set(transaction, organization, application, source))
        if target != EMPTY_SET and transaction.deployment_sets.keep(organization, application, target):
            entry = caller.entry(
                transaction.now,
                "set.created",
                f"{application}/{target.id}",
                status=200,
                source=source,
                modules=len(target.modules),
                shared=len(target.shared),
            )
            transaction.audit.append(entry)
    return target


def require_set(transaction: Transaction, organization: str, application: str, identifier: str) -> DeploymentSet:
    """Return a set of an application that exists. Errors: NotFoundError."""
    if identifier == EMPTY_SET.id:
        return EMPTY_SET
    found = transaction.deployment_sets.find(organization, application, identifier)
    if found is None:
        raise NotFoundError(f"deployment set {identifier!r} does not exist", fix="list the sets of the application")
    return found

"""Drivers of resource definitions: those that every organization has, and an organization's own.

An organization's own driver is another driver with inputs of its own: its `target` is `driver://OWNER/ID`.
"""

from __future__ import annotations

import re
from typing import Any, Final

from leastway.errors import InvalidInputError
from leastway.registry import (
    ACCOUNT_TYPES,
    BUILT_IN_DRIVERS,
    NATIVE_DRIVERS,
    ResourceDriver,
    find_secrets,
    written_texts,
)
from leastway.service.caller import Caller, NotFoundError
from leastway.service.fields import check_identifier, first_few, is_known_type
from leastway.service.server import Server
from leastway.store import ConflictError, Transaction
from leastway.tenants import Permission

__all__ = ["create_driver", "delete_driver", "read_driver", "read_drivers", "update_driver"]

_TARGET: Final = re.compile(r"driver://([a-z0-9-]+/[a-z0-9-]+)")


def read_drivers(server: Server, caller: Caller, organization: str) -> tuple[ResourceDriver, ...]:
    """Return all drivers that the organization can use: the built-in ones, then its own, by id."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        return (*BUILT_IN_DRIVERS.values(), *transaction.resource_types.drivers(organization))


def read_driver(server: Server, caller: Caller, organization: str, driver: str) -> ResourceDriver:
    """Return one of the organization's own drivers, or a built-in one. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        own = transaction.resource_types.find_driver(organization, driver)
    found = own or BUILT_IN_DRIVERS.get(f"humanitec/{driver}")
    if found is None:
        raise _unknown(driver)
    return found


def create_driver(server: Server, caller: Caller, organization: str, given: ResourceDriver) -> ResourceDriver:
    """Create a driver of the organization. Errors: InvalidInputError; ConflictError."""
    caller.need(Permission.OPERATE, organization)
    check_identifier(given.id)
    try:
        with server.store.writing() as transaction:
            _check(transaction, organization, given)
            transaction.resource_types.add_driver(given)
            entry = caller.entry(transaction.now, "driver.created", given.id, status=200, **_details(given))
            transaction.audit.append(entry)
    except ConflictError as error:
        raise ConflictError(f"the driver {given.id!r} exists already", fix="change that one") from error
    return given


def update_driver(server: Server, caller: Caller, organization: str, given: ResourceDriver) -> ResourceDriver:
    """Replace a driver of the organization. Errors: NotFoundError; InvalidInputError."""
    caller.need(Permission.OPERATE, organization)
    with server.store.writing() as transaction:
        _check(transaction, organization, given)
        if not transaction.resource_types.update_driver(given):
            raise _unknown(given.id)
        entry = caller.entry(transaction.now, "driver.updated", given.id, status=200, **_details(given))
        transaction.audit.append(entry)
    return given


def delete_driver(server: Server, caller: Caller, organization: str, driver: str) -> None:
    """Delete a driver of the organization. Errors: NotFoundError; ConflictError if a definition uses it."""
    caller.need(Permission.OPERATE, organization)
    with server.store.writing() as transaction:
        if used := transaction.definitions.of_driver(organization, f"{organization}/{driver}"):
            what = f"the driver is used by the definitions {first_few(used)}"
            raise ConflictError(what, fix="delete or change them first")
        if not transaction.resource_types.delete_driver(organization, driver):
            raise _unknown(driver)
        transaction.audit.append(caller.entry(transaction.now, "driver.deleted", driver, status=204))


def _check(transaction: Transaction, organization: str, given: ResourceDriver) -> None:
    if given.type != "*" and not is_known_type(transaction, organization, given.type):
        raise InvalidInputError("unknown resource type", where="type", fix="use a type of the organization, or *")
    if unknown := set(given.account_types) - ACCOUNT_TYPES.keys():
        fix = f"use {' and '.join(ACCOUNT_TYPES)}"
        raise InvalidInputError(f"it has {len(unknown)} unknown account types", where="account_types", fix=fix)
    target = _TARGET.fullmatch(given.target)
    if target is None or target[1] in NATIVE_DRIVERS or target[1] not in BUILT_IN_DRIVERS:
        raise InvalidInputError(
            "it is not a driver that this server has",
            where="target",
            fix=f"write driver:// and one of {', '.join(BUILT_IN_DRIVERS)}",
        )
    for _, text in written_texts(given.template):
        for match in find_secrets(text):
            fix = "let the definition pass it, in driver_inputs.secrets"
            raise InvalidInputError(f"it contains {match.kind}", where="template", fix=fix)


def _details(driver: ResourceDriver) -> dict[str, Any]:
    return {"type": driver.type, "runs": driver.target}


def _unknown(driver: str) -> NotFoundError:
    return NotFoundError(f"driver {driver!r} does not exist", fix="list the drivers of the organization")

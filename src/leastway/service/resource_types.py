"""Resource types and their classes: those that every organization has, and an organization's own."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final

from leastway.errors import InvalidInputError
from leastway.registry import BUILT_IN_TYPES, ResourceClass, ResourceType
from leastway.service.caller import Caller, ForbiddenError, NotFoundError
from leastway.service.fields import check_description, first_few, is_known_type
from leastway.service.server import Server
from leastway.store import ConflictError, Transaction
from leastway.tenants import Permission

__all__ = [
    "create_class",
    "create_type",
    "delete_class",
    "delete_type",
    "describe_class",
    "read_class",
    "read_classes",
    "read_types",
    "update_type",
]

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]*[a-z0-9]")
_LONGEST: Final = 63
_LONGEST_TEXT: Final = 100
_USES: Final = ("direct", "indirect", "implicit")


def read_types(server: Server, caller: Caller, organization: str) -> tuple[ResourceType, ...]:
    """Return all types that the organization can use, by id."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        own = transaction.resource_types.types(organization)
    return tuple(sorted((*BUILT_IN_TYPES.values(), *own), key=lambda one: one.id))


def create_type(server: Server, caller: Caller, organization: str, given: ResourceType) -> ResourceType:
    """Create a type of the organization, ORGANIZATION/NAME. Errors: InvalidInputError; ConflictError."""
    caller.need(Permission.OPERATE, organization)
    owner, _, name = given.id.partition("/")
    if owner != organization or _NAME.fullmatch(name) is None or len(name) > _LONGEST:
        raise InvalidInputError(
            "it is not a type of the organization",
            where="type",
            fix=f"write {organization}/NAME, the name with lower-case letters, digits and hyphens",
        )
    _check(given)
    try:
        with server.store.writing() as transaction:
            transaction.resource_types.add_type(organization, given)
            transaction.audit.append(
                caller.entry(transaction.now, "resource-type.created", given.id, status=200, name=given.name)
            )
    except ConflictError as error:
        raise ConflictError(f"the resource type {given.id!r} exists already", fix="change that one") from error
    return given


def update_type(
    server: Server, caller: Caller, organization: str, type_id: str, changes: dict[str, Any]
) -> ResourceType:
    """Replace fields of a type of the organization. Errors: NotFoundError; ForbiddenError for a built-in type."""
    caller.need(Permission.OPERATE, organization)
    with server.store.writing() as transaction:
        changed = replace(_own(transaction, organization, type_id), **changes)
        _check(changed)
        transaction.resource_types.update_type(organization, changed)
        entry = caller.entry(transaction.now, "resource-type.updated", type_id, status=200, fields=tuple(changes))
        transaction.audit.append(entry)
    return changed


def delete_type(server: Server, caller: Caller, organization: str, type_id: str) -> None:
    """Delete a type of the organization and its classes.

    Errors: NotFoundError; ForbiddenError for a built-in type; InvalidInputError if a definition is of this type.
    """
    caller.need(Permission.OPERATE, organization)
    with server.store.writing() as transaction:
        _own(transaction, organization, type_id)
        if used := transaction.definitions.of_type(organization, type_id):
            what = f"the resource type is used by the definitions {first_few(used)}"
            raise InvalidInputError(what, fix="delete them first")
        transaction.resource_types.delete_type(organization, type_id)
        transaction.audit.append(caller.entry(transaction.now, "resource-type.deleted", type_id, status=204))


def read_classes(server: Server, caller: Caller, organization: str) -> tuple[ResourceClass, ...]:
    """Return the classes of all types, by type and id."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        return transaction.resource_types.classes(organization)


def read_class(server: Server, caller: Caller, organization: str, type_id: str, class_id: str) -> ResourceClass:
    """Return a class. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        _known(transaction, organization, type_id)
        return _class(transaction, organization, type_id, class_id)


def create_class(
    server: Server, caller: Caller, organization: str, type_id: str, class_id: str, description: str
) -> ResourceClass:
    """Create a class of a type. Errors: NotFoundError; InvalidInputError; ConflictError."""
    caller.need(Permission.OPERATE, organization)
    if _NAME.fullmatch(class_id) is None or len(class_id) > _LONGEST:
        fix = f"use 2 to {_LONGEST} lower-case letters, digits and hyphens"
        raise InvalidInputError("it is not a valid id", where="id", fix=fix)
    check_description(description)
    try:
        with server.store.writing() as transaction:
            _known(transaction, organization, type_id)
            created = ResourceClass(type_id, class_id, description, transaction.now, caller.user.id)
            transaction.resource_types.add_class(organization, created)
            entry = caller.entry(transaction.now, "resource-class.created", class_id, status=200, type=type_id)
            transaction.audit.append(entry)
    except ConflictError as error:
        raise ConflictError(f"the class {class_id!r} of {type_id} exists already", fix="change that one") from error
    return created


def describe_class(
    server: Server, caller: Caller, organization: str, type_id: str, class_id: str, description: str
) -> ResourceClass:
    """Replace the description of a class. Errors: NotFoundError; InvalidInputError."""
    caller.need(Permission.OPERATE, organization)
    check_description(description)
    with server.store.writing() as transaction:
        found = _class(transaction, organization, type_id, class_id)
        transaction.resource_types.describe_class(organization, type_id, class_id, description)
        entry = caller.entry(transaction.now, "resource-class.updated", class_id, status=200, type=type_id)
        transaction.audit.append(entry)
    return replace(found, description=description)


def delete_class(server: Server, caller: Caller, organization: str, type_id: str, class_id: str) -> None:
    """Delete a class. Errors: NotFoundError."""
    caller.need(Permission.OPERATE, organization)
    with server.store.writing() as transaction:
        _class(transaction, organization, type_id, class_id)
        transaction.resource_types.delete_class(organization, type_id, class_id)
        entry = caller.entry(transaction.now, "resource-class.deleted", class_id, status=204, type=type_id)
        transaction.audit.append(entry)


def _check(given: ResourceType) -> None:
    if given.use not in _USES:
        raise InvalidInputError("unknown use", where="use", fix=f"write {', '.join(_USES[:-1])} or {_USES[-1]}")
    for name in ("name", "category"):
        text = getattr(given, name)
        if len(text) > _LONGEST_TEXT or not text.isprintable():
            fix = f"use at most {_LONGEST_TEXT} characters that print"
            raise InvalidInputError("it is not a valid text", where=name, fix=fix)


def _known(transaction: Transaction, organization: str, type_id: str) -> None:
    if not is_known_type(transaction, organization, type_id):
        raise NotFoundError(f"resource type {type_id!r} does not exist", fix="list the types of the organization")


def _own(transaction: Transaction, organization: str, type_id: str) -> ResourceType:
    if type_id in BUILT_IN_TYPES:
        raise ForbiddenError(f"the resource type {type_id} is built in", fix=f"create a type {organization}/NAME")
    found = transaction.resource_types.find_type(organization, type_id)
    if found is None:
        raise NotFoundError(f"resource type {type_id!r} does not exist", fix="list the types of the organization")
    return found


def _class(transaction: Transaction, organization: str, type_id: str, class_id: str) -> ResourceClass:
    found = transaction.resource_types.find_class(organization, type_id, class_id)
    if found is None:
        raise NotFoundError(f"class {class_id!r} of {type_id} does not exist", fix="create it first")
    return found

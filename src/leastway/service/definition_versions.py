"""The versions of a resource definition: listed, promoted and archived."""

from __future__ import annotations

from dataclasses import dataclass

from leastway.errors import InvalidInputError
from leastway.registry import DefinitionVersion, StoredDefinition
from leastway.service.affected import pinned_resources
from leastway.service.caller import Caller, NotFoundError
from leastway.service.definition_making import check_references
from leastway.service.definition_reading import found_definition
from leastway.service.fields import first_few
from leastway.service.server import Server
from leastway.store import Transaction
from leastway.tenants import Permission

__all__ = ["VersionPage", "archive_version", "promote_version", "read_version", "read_versions"]


@dataclass(frozen=True, slots=True)
class VersionPage:
    """Versions, the newest first; `next` is where the next page begins, None at the end."""

    definition: StoredDefinition
    versions: tuple[DefinitionVersion, ...]
    next: int | None


def read_versions(
    server: Server,
    caller: Caller,
    organization: str,
    definition: str,
    *,
    before: int | None,
    most: int,
    with_deleted: bool = False,
) -> VersionPage:
    """Return a page of versions: those with a lower number than `before`. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        found = found_definition(transaction, organization, definition, with_deleted=with_deleted)
        versions = transaction.definitions.versions(organization, definition, before=before, most=most + 1)
    page = versions[:most]
    return VersionPage(found, page, page[-1].number if len(versions) > most else None)


def read_version(
    server: Server, caller: Caller, organization: str, definition: str, version: str
) -> tuple[StoredDefinition, DefinitionVersion]:
    """Return one version, and its definition, which may be deleted. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        found = found_definition(transaction, organization, definition, with_deleted=True)
        return found, _found(transaction, organization, definition, version)


def promote_version(server: Server, caller: Caller, organization: str, definition: str, version: str) -> None:
    """Use this version from now on.

    Errors: NotFoundError; InvalidInputError for an archived version, or one whose account does not exist any more or
    whose roles belong to another organization by now.
    """
    caller.need(Permission.OPERATE, organization)
    with server.store.writing() as transaction:
        before = found_definition(transaction, organization, definition, lock=True)
        found = _found(transaction, organization, definition, version)
        if found.is_archived:
            raise InvalidInputError("the version is archived", fix="restore it first: archive it with archived: false")
        check_references(transaction, organization, found)
        _check_type(before, found)
        definitions = transaction.definitions
        definitions.set_state(organization, definition, found.number, is_archived=False, is_proposed=False)
        definitions.activate(organization, definition, found, at=transaction.now, by=caller.user.id)
        entry = caller.entry(
            transaction.now,
            "definition.version-promoted",
            definition,
            status=204,
            version=found.number,
            version_id=found.id,
            version_before=before.active.number,
        )
        transaction.audit.append(entry)


def archive_version(
    server: Server, caller: Caller, organization: str, definition: str, version: str, *, is_archived: bool
) -> None:
    """Archive a version, so that nothing new is provisioned from it, or restore it.

    Errors: NotFoundError; InvalidInputError for the version in use, and one that an active resource is pinned to.
    """
    caller.need(Permission.OPERATE, organization)
    with server.store.writing() as transaction:
        before = found_definition(transaction, organization, definition, lock=True)
        found = _found(transaction, organization, definition, version)
        if is_archived and found.number == before.active.number:
            raise InvalidInputError("the version is in use", fix="promote another version first")
        if is_archived and (pinned := pinned_resources(transaction, organization, definition, version)):
            fix = "pin them to another version, or unpin them"
            raise InvalidInputError(f"active resources are pinned to the version: {first_few(pinned)}", fix=fix)
        transaction.definitions.set_state(
            organization, definition, found.number, is_archived=is_archived, is_proposed=found.is_proposed
        )
        action = "definition.version-archived" if is_archived else "definition.version-restored"
        entry = caller.entry(transaction.now, action, definition, status=204, version=found.number, version_id=found.id)
        transaction.audit.append(entry)


def _check_type(definition: StoredDefinition, version: DefinitionVersion) -> None:
    """Refuse a version from before the id was deleted and used again for another type: the criteria are of this one."""
    if version.type != definition.active.type:
        raise InvalidInputError(
            f"the version is of type {version.type}, and the definition of type {definition.active.type}",
            fix="use a version of the same type",
        )


def _found(transaction: Transaction, organization: str, definition: str, version: str) -> DefinitionVersion:
    found = transaction.definitions.version(organization, definition, version)
    if found is None:
        raise NotFoundError(f"version {version!r} does not exist", fix="list the versions of the definition")
    return found

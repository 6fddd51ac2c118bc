"""Resource definitions of an organization: created, changed and deleted, each with its audit entry.

Every change makes a version, and the secrets of a version go into custody. The newest fifty versions are kept, and
those that something still needs. Nothing is sealed or opened while the database is locked.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from leastway.ports import SealedSecret, SecretPlace
from leastway.registry import (
    CoProvision,
    Criterion,
    DefinitionVersion,
    StoredCriterion,
    StoredDefinition,
    as_secret_refs,
    merge_patch,
)
from leastway.service.affected import Affected, affected_by_deletion, needed_versions
from leastway.service.caller import Caller
from leastway.service.definition_making import (
    GivenDefinition,
    GivenInputs,
    MadeVersion,
    check_references,
    given_secret_refs,
    holder_of,
    kept_secrets,
    make,
)
from leastway.service.definition_reading import found_definition
from leastway.service.fields import check_criterion, check_identifier, check_name
from leastway.service.server import Server
from leastway.store import ConflictError, Transaction
from leastway.tenants import Permission

__all__ = [
    "AffectedError",
    "ChangedDefinition",
    "DefinitionChange",
    "add_criterion_to",
    "change_definition",
    "create_definition",
    "delete_definition",
    "forget_versions",
    "replace_definition",
]

_KEPT: Final = 50
_TRIES: Final = 5


class AffectedError(ConflictError):
    """Active resources would get another definition, or none; `force` does it nevertheless."""

    def __init__(self, what: str, affected: tuple[Affected, ...]) -> None:
        super().__init__(what, fix="delete these resources first, or force it")
        self.affected = affected


@dataclass(frozen=True, slots=True)
class ChangedDefinition:
    """A definition after a change, and what its author should read."""

    definition: StoredDefinition
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionChange:
    """A JSON merge patch of a definition: what is None stays. The maps are merged, and null in them removes."""

    name: str | None = None
    account: str | None = None
    inputs: Mapping[str, Any] | None = None
    provision: Mapping[str, CoProvision | None] | None = None
    in_place_driver_change: bool | None = None
    is_proposed: bool = False


def create_definition(
    server: Server,
    caller: Caller,
    organization: str,
    identifier: str,
    given: GivenDefinition,
    criteria: Iterable[Criterion] = (),
) -> ChangedDefinition:
    """Create a definition. An id that was deleted is free; its versions go on counting.

    Errors: InvalidInputError whose `where` is the field; ConflictError for an id or a criterion that exists.
    """
    caller.need(Permission.OPERATE, organization)
    check_identifier(identifier)
    check_name(given.name)
    wanted = tuple(criteria)
    for criterion in wanted:
        check_criterion(criterion)

    def attempt() -> ChangedDefinition | None:
        with server.store.reading() as transaction:
            if transaction.definitions.find(organization, identifier) is not None:
                raise ConflictError(
                    f"the definition {identifier!r} exists already", fix="choose another id, or change that definition"
                )
            last = transaction.definitions.last_number(organization, identifier)
        made = make(server, caller.user.id, (organization, identifier), given, number=last + 1, before=None)
        version = replace(made.version, is_proposed=False)
        with server.store.writing() as transaction:
            if transaction.definitions.find(organization, identifier) is not None:
                return None
            check_references(transaction, organization, made.version)
            transaction.definitions.add(organization, identifier, version)
            if made.sealed is not None:
                transaction.secrets.add(made.sealed, caller.user.id)
            for criterion in wanted:
                add_criterion_to(transaction, organization, identifier, given.type, criterion)
            entry = caller.entry(
                transaction.now, "definition.created", identifier, status=200, **_details(made), criteria=len(wanted)
            )
            transaction.audit.append(entry)
            return ChangedDefinition(found_definition(transaction, organization, identifier), made.warnings)

    return _tried(attempt)


def replace_definition(
    server: Server,
    caller: Caller,
    organization: str,
    definition: str,
    *,
    name: str,
    driver: str | None,
    account: str,
    inputs: GivenInputs | None,
    provision: Mapping[str, CoProvision] | None,
    in_place_driver_change: bool = False,
    is_proposed: bool = False,
) -> ChangedDefinition:
    """Replace everything but the id, the type and the criteria; a driver that is None stays. Errors as creation."""
    caller.need(Permission.OPERATE, organization)
    check_name(name)

    def given(before: DefinitionVersion, _sealed: SealedSecret | None) -> GivenDefinition:
        return GivenDefinition(
            name=name,
            type=before.type,
            driver=before.driver if driver is None else driver,
            account=account,
            inputs=inputs,
            provision=provision,
            in_place_driver_change=in_place_driver_change,
            is_proposed=is_proposed,
        )

    return _changed(server, caller, organization, definition, given)


def change_definition(
    server: Server, caller: Caller, organization: str, definition: str, change: DefinitionChange
) -> ChangedDefinition:
    """Change what the patch names. Errors as creation."""
    caller.need(Permission.OPERATE, organization)
    if change.name is not None:
        check_name(change.name)

    def given(before: DefinitionVersion, sealed: SealedSecret | None) -> GivenDefinition:
        in_place = change.in_place_driver_change
        return GivenDefinition(
            name=before.name if change.name is None else change.name,
            type=before.type,
            driver=before.driver,
            account=before.account if change.account is None else change.account,
            inputs=_patched_inputs(server, before, sealed, change.inputs),
            provision=_patched_provision(before.provision, change.provision),
            in_place_driver_change=before.in_place_driver_change if in_place is None else in_place,
            is_proposed=change.is_proposed,
        )

    return _changed(server, caller, organization, definition, given)


def delete_definition(
    server: Server, caller: Caller, organization: str, definition: str, *, force: bool = False
) -> None:
    """Delete a definition and its criteria; it can still be read on request.

    Its secrets are deleted unless an active resource needs them. Errors: NotFoundError; AffectedError.
    """
    caller.need(Permission.OPERATE, organization)
    with server.store.writing() as transaction:
        found = found_definition(transaction, organization, definition, lock=True)
        affected = affected_by_deletion(transaction, found)
        if affected and not force:
            raise AffectedError(f"the definition {definition!r} has active resources", affected)
        transaction.definitions.delete(organization, definition, at=transaction.now)
        if not affected:
            transaction.secrets.delete(holder_of(organization, definition))
        entry = caller.entry(
            transaction.now, "definition.deleted", definition, status=204, forced=force, affected=len(affected)
        )
        transaction.audit.append(entry)


def add_criterion_to(
    transaction: Transaction, organization: str, definition: str, type_id: str, criterion: Criterion
) -> StoredCriterion:
    """Add a criterion. Errors: ConflictError if a definition of this type has the same."""
    holder = transaction.criteria.holder(organization, type_id, criterion)
    if holder is not None:
        fix = "add a condition, or delete the other criterion first"
        raise ConflictError(f"the definition {holder!r} of type {type_id} has the same criterion", fix=fix)
    added = StoredCriterion(str(uuid.uuid4()), criterion)
    transaction.criteria.add(organization, definition, type_id, added)
    return added


def _changed(
    server: Server,
    caller: Caller,
    organization: str,
    definition: str,
    given: Callable[[DefinitionVersion, SealedSecret | None], GivenDefinition],
) -> ChangedDefinition:
    """Store the version that `given` makes of the one in use, and use it unless it is proposed."""

    def attempt() -> ChangedDefinition | None:
        with server.store.reading() as transaction:
            before = found_definition(transaction, organization, definition)
            sealed = kept_secrets(transaction, organization, definition, before.active)
            last = transaction.definitions.last_number(organization, definition)
        wanted = given(before.active, sealed)
        made = make(
            server, caller.user.id, (organization, definition), wanted, number=last + 1, before=(before.active, sealed)
        )
        with server.store.writing() as transaction:
            if found_definition(transaction, organization, definition, lock=True) != before:
                return None
            check_references(transaction, organization, made.version)
            transaction.definitions.add_version(organization, definition, made.version)
            if made.sealed is not None:
                transaction.secrets.add(made.sealed, caller.user.id)
            if not made.version.is_proposed:
                transaction.definitions.activate(
                    organization, definition, made.version, at=transaction.now, by=caller.user.id
                )
            after = found_definition(transaction, organization, definition)
            forget_versions(transaction, after)
            details = {**_details(made), "version_before": before.active.number, "proposed": made.version.is_proposed}
            entry = caller.entry(transaction.now, "definition.updated", definition, status=200, **details)
            transaction.audit.append(entry)
            return ChangedDefinition(after, made.warnings)

    return _tried(attempt)


def _tried(attempt: Callable[[], ChangedDefinition | None]) -> ChangedDefinition:
    """Return what an attempt gives that no other request overtook."""
    last: ConflictError | None = None
    for _ in range(_TRIES):
        try:
            done = attempt()
        except ConflictError as error:
            if error.__cause__ is None:  # a refusal of ours, and no row that another request stored first
                raise
            last, done = error, None
        if done is not None:
            return done
    raise ConflictError("the definition is being changed by others", fix="read it again, then decide") from last


def forget_versions(transaction: Transaction, definition: StoredDefinition) -> None:
    """Forget versions beyond the newest fifty that nothing needs, and secrets that only they had."""
    organization, identifier = definition.organization, definition.id
    versions = transaction.definitions.versions(organization, identifier)
    if len(versions) <= _KEPT:
        return
    needed = {definition.active.id, *needed_versions(transaction, organization, identifier)}
    kept = [one for number, one in enumerate(versions) if number < _KEPT or one.id in needed]
    transaction.definitions.remove_versions(
        organization, identifier, {one.number for one in versions} - {one.number for one in kept}
    )
    oldest = min((one.secret_version for one in kept if one.secret_version is not None), default=None)
    if oldest is not None:
        transaction.secrets.delete_before(SecretPlace(holder_of(organization, identifier), oldest))


def _patched_inputs(
    server: Server, before: DefinitionVersion, sealed: SealedSecret | None, patch: Mapping[str, Any] | None
) -> GivenInputs | None:
    own = before.inputs
    old = None if own is None else GivenInputs(values=own.values, secret_refs=given_secret_refs(server, before, sealed))
    if patch is None:
        return old
    given = GivenInputs(**{name: patch.get(name) for name in ("values", "secrets", "secret_refs")})
    values = None if old is None else old.values
    written = None if old is None else old.secret_refs
    if "values" in patch:
        values = None if given.values is None else merge_patch(values, given.values)
    if "secrets" in patch or "secret_refs" in patch:
        refs = given.secret_refs if given.secrets is None else as_secret_refs(given.secrets, is_patch=True)
        written = None if refs is None else merge_patch(written, refs, of_secrets=True)
    return GivenInputs(values=values, secret_refs=written)


def _patched_provision(
    before: Mapping[str, CoProvision] | None, patch: Mapping[str, CoProvision | None] | None
) -> Mapping[str, CoProvision] | None:
    merged = {**(before or {}), **(patch or {})}
    return {key: one for key, one in merged.items() if one is not None} or None


def _details(made: MadeVersion) -> dict[str, Any]:
    version = made.version
    return {
        "name": version.name,
        "type": version.type,
        "driver": version.driver,
        "account": version.account,
        "version": version.number,
        "version_id": version.id,
        "secrets": "none" if version.secret_version is None else f"version {version.secret_version}",
        "warnings": made.warnings,
    }

"""The criteria of resource definitions: added, replaced and removed, each with its audit entry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from leastway.registry import Criterion, StoredCriterion
from leastway.service.affected import affected_by_criterion
from leastway.service.caller import Caller, NotFoundError
from leastway.service.definition_reading import found_definition
from leastway.service.definitions import AffectedError, add_criterion_to
from leastway.service.fields import check_criterion
from leastway.service.server import Server
from leastway.store import ConflictError
from leastway.tenants import Permission

__all__ = ["add_criterion", "remove_criterion", "replace_criteria"]


def add_criterion(
    server: Server, caller: Caller, organization: str, definition: str, criterion: Criterion
) -> StoredCriterion:
    """Add a criterion. Errors: NotFoundError; InvalidInputError; ConflictError for one that exists."""
    caller.need(Permission.OPERATE, organization)
    check_criterion(criterion)
    try:
        with server.store.writing() as transaction:
            found = found_definition(transaction, organization, definition, lock=True)
            added = add_criterion_to(transaction, organization, definition, found.active.type, criterion)
            entry = caller.entry(
                transaction.now,
                "criterion.added",
                definition,
                status=200,
                criterion=added.id,
                type=found.active.type,
                **_shown(criterion),
            )
            transaction.audit.append(entry)
            return added
    except ConflictError as error:
        raise _exists(error) from error


def replace_criteria(
    server: Server, caller: Caller, organization: str, definition: str, criteria: Sequence[Criterion]
) -> tuple[StoredCriterion, ...]:
    """Replace the criteria of a definition; one that stays keeps its id.

    Errors: NotFoundError; InvalidInputError; ConflictError for one that exists, or is given twice.
    """
    caller.need(Permission.OPERATE, organization)
    for criterion in criteria:
        check_criterion(criterion)
    if len(set(criteria)) < len(criteria):
        raise ConflictError("a criterion is given twice", fix="give each criterion once")
    try:
        with server.store.writing() as transaction:
            found = found_definition(transaction, organization, definition, lock=True)
            before = {one.criterion: one for one in found.criteria}
            gone = [one for one in found.criteria if one.criterion not in criteria]
            for one in gone:
                transaction.criteria.remove(organization, definition, one.id)
            after = tuple(
                before.get(one) or add_criterion_to(transaction, organization, definition, found.active.type, one)
                for one in criteria
            )
            entry = caller.entry(
                transaction.now,
                "criteria.replaced",
                definition,
                status=200,
                added=tuple(one.id for one in after if one not in found.criteria),
                removed=tuple(one.id for one in gone),
            )
            transaction.audit.append(entry)
            return after
    except ConflictError as error:
        raise _exists(error) from error


def remove_criterion(
    server: Server, caller: Caller, organization: str, definition: str, criterion: str, *, force: bool = False
) -> None:
    """Remove a criterion.

    Errors: NotFoundError; AffectedError if active resources would get another definition, unless `force`.
    """
    caller.need(Permission.OPERATE, organization)
    with server.store.writing() as transaction:
        found = found_definition(transaction, organization, definition, lock=True)
        removed = next((one for one in found.criteria if one.id == criterion), None)
        if removed is None:
            raise NotFoundError(f"criterion {criterion!r} does not exist", fix="read the definition's criteria")
        affected = affected_by_criterion(transaction, found, removed)
        if affected and not force:
            raise AffectedError("active resources would get another definition", affected)
        transaction.criteria.remove(organization, definition, criterion)
        entry = caller.entry(
            transaction.now,
            "criterion.removed",
            definition,
            status=204,
            criterion=criterion,
            forced=force,
            affected=len(affected),
            **_shown(removed.criterion),
        )
        transaction.audit.append(entry)


def _shown(criterion: Criterion) -> dict[str, Any]:
    return {**criterion.render(), "class": criterion.resource_class}


def _exists(error: ConflictError) -> ConflictError:
    """Return words for a criterion that another request added at the same moment."""
    if error.__cause__ is None:
        return error
    return ConflictError("a definition of this type has the same criterion", fix="read the criteria again")

"""The criteria of resource definitions: added, replaced and removed, each with its audit entry."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from leastway.errors import InvalidInputError
from leastway.registry import Criterion, StoredCriterion
from leastway.service.affected import affected_by_criterion
from leastway.service.caller import Caller, NotFoundError
from leastway.service.definitions import AffectedError, add_criterion_to, found_definition
from leastway.service.fields import check_short_id
from leastway.service.server import Server
from leastway.store import ConflictError
from leastway.tenants import Permission

__all__ = ["add_criterion", "check_criterion", "remove_criterion", "replace_criteria"]

_CLASS: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_RESOURCE: Final = re.compile(r"[!-~]{1,256}")
_LONGEST_CLASS: Final = 63


def check_criterion(criterion: Criterion) -> None:
    """Errors: InvalidInputError whose `where` is the field that cannot be an id."""
    for name in ("app_id", "env_id", "env_type"):
        if text := getattr(criterion, name):
            check_short_id(text, name)
    if criterion.res_id and _RESOURCE.fullmatch(criterion.res_id) is None:
        fix = "use at most 256 printable characters without spaces, or leave it out"
        raise InvalidInputError("it is not the id of a resource", where="res_id", fix=fix)
    if _CLASS.fullmatch(criterion.resource_class) is None or len(criterion.resource_class) > _LONGEST_CLASS:
        raise InvalidInputError(
            "it is not a valid class", where="class", fix="use lower-case letters, digits and hyphens"
        )


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

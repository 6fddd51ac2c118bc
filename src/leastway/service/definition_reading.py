"""Resource definitions of an organization as they are read: one, all of them in pages, or those that could match."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from leastway.registry import ActiveResource, StoredDefinition
from leastway.resolve import PRECEDENCE
from leastway.service.caller import Caller, NotFoundError
from leastway.service.server import Server
from leastway.store import Transaction
from leastway.tenants import Permission

__all__ = [
    "DefinitionFilter",
    "found_definition",
    "ranked_definitions",
    "read_active",
    "read_definition",
    "read_pages",
]

_PAGE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionFilter:
    """Which definitions a list has: those with a criterion that could match; what is empty is open."""

    type: str = ""
    app_id: str = ""
    env_id: str = ""
    env_type: str = ""
    res_id: str = ""
    resource_class: str = ""

    def ranks(self, definition: StoredDefinition) -> list[tuple[bool, ...]]:
        """Return how specific each criterion is that could match; of a filter by type alone, every one could."""
        if not definition.criteria and self == DefinitionFilter(type=self.type):
            return [(False,) * len(PRECEDENCE)]
        return [
            tuple(bool(getattr(one.criterion, name)) for name in PRECEDENCE)
            for one in definition.criteria
            if self.resource_class in ("", one.criterion.resource_class)
            and all(
                "" in (mine := (getattr(self, name), getattr(one.criterion, name))) or mine[0] == mine[1]
                for name in PRECEDENCE
            )
        ]


def read_pages(
    server: Server, caller: Caller, organization: str, *, with_deleted: bool = False
) -> Iterator[tuple[StoredDefinition, ...]]:
    """Yield the definitions of the organization by id, in pages that are read one after the other."""
    caller.need(Permission.READ, organization)
    after: str | None = ""
    while after is not None:
        with server.store.reading() as transaction:
            page = tuple(transaction.definitions.all(organization, with_deleted=with_deleted, after=after, most=_PAGE))
        yield page
        after = page[-1].id if len(page) == _PAGE else None


def ranked_definitions(
    server: Server, caller: Caller, organization: str, wanted: DefinitionFilter, *, with_deleted: bool = False
) -> tuple[StoredDefinition, ...]:
    """Return the definitions that could match, by type, and for each type the one with the strongest criterion first.

    A deleted definition has no criteria, and matches by its type alone.
    """
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        found = [
            (one.active.type, max(ranks), one)
            for one in transaction.definitions.all(organization, type_id=wanted.type or None, with_deleted=with_deleted)
            if (ranks := wanted.ranks(one))
        ]
    found.sort(key=lambda each: (each[0], [-rank for rank in each[1]], each[2].id))
    return tuple(each[2] for each in found)


def read_active(
    server: Server, caller: Caller, organization: str, definition: str
) -> tuple[tuple[str, ActiveResource], ...]:
    """Return the active resources of a definition, deleted or not, each with the type of its environment.

    Errors: NotFoundError.
    """
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        found_definition(transaction, organization, definition, with_deleted=True)
        found = transaction.active_resources.of_definition(organization, definition)
        types = {(one.application, one.id): one.type for one in transaction.environments.all(organization)}
    return tuple((types.get((one.application, one.environment), ""), one) for one in found)


def read_definition(
    server: Server, caller: Caller, organization: str, definition: str, *, with_deleted: bool = False
) -> StoredDefinition:
    """Return one definition. Errors: NotFoundError."""
    caller.need(Permission.READ, organization)
    with server.store.reading() as transaction:
        return found_definition(transaction, organization, definition, with_deleted=with_deleted)


def found_definition(
    transaction: Transaction, organization: str, definition: str, *, with_deleted: bool = False, lock: bool = False
) -> StoredDefinition:
    """Return a definition. Errors: NotFoundError."""
    found = transaction.definitions.find(organization, definition, with_deleted=with_deleted, lock=lock)
    if found is None:
        raise NotFoundError(f"definition {definition!r} does not exist", fix="list the definitions of the organization")
    return found

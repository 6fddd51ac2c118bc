"""What a verdict depends on: the date of the catalog, the conditions that were decided, and what was left free."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    from leastway.policy.catalog import Catalog
    from leastway.policy.evaluate import PolicySet
    from leastway.policy.model import Document

__all__ = ["Basis", "basis_of", "documents_of"]

_OF_CALLER = ("aws:principal", "aws:userid", "aws:username")
_TIED = (
    "aws:calledvia",
    "aws:currenttime",
    "aws:epochtime",
    "aws:requestedregion",
    "aws:requesttag/",
    "aws:resourceaccount",
    "aws:resourceorg",
    "aws:source",
    "aws:tagkeys",
    "aws:viaawsservice",
    "aws:vpc",
)
"""Prefixes of keys whose values AWS derives from each other, or from the resource."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a verdict depends on."""

    catalog_version: str
    catalog_date: dt.date
    """The date of the catalog: a wildcard stands for the actions of that date."""
    reasoned: tuple[str, ...] = ()
    """The conditions, as operator and key; each is decided exactly, for any value of its key."""
    free: tuple[str, ...] = ()
    """The keys among them that AWS derives from the caller, the resource or each other, treated as independent here.

    A proof is not weakened by this; a counterexample may combine values that never occur together.
    """


def basis_of(sets: Iterable[PolicySet], catalog: Catalog, *, caller_is_known: bool = False) -> Basis:
    """Return what a verdict about `sets` depends on."""
    reasoned: dict[str, None] = {}
    free: dict[str, None] = {}
    tied = _TIED if caller_is_known else (*_TIED, *_OF_CALLER)
    for policies in sets:
        for document in documents_of(policies):
            for statement in document.statements:
                for operator, key, _ in statement.tests():
                    reasoned[f"{operator.name} {key}"] = None
                    if key.lower().startswith(tied):
                        free[key] = None
    return Basis(catalog.version, catalog.updated, tuple(sorted(reasoned)), tuple(sorted(free)))


def documents_of(policies: PolicySet) -> Iterator[Document]:
    """Yield every document of a set."""
    yield from policies.identity
    if policies.resource:
        yield policies.resource
    yield from (*policies.boundary, *policies.session)
    for level in (*policies.scps, *policies.rcps):
        yield from level

"""What a resolution needs to know of resource definitions, and the protocol of what it asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from leastway.errors import InvalidInputError
from leastway.registry import BUILT_IN_TYPES, CoProvision, Criterion, ResourceKey, is_secret_output
from leastway.resolve.matching import DefinitionIndex, MatchingRule
from leastway.resolve.values import UnknownValue

__all__ = ["DefinitionLookup", "DefinitionsRead", "KnownDefinitions", "ResolvableDefinition"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvableDefinition:
    """One definition, in the version that a deployment would use.

    `secrets` are nested; a leaf is a Secret, or a HiddenText for a secret that is kept elsewhere. `criteria` have their
    ids as keys, `provision` has TYPE.CLASS#ID. `account` is the id of a cloud account, a placeholder, or empty.
    `is_pinned` if the resource is pinned to this version.
    """

    id: str
    type: str
    driver: str
    version: str = ""
    account: str | UnknownValue = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, Any] = field(default_factory=dict)
    criteria: Mapping[str, Criterion] = field(default_factory=dict)
    provision: Mapping[str, CoProvision] = field(default_factory=dict)
    in_place_driver_change: bool = False
    is_pinned: bool = False


DefinitionsRead = dict[tuple[str, str | None], ResolvableDefinition]
"""Definitions by id and the version that a resource is pinned to, as the resolutions of one step share them."""


class DefinitionLookup(Protocol):
    """The definitions of an organization, read as a resolution needs them."""

    @property
    def index(self) -> DefinitionIndex:
        """The rules that can match in the environment; others may be left out."""
        ...

    def definition(self, identifier: str, key: ResourceKey) -> ResolvableDefinition:
        """Return a definition that the index names, in the version that the resource gets."""
        ...

    def rules_of_type(self, type_id: str) -> tuple[MatchingRule, ...]:
        """Return all rules of a resource type, to say why none of them matches."""
        ...

    def is_secret_output(self, type_id: str, path: Sequence[str]) -> bool:
        """Return whether a resource type says that an output is a secret."""
        ...


class KnownDefinitions:
    """Definitions that are all in memory. The resource types are the built-in ones."""

    def __init__(self, definitions: Iterable[ResolvableDefinition]) -> None:
        """Accept the definitions. Errors: InvalidInputError for an id twice, or equal criteria of one type."""
        self._known: dict[str, ResolvableDefinition] = {}
        for one in definitions:
            if self._known.setdefault(one.id, one) is not one:
                raise InvalidInputError(
                    f"two definitions have the id {one.id!r}", fix="remove one of them, or change its id"
                )
        self._index = DefinitionIndex(
            MatchingRule(one.type, one.id, criterion, identifier)
            for one in self._known.values()
            for identifier, criterion in one.criteria.items()
        )

    @property
    def index(self) -> DefinitionIndex:
        """All rules."""
        return self._index

    def definition(self, identifier: str, _key: ResourceKey) -> ResolvableDefinition:
        """Return a definition."""
        return self._known[identifier]

    def rules_of_type(self, type_id: str) -> tuple[MatchingRule, ...]:
        """Return all rules of a resource type."""
        return self._index.of_type(type_id)

    def is_secret_output(self, type_id: str, path: Sequence[str]) -> bool:
        """Return whether a built-in type says that an output is a secret."""
        known = BUILT_IN_TYPES.get(type_id)
        return known is not None and is_secret_output(known.outputs_schema, path)

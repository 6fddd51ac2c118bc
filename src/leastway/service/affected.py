"""What depends on a resource definition: active resources, and the definition that each would get instead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from leastway.registry import ActiveResource, ResourceKey, StoredCriterion, StoredDefinition
from leastway.resolve import DefinitionIndex, DeploymentContext, MatchingRule
from leastway.store import Transaction

__all__ = [
    "Affected",
    "affected_by_criterion",
    "affected_by_deletion",
    "needed_versions",
    "pinned_resources",
    "place_of_resource",
]


@dataclass(frozen=True, slots=True)
class Affected:
    """An active resource of a definition, and the definition that it would get; empty for none."""

    application: str
    environment: str
    resource: str
    definition: str
    next_definition: str


def place_of_resource(resource: ActiveResource) -> str:
    """Return where a resource is, as APP/ENV/TYPE.CLASS#ID."""
    key = ResourceKey(resource.type, resource.resource_class, resource.id)
    return f"{resource.application}/{resource.environment}/{key}"


def affected_by_deletion(transaction: Transaction, definition: StoredDefinition) -> tuple[Affected, ...]:
    """Return the active resources of a definition."""
    return _affected(transaction, definition, definition.criteria)


def affected_by_criterion(
    transaction: Transaction, definition: StoredDefinition, criterion: StoredCriterion
) -> tuple[Affected, ...]:
    """Return the active resources of a definition that would get another one without this criterion."""
    affected = _affected(transaction, definition, (criterion,))
    return tuple(one for one in affected if one.next_definition != definition.id)


def needed_versions(transaction: Transaction, organization: str, definition: str) -> frozenset[str]:
    """Return the ids of the versions that active resources were provisioned from or are pinned to."""
    found = transaction.active_resources.of_definition(organization, definition)
    return frozenset(
        version for one in found for version in (one.definition_version, one.target_version) if version is not None
    )


def pinned_resources(transaction: Transaction, organization: str, definition: str, version: str) -> tuple[str, ...]:
    """Return the active resources that are pinned to a version, as APP/ENV/TYPE.CLASS#ID."""
    return tuple(
        place_of_resource(one)
        for one in transaction.active_resources.of_definition(organization, definition)
        if one.target_version == version
    )


def _affected(
    transaction: Transaction, definition: StoredDefinition, without: Iterable[StoredCriterion]
) -> tuple[Affected, ...]:
    resources = transaction.active_resources.of_definition(definition.organization, definition.id)
    if not resources:
        return ()
    gone = {one.id for one in without}
    type_id = definition.active.type
    index = DefinitionIndex(
        MatchingRule(type_id, holder, one.criterion, one.id)
        for holder, one in transaction.criteria.of_type(definition.organization, type_id)
        if one.id not in gone
    )
    return tuple(
        Affected(one.application, one.environment, one.id, definition.id, _next(transaction, one, index))
        for one in resources
    )


def _next(transaction: Transaction, resource: ActiveResource, index: DefinitionIndex) -> str:
    """Return the definition that the next deployment would use for a resource."""
    environment = transaction.environments.find(resource.organization, resource.application, resource.environment)
    context = DeploymentContext(
        organization=resource.organization,
        application=resource.application,
        environment=resource.environment,
        environment_type="" if environment is None else environment.type,
    )
    rule = index.best(ResourceKey(resource.type, resource.resource_class, resource.id), context)
    return "" if rule is None else rule.definition

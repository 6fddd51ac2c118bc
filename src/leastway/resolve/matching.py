"""Which definition a resource gets, and why.

1. A criterion matches a resource if its class is the resource's, and each of its conditions is true.
2. Of two that match, the one with a condition on `res_id` wins over one without; then `env_id`, `app_id` and `env_type`
   decide, in this order.
3. So a tie is only possible between equal criteria, and equal criteria of one type are refused.

Matching takes at most sixteen look-ups, however many definitions there are.
Source: Humanitec's API, `MatchingCriteriaResponse`; its documentation, "Matching Criteria".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

from leastway.errors import InvalidInputError
from leastway.registry import Criterion, ResourceKey
from leastway.resolve.context import DeploymentContext

__all__ = [
    "PRECEDENCE",
    "DefinitionIndex",
    "MatchingRule",
    "SettledIndex",
    "shown_criterion",
    "why_it_lost",
    "why_no_match",
]

PRECEDENCE: Final = ("res_id", "env_id", "app_id", "env_type")
"""The conditions of a criterion, the most specific first."""

_Conditions = tuple[str, str, str, str]
_Level = tuple[Callable[[_Conditions], Any], dict[Any, "MatchingRule"]]


@dataclass(frozen=True, slots=True)
class MatchingRule:
    """A criterion of a definition of `type`; `id` is the criterion's own, empty if it has none."""

    type: str
    definition: str
    criterion: Criterion
    id: str = ""


class DefinitionIndex:
    """The criteria of all definitions of one organization. Errors: InvalidInputError for equal ones of one type."""

    def __init__(self, rules: Iterable[MatchingRule]) -> None:
        levels: dict[tuple[str, str], dict[tuple[int, ...], dict[Any, MatchingRule]]] = {}
        self._types: dict[str, list[MatchingRule]] = {}
        for rule in rules:
            conditions = _conditions(rule.criterion)
            named = tuple(place for place, text in enumerate(conditions) if text)
            level = levels.setdefault((rule.type, rule.criterion.resource_class), {}).setdefault(named, {})
            other = level.setdefault(_picker(named)(conditions), rule)
            if other is not rule:
                raise InvalidInputError(
                    f"the definitions {other.definition!r} and {rule.definition!r} of type {rule.type} have the same "
                    f"criterion, {shown_criterion(rule.criterion)}",
                    fix="change one of them, so that it is certain which definition a resource gets",
                )
            self._types.setdefault(rule.type, []).append(rule)
        self._levels: dict[tuple[str, str], tuple[_Level, ...]] = {
            of: tuple((_picker(named), found) for named, found in sorted(by_names.items(), key=_specific_first))
            for of, by_names in levels.items()
        }

    def best(self, key: ResourceKey, context: DeploymentContext) -> MatchingRule | None:
        """Return the rule that wins for a resource, or None if none matches."""
        values = (key.id, context.environment, context.application, context.environment_type)
        for pick, found in self._levels.get((key.type, key.resource_class), ()):
            rule = found.get(pick(values))
            if rule is not None:
                return rule
        return None

    def matching(self, key: ResourceKey, context: DeploymentContext) -> tuple[MatchingRule, ...]:
        """Return all rules that match a resource, the one that wins first."""
        values = (key.id, context.environment, context.application, context.environment_type)
        levels = self._levels.get((key.type, key.resource_class), ())
        found = (found.get(pick(values)) for pick, found in levels)
        return tuple(rule for rule in found if rule is not None)

    def of_type(self, type_id: str) -> tuple[MatchingRule, ...]:
        """Return all rules of a resource type."""
        return tuple(self._types.get(type_id, ()))


class SettledIndex(DefinitionIndex):
    """The rules of a deployment whose graph is settled: each resource has the rule that won then, or none."""

    def __init__(self, rules: Mapping[ResourceKey, MatchingRule]) -> None:
        super().__init__(())
        self._settled = dict(rules)

    def best(self, key: ResourceKey, context: DeploymentContext) -> MatchingRule | None:
        """Return the rule of a resource."""
        return self._settled.get(key)

    def matching(self, key: ResourceKey, context: DeploymentContext) -> tuple[MatchingRule, ...]:
        """Return the rule of a resource."""
        rule = self._settled.get(key)
        return () if rule is None else (rule,)


def why_it_lost(winner: Criterion, other: Criterion) -> str:
    """Return why `winner` wins over `other`, both of which match: the first condition that only the winner has."""
    for name in PRECEDENCE:
        if bool(getattr(winner, name)) != bool(getattr(other, name)):
            return f"it has no condition on {name}"
    raise AssertionError("equal criteria are refused")


def why_no_match(criterion: Criterion, key: ResourceKey, context: DeploymentContext) -> str | None:
    """Return the conditions of a criterion that a resource does not meet, or None if it matches."""
    failed = list(_failed(criterion, key, context))
    return " and ".join(failed) if failed else None


def shown_criterion(criterion: Criterion) -> str:
    """Return a criterion in words, such as `env_type=production, class=public`."""
    found = criterion.render()
    return ", ".join(f"{name}={found[name]}" for name in (*PRECEDENCE, "class") if name in found) or "no condition"


def _failed(criterion: Criterion, key: ResourceKey, context: DeploymentContext) -> Iterator[str]:
    if criterion.resource_class != key.resource_class:
        yield f"its class is {criterion.resource_class}, not {key.resource_class}"
    values = (key.id, context.environment, context.application, context.environment_type)
    for name, wanted, value in zip(PRECEDENCE, _conditions(criterion), values, strict=True):
        if wanted and wanted != value:
            yield f"{name} is {wanted}, not {value}"


def _conditions(criterion: Criterion) -> _Conditions:
    return (criterion.res_id, criterion.env_id, criterion.app_id, criterion.env_type)


def _picker(named: tuple[int, ...]) -> Callable[[_Conditions], Any]:
    return itemgetter(*named) if named else _nothing


def _nothing(_values: _Conditions) -> tuple[()]:
    return ()


def _specific_first(entry: tuple[tuple[int, ...], object]) -> tuple[bool, ...]:
    return tuple(place not in entry[0] for place in range(len(PRECEDENCE)))

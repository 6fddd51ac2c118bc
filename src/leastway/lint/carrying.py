"""Conditions on keys that requests for an action never have, or are not known to have.

The catalog decides (`Catalog.carries`), as for proofs. The rule `unknown-key` handles keys that are not in the catalog.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastway.lint.absence import holds_when_absent
from leastway.lint.patterns import arns_overlap
from leastway.policy.catalog import Carries

if TYPE_CHECKING:
    from leastway.lint.exhibit import ConditionAt, StatementAt
    from leastway.lint.knowledge import Knowledge
    from leastway.policy.catalog import Action, Catalog
    from leastway.source import KeyPath

__all__ = ["UNLISTED_FIX", "Uncarried", "uncarried", "why_uncarried"]

UNLISTED_FIX = "check the service's documentation, or compare a key that is listed for the action"
_MOST_REMEMBERED = 65_536
_ON_A_RESOURCE = "arn"
"""Any resource except `*`: the service decides the resource of requests for actions without resource types."""


@dataclass(frozen=True, slots=True)
class Uncarried:
    """A condition whose key requests for `actions` lack; `pattern` at `path` matches these actions, and `others` too.

    `never`: according to the documentation. Otherwise the key is only not listed, and such lists have gaps.
    """

    pattern: str
    path: KeyPath
    condition: ConditionAt
    actions: tuple[Action, ...]
    others: tuple[Action, ...]
    never: bool


def uncarried(found: StatementAt, knowledge: Knowledge, *, holding: bool) -> Iterator[Uncarried]:
    """Yield each pair of an action pattern and a condition whose key its requests lack, certain cases first.

    `holding`: whether to look at conditions that match without their key, or at those that do not.
    """
    pairs = list(_uncarried(found, knowledge, holding=holding))
    yield from (one for one in pairs if one.never)
    yield from (one for one in pairs if not one.never)


def why_uncarried(one: Uncarried, knowledge: Knowledge) -> str:
    """Return a sentence that tells why requests for the first of the actions lack the key."""
    action, key = one.actions[0], one.condition.key
    it = "it" if one.pattern.lower() == action.full_name.lower() else action.full_name
    if one.never:
        return f"{it} is not about a single resource, so its requests never have {key}"
    return f"{knowledge.catalog_name} does not list {key} for {it}"


def _uncarried(found: StatementAt, knowledge: Knowledge, *, holding: bool) -> Iterator[Uncarried]:
    conditions = [one for one in found.conditions() if holds_when_absent(one) is holding]
    resources = found.statement.resources
    patterns = None if resources is None or "*" in resources else tuple(resources)
    for pattern, path in found.actions() if conditions else ():
        actions = knowledge.actions(pattern) or ()
        for condition in conditions:
            key = condition.key.lower()
            if not knowledge.key(key):
                continue
            how = [_carries(knowledge.catalog, action.full_name, key, patterns) for action in actions]
            for wanted in (Carries.NEVER, Carries.UNLISTED):
                lacking = tuple(action for action, one in zip(actions, how, strict=True) if one is wanted)
                others = tuple(action for action, one in zip(actions, how, strict=True) if one is not wanted)
                if lacking:
                    yield Uncarried(pattern, path, condition, lacking, others, never=wanted is Carries.NEVER)


@functools.lru_cache(_MOST_REMEMBERED)
def _carries(catalog: Catalog, name: str, key: str, resources: tuple[str, ...] | None) -> Carries:
    action = catalog.find_action(name)
    if action is None:
        return Carries.LISTED
    types = [
        found
        for found in catalog.resource_types(action)
        if resources is None or any(arns_overlap(pattern, found.arn_glob) for pattern in resources)
    ]
    on_none = catalog.is_on_no_resource(action, _ON_A_RESOURCE)
    answers = {catalog.carries(action, key, found, on_no_resource=on_none) for found in types or (None,)}
    return next(how for how in (Carries.LISTED, Carries.UNLISTED, Carries.NEVER) if how in answers)

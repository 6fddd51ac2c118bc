"""Which conditions are about keys that the requests for an action never carry, or are not known to carry.

The judgement is the catalog's (`Catalog.carries`), as for proofs. A key that the catalog does not know at all is left
to the rule `unknown-key`.
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

UNLISTED_FIX = "look into the service's documentation, or compare a key that is listed for the action"
_MOST_REMEMBERED = 65_536
_ON_A_RESOURCE = "arn"
"""Any but `*`: what a request for an action without types of resource is on is for the service to say."""


@dataclass(frozen=True, slots=True)
class Uncarried:
    """A condition whose key is in no request for `actions`; `pattern` at `path` means them, and `others` beside.

    `never`: by the documentation. Otherwise the key is not listed for them, and such lists have gaps.
    """

    pattern: str
    path: KeyPath
    condition: ConditionAt
    actions: tuple[Action, ...]
    others: tuple[Action, ...]
    never: bool


def uncarried(found: StatementAt, knowledge: Knowledge, *, holding: bool) -> Iterator[Uncarried]:
    """Yield each pair of action pattern and condition where the key of the latter is not there, the certain ones first.

    Only conditions that hold without their key, or only those that do not, as `holding` says.
    """
    pairs = list(_uncarried(found, knowledge, holding=holding))
    yield from (one for one in pairs if one.never)
    yield from (one for one in pairs if not one.never)


def why_uncarried(one: Uncarried, knowledge: Knowledge) -> str:
    """Return why requests for the first of the actions lack the key, as a sentence."""
    action, key = one.actions[0], one.condition.key
    it = "it" if one.pattern.lower() == action.full_name.lower() else action.full_name
    if one.never:
        return f"{it} works on no resource, so its requests never carry {key}"
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

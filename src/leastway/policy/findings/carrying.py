"""Which conditions are about keys that the requests for an action never carry.

Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS services": a request carries
the global keys, the keys of its action, and those of the types of resource that the action works on. Tags hang on
the resource type. A key that the catalog does not know at all is left to the rule `unknown-key`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastway.policy.catalog import find_global_key
from leastway.policy.findings.absence import holds_when_absent
from leastway.policy.findings.patterns import arns_overlap

if TYPE_CHECKING:
    from leastway.policy.catalog import Action, Catalog
    from leastway.policy.findings.exhibit import ConditionAt, StatementAt
    from leastway.policy.findings.knowledge import Knowledge
    from leastway.policy.model.source import Path

__all__ = ["Uncarried", "uncarried", "why_uncarried"]

_MOST_REMEMBERED = 65_536
_SERVICE_TAG = re.compile(r"^[a-z0-9-]+:resourcetag/")
"""A service's own name for the tags of its resources: present where `aws:ResourceTag/...` is."""
_TAGS = ("aws:resourcetag/", "aws:requesttag/", "aws:tagkeys")


@dataclass(frozen=True, slots=True)
class Uncarried:
    """A condition whose key is in no request for `actions`; `pattern` at `path` means them, and `others` beside."""

    pattern: str
    path: Path
    condition: ConditionAt
    actions: tuple[Action, ...]
    others: tuple[Action, ...]


def uncarried(found: StatementAt, knowledge: Knowledge, *, holding: bool) -> Iterator[Uncarried]:
    """Yield each pair of action pattern and condition where the key of the latter is never there.

    Only conditions that hold without their key, or only those that do not, as `holding` says.
    """
    conditions = [one for one in found.conditions() if holds_when_absent(one) is holding]
    resources = found.statement.resources
    patterns = None if resources is None or "*" in resources else tuple(resources)
    for pattern, path in found.actions() if conditions else ():
        actions = knowledge.actions(pattern) or ()
        for condition in conditions:
            key = condition.key.lower()
            if not knowledge.key(key) or (find_global_key(key) and not key.startswith(_TAGS)):
                continue
            carried = [_may_carry(knowledge.catalog, action.full_name, key, patterns) for action in actions]
            if not all(carried):
                lacking = tuple(action for action, has in zip(actions, carried, strict=True) if not has)
                others = tuple(action for action, has in zip(actions, carried, strict=True) if has)
                yield Uncarried(pattern, path, condition, lacking, others)


def why_uncarried(one: Uncarried, knowledge: Knowledge) -> str:
    """Return why requests for the first of the actions lack the key, as a sentence."""
    action, key = one.actions[0], one.condition.key
    it = "it" if one.pattern.lower() == action.full_name.lower() else action.full_name
    if not action.resources and ":resourcetag/" in key.lower():
        return f"{it} works on no resource, so its requests never carry {key}"
    return f"by {knowledge.catalog_name}, no request for {it} carries {key}"


@functools.lru_cache(_MOST_REMEMBERED)
def _may_carry(catalog: Catalog, name: str, key: str, resources: tuple[str, ...] | None) -> bool:
    action = catalog.find_action(name)
    if action is None:
        return True
    types = [
        found
        for found in catalog.resource_types(action)
        if resources is None or any(arns_overlap(pattern, found.arn_glob) for pattern in resources)
    ]
    names = (key, _SERVICE_TAG.sub("aws:resourcetag/", key))
    return any(catalog.may_carry(action, name, found) for name in names for found in types or (None,))

"""What requests there can be for an action: on which resources, with which keys in their context.

From the catalog: a resource has the shape of one of the types that the action works on, or is `*`; a key is there only
if the action or the type of the resource carries it. Global keys may be anywhere, but for the tags of a request or
resource; so may keys of identity providers, and keys that the catalog does not know. A key of a known type has values
of this type. What the catalog knows nothing of is left open, so that a proof holds for it too.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastway.policy.catalog import find_global_key
from leastway.policy.prove.reserved import reserved_resources
from leastway.policy.prove.subjects import KeyFacts
from leastway.policy.prove.text import TextSet
from leastway.policy.prove.values import well_formed
from leastway.policy.wildcards import tokens_of

if TYPE_CHECKING:
    from leastway.policy.catalog import Action, Catalog, ResourceType

__all__ = ["Domain", "domains_of", "open_facts"]

_ON_NOTHING = TextSet.matching([("*",)])
_TAGS = ("aws:resourcetag/", "aws:requesttag/", "aws:tagkeys")


@dataclass(frozen=True, slots=True)
class Domain:
    """The requests for one action on one type of resource."""

    action: str
    """As the documentation spells it."""
    shapes: tuple[TextSet, ...]
    """What the resource must be, all of them; empty for an action of which nothing is known."""
    resource_type: ResourceType | None
    facts: Callable[[str], KeyFacts]


def open_facts(catalog: Catalog) -> Callable[[str], KeyFacts]:
    """Return what is certain about keys whatever the action: their types."""
    return functools.partial(_facts, catalog)


def domains_of(actions: Iterable[str], keys: Iterable[str], catalog: Catalog, *, with_shape: bool) -> Iterator[Domain]:
    """Yield the domains of `actions` that differ in what they say of `keys` and, `with_shape`, of the resource."""
    keys = tuple(keys)
    seen: set[object] = set()
    for name in actions:
        action = catalog.find_action(name)
        if action is None:
            yield Domain(name, (), None, open_facts(catalog))
            continue
        for resource_type in _types(catalog, action):
            carried = frozenset(key for key in keys if _may_carry(catalog, action, resource_type, key))
            glob = resource_type.arn_glob if resource_type else None
            reserved = reserved_resources(name) if glob else None
            difference = (carried, glob if with_shape else None, reserved if with_shape else None)
            if difference not in seen:
                seen.add(difference)
                shapes = (
                    (_shape(glob), *([_shape(reserved).complement()] if reserved else [])) if glob else (_ON_NOTHING,)
                )
                facts = functools.partial(_carried_facts, catalog, frozenset(keys) - carried)
                yield Domain(action.full_name, shapes, resource_type, facts)


def _types(catalog: Catalog, action: Action) -> list[ResourceType | None]:
    """Return the types that `action` can be requested on; None is `*`, where no type is required."""
    found: list[ResourceType | None] = [*catalog.resource_types(action)]
    if not any(resource.required for resource in action.resources) or not found:
        found.append(None)
    return found


def _may_carry(catalog: Catalog, action: Action, resource_type: ResourceType | None, key: str) -> bool:
    if find_global_key(key):
        return not key.startswith(_TAGS) or catalog.may_carry(action, key, resource_type)
    known = key.partition(":")[0] in catalog.services() and catalog.find_condition_key(key) is not None
    return not known or catalog.may_carry(action, key, resource_type)


@functools.cache
def _shape(glob: str) -> TextSet:
    return TextSet.matching([tokens_of(glob)], segmented=True)


def _carried_facts(catalog: Catalog, missing: frozenset[str], key: str) -> KeyFacts:
    return _NEVER if key in missing else _facts(catalog, key)


_NEVER = KeyFacts(may_be_there=False)


@functools.cache
def _facts(catalog: Catalog, key: str) -> KeyFacts:
    found = find_global_key(key) or catalog.find_condition_key(key)
    if found is None:
        return KeyFacts()
    return KeyFacts(multivalued=found.multivalued, values=well_formed(found.family))

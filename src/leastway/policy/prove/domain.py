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
from leastway.policy.catalog.entries import glob_of
from leastway.policy.prove.language import Language
from leastway.policy.prove.reserved import reserved_resources
from leastway.policy.prove.subjects import KeyFacts
from leastway.policy.prove.text import TextSet
from leastway.policy.prove.values import well_formed
from leastway.policy.wildcards import Globs, Pattern, Wildcard, tokens_of

if TYPE_CHECKING:
    from leastway.policy.catalog import Catalog, ResourceType

__all__ = ["Domain", "Kind", "domains_of", "open_facts"]

_TAGS = ("aws:resourcetag/", "aws:requesttag/", "aws:tagkeys")
_ANY_RESOURCE: Pattern = (Wildcard.STAR,)
_ON_NOTHING: Pattern = ("*",)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of request: an action on one type of resource."""

    action: str
    """As the documentation spells it."""
    resource_type: ResourceType | None
    """None: on `*`, or for an action that the catalog does not know, on anything."""
    shape: Pattern
    """What the resource must look like."""

    @property
    def is_at_home(self) -> bool:
        """Whether the resource belongs to the action's service."""
        service = self.action.partition(":")[0]
        return self.resource_type is None or f":{service}:" in self.resource_type.arn


@dataclass(frozen=True, slots=True)
class Domain:
    """Kinds of request of whose context the same is certain."""

    kinds: tuple[Kind, ...]
    facts: Callable[[str], KeyFacts]
    reserved: str | None = None
    """Resources, as a pattern, on which nobody may do this."""

    @property
    def resources(self) -> tuple[TextSet, ...]:
        """The sets that the resource must be in."""
        shapes = TextSet.matching([kind.shape for kind in self.kinds], segmented=True)
        if self.reserved is None:
            return (shapes,)
        return shapes, TextSet.matching([tokens_of(self.reserved)], segmented=True).complement()

    def kinds_of(self, resource: str) -> list[Kind]:
        """Return the kinds that `resource` can be of, the one that fixes most of it first."""
        found = [kind for kind in self.kinds if Language((kind.shape,), segmented=True).automaton.accepts(resource)]
        return sorted(found, key=lambda kind: (-_length(kind.shape), not kind.is_at_home))


def open_facts(catalog: Catalog) -> Callable[[str], KeyFacts]:
    """Return what is certain about keys whatever the action: their types."""
    return functools.partial(_facts, catalog)


def domains_of(actions: Iterable[str], keys: Iterable[str], catalog: Catalog) -> Iterator[Domain]:
    """Yield the domains of `actions`, as far as they differ in what is certain about `keys`."""
    not_always = [key for key in keys if not _may_be_anywhere(catalog, key)]
    kinds: dict[tuple[frozenset[str], str | None], dict[Pattern, Kind]] = {}
    for name in actions:
        found = _kinds(catalog, name)
        if not found:
            yield Domain((Kind(name, None, _ANY_RESOURCE),), open_facts(catalog))
        reserved = reserved_resources(name)
        for kind in found:
            certain = frozenset(key for key in not_always if not _may_carry(catalog, kind, key))
            same = kinds.setdefault((certain, reserved), {})
            if kind.shape not in same or (kind.is_at_home and not same[kind.shape].is_at_home):
                same[kind.shape] = kind
    for (missing, reserved), same in kinds.items():
        yield Domain(tuple(same.values()), functools.partial(_carried_facts, catalog, missing), reserved)


@functools.cache
def _kinds(catalog: Catalog, name: str) -> tuple[Kind, ...]:
    """Return the kinds of request for an action; none, if the catalog does not know it."""
    action = catalog.find_action(name)
    if action is None:
        return ()
    types = catalog.resource_types(action)
    kinds = [Kind(action.full_name, found, _tokens_of(found.arn_glob)) for found in types]
    if not types or not any(resource.required for resource in action.resources):
        kinds.append(Kind(action.full_name, None, _ON_NOTHING))
    return tuple(kinds)


_tokens_of = functools.cache(tokens_of)


def _may_be_anywhere(catalog: Catalog, key: str) -> bool:
    if find_global_key(key):
        return not key.startswith(_TAGS)
    return key.partition(":")[0] not in catalog.services() or catalog.find_condition_key(key) is None


def _may_carry(catalog: Catalog, kind: Kind, key: str) -> bool:
    if kind.action.startswith("sts:") and key.startswith("sts:"):
        return True  # one call asks for the session, its tags and its source identity: each is decided with all keys
    return _keys_of(catalog, kind.action, kind.resource_type)(key)


@functools.lru_cache(maxsize=65_536)
def _keys_of(catalog: Catalog, action: str, resource_type: ResourceType | None) -> Callable[[str], bool]:
    found = catalog.find_action(action)
    return _matcher_of(catalog.condition_keys(found, resource_type)) if found else lambda _key: True


@functools.lru_cache(maxsize=8192)
def _matcher_of(keys: frozenset[str]) -> Callable[[str], bool]:
    return Globs.compile(tokens_of(glob_of(key.lower())) for key in keys).matcher()


def _length(shape: Pattern) -> int:
    return sum(len(part) for part in shape if isinstance(part, str))


_NEVER = KeyFacts(may_be_there=False)


def _carried_facts(catalog: Catalog, missing: frozenset[str], key: str) -> KeyFacts:
    return _NEVER if key in missing else _facts(catalog, key)


@functools.cache
def _facts(catalog: Catalog, key: str) -> KeyFacts:
    found = find_global_key(key) or catalog.find_condition_key(key)
    if found is None:
        return KeyFacts()
    return KeyFacts(multivalued=found.multivalued, values=well_formed(found.family))

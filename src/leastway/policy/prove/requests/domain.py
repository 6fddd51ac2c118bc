"""The requests that are possible for an action: its resources, and the keys in their context.

From the catalog: a resource has the shape of one of the action's resource types, or is `*`; if the catalog names no
type, it is `*` or stands for all of a kind, and `question` treats any other as a doubt. A key may be present unless the
documentation rules it out (`Catalog.carries`), whether the catalog lists it or not. A key of a known type has values of
this type. What the catalog does not know is left open, so that a proof holds for it too.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastway.policy.catalog import Carries, find_global_key
from leastway.policy.evaluate.protected import protected_resources
from leastway.policy.prove.formulas.subjects import KeyFacts
from leastway.policy.prove.texts.language import Language
from leastway.policy.prove.texts.text import TextSet
from leastway.policy.prove.texts.values import well_formed
from leastway.policy.wildcards import Pattern, Wildcard, tokens_of

if TYPE_CHECKING:
    from leastway.policy.catalog import Catalog, ResourceType

__all__ = ["Domain", "RequestKind", "carries", "domains_of", "open_facts", "reserved_resources", "undocumented"]

_ANY_RESOURCE: Pattern = (Wildcard.STAR,)
_ANY_ARN: Pattern = tokens_of("arn:*:*:*:*:*")
_ON_ALL: tuple[Pattern, ...] = ((*_ANY_ARN, "*", Wildcard.STAR), (*_ANY_ARN, ":"), (*_ANY_ARN, "/"))
"""The ARNs that `means_all` accepts."""
_NO_KEYS: frozenset[str] = frozenset()
_MOST_MADE_UP = 8
_ON_NOTHING: Pattern = ("*",)
_AS_WILDCARDS = (("[^:]+", "*"), ("[^:]*", "*"), ("[0-9]{12}", "*"), (".+", "*"))
"""Partition, account and name become any text: reserved resources have real ones."""


@dataclass(frozen=True, slots=True)
class RequestKind:
    """One kind of request: an action on one type of resource."""

    action: str
    """The action's name as the documentation spells it."""
    resource_type: ResourceType | None
    """None: `*`, all of a kind, or, for an action that the catalog does not know, any resource."""
    shape: Pattern
    """The pattern that the resource must match."""
    made_up: tuple[str, ...] = ()
    """If there is no type: ARNs with placeholders of the service's resource types, to build an example from."""
    on_no_resource: bool = False
    """Whether the request has no resource of its own (`Catalog.is_on_no_resource`)."""
    is_at_home: bool = True
    """Whether the resource belongs to the action's service."""


@dataclass(frozen=True, slots=True)
class Domain:
    """Kinds of request with the same facts about their context."""

    kinds: tuple[RequestKind, ...]
    resources: tuple[TextSet, ...]
    """The sets that the resource must be in, all of them."""
    facts: Callable[[str], KeyFacts]

    def kinds_of(self, resource: str) -> list[RequestKind]:
        """Return the kinds that match `resource`, the most specific first."""
        found = [kind for kind in self.kinds if Language((kind.shape,), segmented=True).automaton.accepts(resource)]
        return sorted(found, key=lambda kind: (-_length(kind.shape), not kind.is_at_home))


def undocumented(name: str, keys: Iterable[str], catalog: Catalog) -> Domain | None:
    """Return the domain of requests for an action that the documentation neither lists nor rules out.

    They are on any ARN if it names no resource for the action; None if it names some.
    """
    action = catalog.find_action(name)
    if action is None or catalog.has_resource_level(action):
        return None
    kind = RequestKind(action.full_name, None, _ANY_ARN, on_no_resource=catalog.is_on_no_resource(action, "arn"))
    never = frozenset(key for key in keys if carries(catalog, kind, key) is Carries.NEVER)
    shapes = (
        TextSet.matching([_ANY_ARN], segmented=True),
        TextSet.matching(_ON_ALL, segmented=True).complement(),
    )
    return Domain((kind,), shapes, functools.partial(_carried_facts, catalog, never))


def open_facts(catalog: Catalog) -> Callable[[str], KeyFacts]:
    """Return what is certain about keys for any action: their types."""
    return functools.partial(_facts, catalog)


def domains_of(
    actions: Iterable[str], keys: Iterable[str], catalog: Catalog, *, tick: Callable[[], None] = lambda: None
) -> Iterator[Domain]:
    """Yield the domains of `actions`, one for each set of facts about `keys`.

    The kinds of a domain for which the catalog lists most of `keys` come first. `tick` may raise to give up.
    """
    asked = tuple(key for key in keys if not catalog.may_be_anywhere(key))
    kinds: dict[tuple[frozenset[str], str | None], dict[Pattern, tuple[int, RequestKind]]] = {}
    for name in actions:
        tick()
        found = _kinds(catalog, name)
        if not found:
            yield Domain((RequestKind(name, None, _ANY_RESOURCE),), (), open_facts(catalog))
        reserved = reserved_resources(name)
        for kind in found:
            never, unlisted = _carried(catalog, kind, asked) if asked else (_NO_KEYS, 0)
            rank = 2 * unlisted + (not kind.is_at_home)
            same = kinds.setdefault((never, reserved), {})
            if kind.shape not in same or rank < same[kind.shape][0]:
                same[kind.shape] = rank, kind
    for (missing, reserved), same in kinds.items():
        resources = [TextSet.matching(list(same), segmented=True)]
        if reserved:
            resources.append(TextSet.matching([tokens_of(reserved)], segmented=True).complement())
        facts = functools.partial(_carried_facts, catalog, missing)
        ordered = sorted(same.values(), key=lambda item: item[0])
        yield Domain(tuple(kind for _, kind in ordered), tuple(resources), facts)


def _carried(catalog: Catalog, kind: RequestKind, keys: Sequence[str]) -> tuple[frozenset[str], int]:
    """Return those of `keys` that requests of `kind` never have, and how many others the catalog does not list."""
    carried = [carries(catalog, kind, key) for key in keys]
    never = frozenset(key for key, how in zip(keys, carried, strict=True) if how is Carries.NEVER)
    return never, carried.count(Carries.UNLISTED)


@functools.cache
def reserved_resources(action: str) -> str | None:
    """Return the pattern of resources that AWS reserves, on which nobody can do `action`; None if there are none."""
    found = protected_resources(action)
    if found is None:
        return None
    pattern = found.pattern
    for expression, wildcards in _AS_WILDCARDS:
        pattern = pattern.replace(expression, wildcards)
    return pattern


@functools.lru_cache(maxsize=65_536)
def carries(catalog: Catalog, kind: RequestKind, key: str) -> Carries:
    """Return whether requests of `kind` have `key`, in lower case; unknown keys and actions count as listed."""
    action = catalog.find_action(kind.action)
    is_known = find_global_key(key) or catalog.find_condition_key(key)
    if action is None or not is_known:
        return Carries.LISTED
    return catalog.carries(action, key, kind.resource_type, on_no_resource=kind.on_no_resource)


@functools.cache
def _kinds(catalog: Catalog, name: str) -> tuple[RequestKind, ...]:
    """Return the kinds of request for an action; none if the catalog does not know it."""
    action = catalog.find_action(name)
    if action is None:
        return ()
    if not catalog.has_resource_level(action):
        made_up = tuple(found.arn for found in catalog.resource_types_of(action.service)[:_MOST_MADE_UP])
        on_nothing = RequestKind(action.full_name, None, _ON_NOTHING, on_no_resource=True)
        on_all = (RequestKind(action.full_name, None, shape, made_up, on_no_resource=True) for shape in _ON_ALL)
        return on_nothing, *on_all
    types = catalog.resource_types(action)
    kinds = [
        RequestKind(action.full_name, found, _tokens_of(found.arn_glob), is_at_home=f":{action.service}:" in found.arn)
        for found in types
    ]
    if catalog.has_unknown_types(action):
        kinds.append(RequestKind(action.full_name, None, _ANY_RESOURCE))
    elif not any(resource.required for resource in action.resources):
        kinds.append(RequestKind(action.full_name, None, _ON_NOTHING))
    return tuple(kinds)


_tokens_of = functools.cache(tokens_of)


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

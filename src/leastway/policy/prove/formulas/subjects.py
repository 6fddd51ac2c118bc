"""Decides whether literals about one subject can hold together, and with which value.

A key of the context is absent, has one value, or has a list of values. Which of these are possible is known from the
action, the resource's type and the key's own type. As in `evaluate`, a list of one item equals this item, except for
policy variables; a list of several can hold only with set operators, for which a single empty string is not a value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastway.policy.prove.formulas.formula import Aspect
from leastway.policy.prove.texts.text import ANY_TEXT, TextSet
from leastway.policy.prove.texts.values import Doubt, ValueSet, find_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from leastway.policy.evaluate import ContextValue
    from leastway.policy.prove.formulas.formula import Literal

__all__ = ["ABSENT", "KeyFacts", "find_key", "find_resource", "is_true"]

ABSENT = ()
"""The value of an absent key; a request treats an empty list as absent."""

_EMPTY = TextSet.matching([()])
_NOT_EMPTY = _EMPTY.complement()


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What is certain about a key in a request, independent of the policies."""

    may_be_there: bool = True
    multivalued: bool | None = None
    """None: it may have one value or a list."""
    values: ValueSet = ANY_TEXT
    """The set that each of its values is in."""


def find_resource(
    literals: Iterable[Literal], shapes: Sequence[TextSet], tick: Callable[[], None]
) -> str | Doubt | None:
    """Return a resource of `shapes` for which `literals` hold, or None."""
    return find_value([*shapes, *(literal.values for literal in literals)], tick=tick)


def find_key(literals: Sequence[Literal], facts: KeyFacts, tick: Callable[[], None]) -> ContextValue | Doubt | None:
    """Return a value of the key for which `literals` hold, ABSENT if they hold without it, None if there is none."""
    if not any(literal.holds for literal in literals):
        return ABSENT
    if not facts.may_be_there or any(item.aspect is Aspect.PRESENT and not item.holds for item in literals):
        return None
    doubt: Doubt | None = None
    for answer in _answers(literals, facts, tick):
        if isinstance(answer, Doubt):
            doubt = answer
        elif answer is not None:
            return answer
    return doubt


def _answers(
    literals: Sequence[Literal], facts: KeyFacts, tick: Callable[[], None]
) -> Iterator[ContextValue | Doubt | None]:
    """Yield a single value, a list of one item and a list of several, as far as the key can have them."""
    as_list = {item.holds for item in literals if item.aspect is Aspect.LIST}
    by_itself = facts.multivalued is not True and True not in as_list
    if by_itself:
        yield _one(literals, facts, tick)
    if facts.multivalued is False or False in as_list:
        return
    if not by_itself:
        item = _one(literals, facts, tick)
        yield (item,) if isinstance(item, str) else item
    yield _several(literals, facts, tick)


def _one(literals: Sequence[Literal], facts: KeyFacts, tick: Callable[[], None]) -> str | Doubt | None:
    values = [facts.values, *(literal.values for literal in literals if literal.aspect is Aspect.VALUE)]
    some = [literal for literal in literals if literal.aspect is Aspect.SOME]
    if not some:
        value = find_value(values, tick=tick)
        longer = find_value([*values, _NOT_EMPTY], tick=tick) if value == "" else None
        return longer if isinstance(longer, str) else value
    answer = find_value([*values, _NOT_EMPTY, *(literal.values for literal in some)], tick=tick)
    if answer is not None or any(literal.holds for literal in some):
        return answer
    return find_value([*values, _EMPTY], tick=tick)


def _several(literals: Sequence[Literal], facts: KeyFacts, tick: Callable[[], None]) -> tuple[str, ...] | Doubt | None:
    if any(literal.aspect is Aspect.VALUE and literal.holds for literal in literals):
        return None
    some = [literal for literal in literals if literal.aspect is Aspect.SOME]
    shared = [facts.values, *(literal.values for literal in some if not literal.holds)]
    values: dict[str, None] = {}
    for among in [literal.among for literal in some if literal.holds] or [ANY_TEXT]:
        answer = find_value([*shared, among, _NOT_EMPTY], tick=tick)
        if answer is None:
            answer = find_value([*shared, among], tick=tick)
        if answer is None or isinstance(answer, Doubt):
            return answer
        values[answer] = None
    first, *others = values
    return (first, *others) if others else (first, _another(first, shared, tick))


def _another(item: str, shared: Sequence[ValueSet], tick: Callable[[], None]) -> str:
    """Return a second item for a list with `item`; `item` itself if there is no other: a list may repeat one."""
    other = find_value([*shared, _NOT_EMPTY, TextSet.matching([(item,) if item else ()]).complement()], tick=tick)
    return other if isinstance(other, str) else item


def is_true(literal: Literal, value: ContextValue) -> bool:
    """Whether `literal`, which must have no variables, holds for this value of its subject."""
    items = (value,) if isinstance(value, str) else tuple(value)
    match literal.aspect:
        case Aspect.PRESENT:
            found = bool(items)
        case Aspect.LIST:
            found = bool(items) and not isinstance(value, str)
        case Aspect.VALUE:
            found = len(items) == 1 and literal.among.contains(items[0])
        case Aspect.SOME:
            found = items != ("",) and any(map(literal.among.contains, items))
    return found is literal.holds

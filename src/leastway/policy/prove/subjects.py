"""Whether literals about one subject can hold together, and with which value.

A key of the context is absent, has one value, or a list of values. Which of these it can be is known from the action,
the resource's type and the key's own type. As `evaluate` has it, a list holds under set operators only, and for these
a single empty string is no value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastway.policy.prove.formula import Aspect
from leastway.policy.prove.text import ANY_TEXT, TextSet
from leastway.policy.prove.values import DOUBT, Doubt, ValueSet, find_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from leastway.policy.evaluate import ContextValue
    from leastway.policy.prove.formula import Literal

__all__ = ["ABSENT", "KeyFacts", "find_key", "find_resource"]

ABSENT = ()
"""The value of a key that is not there, which is what a request makes of an empty list."""

_EMPTY = TextSet.matching([()])
_NOT_EMPTY = _EMPTY.complement()


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What is certain about a key in a request, whatever the policies say."""

    may_be_there: bool = True
    multivalued: bool | None = None
    """None: it may have one value as well as a list."""
    values: ValueSet = ANY_TEXT
    """What each of its values must be."""


def find_resource(
    literals: Iterable[Literal], shapes: Sequence[TextSet], tick: Callable[[], None]
) -> str | Doubt | None:
    """Return a resource of `shapes` for which `literals` hold, or None."""
    return find_value([*shapes, *(_set_of(literal) for literal in literals)], tick=tick)


def find_key(literals: Sequence[Literal], facts: KeyFacts, tick: Callable[[], None]) -> ContextValue | Doubt | None:
    """Return a value of the key for which `literals` hold, ABSENT if it need not be there, None if there is none."""
    if not any(literal.holds for literal in literals):
        return ABSENT
    if not facts.may_be_there or any(item.aspect is Aspect.PRESENT and not item.holds for item in literals):
        return None
    answers: list[ContextValue | Doubt | None] = []
    if facts.multivalued is not True:
        answers.append(_one(literals, facts, tick))
    if facts.multivalued is not False:
        answers.append(_several(literals, facts, tick))
    found = [answer for answer in answers if answer is not None]
    return next((answer for answer in found if not isinstance(answer, Doubt)), found[0] if found else None)


def _one(literals: Sequence[Literal], facts: KeyFacts, tick: Callable[[], None]) -> str | Doubt | None:
    values = [facts.values, *(_set_of(literal) for literal in literals if literal.aspect is Aspect.VALUE)]
    some = [literal for literal in literals if literal.aspect is Aspect.SOME]
    if not some:
        return find_value(values, tick=tick)
    answer = find_value([*values, _NOT_EMPTY, *map(_set_of, some)], tick=tick)
    if answer is not None or any(literal.holds for literal in some):
        return answer
    return find_value([*values, _EMPTY], tick=tick)


def _several(literals: Sequence[Literal], facts: KeyFacts, tick: Callable[[], None]) -> tuple[str, ...] | Doubt | None:
    if any(literal.aspect is Aspect.VALUE and literal.holds for literal in literals):
        return None
    some = [literal for literal in literals if literal.aspect is Aspect.SOME]
    shared = [facts.values, *(_set_of(literal) for literal in some if not literal.holds)]
    wanted = [literal.among for literal in some if literal.holds]
    values: dict[str, None] = {}
    for among in wanted or [ANY_TEXT]:
        answer = find_value([*shared, among, _NOT_EMPTY], tick=tick)
        if answer is None:
            answer = find_value([*shared, among], tick=tick) if wanted else ""
        if answer is None or isinstance(answer, Doubt):
            return DOUBT if answer else None
        values[answer] = None
    if wanted and list(values) == [""]:
        return "", ""
    return tuple(values)


def _set_of(literal: Literal) -> ValueSet:
    return literal.among if literal.holds else literal.among.complement()

"""The choices (disjunctions) of a formula, indexed so that only the few that a request may fail are checked.

Most choices come from the other side's Allow statements, "not this resource, or not that tag": they can only fail if
the resource starts as the statement writes it. Therefore they are indexed by the start of a value.
"""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING

from leastway.policy.prove.formulas.formula import FALSE, AllOf, AnyOf, Aspect, Formula, Literal, all_of, any_of
from leastway.policy.prove.texts.language import Language
from leastway.policy.prove.texts.text import TextSet
from leastway.policy.prove.texts.values import Doubt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from leastway.policy.evaluate import ContextValue

__all__ = ["Choices", "split", "strike", "take_apart"]

_MOST_PATTERNS = 16
_LARGE = 8
_Start = tuple[str, str]
"""A subject, and the required start of its value."""


def take_apart(formulas: Iterable[Formula]) -> tuple[list[Literal], list[AnyOf]]:
    """Return the literals that must hold for `formulas` to hold, and the choices that must be made."""
    literals: list[Literal] = []
    choices: list[AnyOf] = []
    for formula in formulas:
        for part in formula.parts if isinstance(formula, AllOf) else (formula,):
            match part:
                case Literal():
                    literals.append(part)
                case AnyOf():
                    choices.append(part)
                case AllOf():
                    raise AssertionError("joined formulas are flat")
    return literals, choices


class Choices:
    """Choices, indexed by the values that they may fail for."""

    __slots__ = ("_by_start", "_lengths", "_others", "all")

    def __init__(self, choices: Sequence[AnyOf]) -> None:
        self.all = choices
        self._others: list[AnyOf] = []
        self._by_start: dict[_Start, list[AnyOf]] = {}
        self._lengths: dict[str, set[int]] = {}
        known = {choice: _starts(choice) for choice in choices}
        common = Counter(start for ways in known.values() for starts in ways for start in starts)
        for choice, ways in known.items():
            if not ways:
                self._others.append(choice)
                continue
            for subject, text in min(ways, key=lambda starts: max(common[start] for start in starts)):
                self._by_start.setdefault((subject, text), []).append(choice)
                self._lengths.setdefault(subject, set()).add(len(text))

    def that_may_fail(self, values: Mapping[str, ContextValue | Doubt]) -> Iterator[AnyOf]:
        """Yield the choices that may not hold with `values`; a subject without a value is absent."""
        yield from self._others
        for subject, lengths in self._lengths.items():
            value = values.get(subject, ())
            if isinstance(value, Doubt):
                yield from itertools.chain.from_iterable(
                    choices for (about, _), choices in self._by_start.items() if about == subject
                )
                continue
            for text in (value,) if isinstance(value, str) else value:
                for length in lengths:
                    yield from self._by_start.get((subject, text[:length]), ())


def _starts(choice: AnyOf) -> list[list[_Start]]:
    """Return, for each part of `choice` that holds unless a value has one of some starts, these starts."""
    found = []
    for part in choice.parts:
        if isinstance(part, Literal) and not part.holds and part.aspect in (Aspect.VALUE, Aspect.SOME):
            texts = _texts(part)
            if texts is not None:
                found.append([(part.subject, text) for text in texts])
    return found


def _texts(literal: Literal) -> list[str] | None:
    """Return all possible starts of the values of `literal`; None if a value may start with anything, or too many."""
    if not isinstance(literal.among, TextSet) or len(literal.among.alternatives) != 1:
        return None
    found: list[str] | None = None
    for side in literal.among.alternatives[0]:
        if side.inside and isinstance(side.of, Language) and not side.of.fold_case:
            starts = [pattern[0] if pattern else "" for pattern in side.of.patterns[: _MOST_PATTERNS + 1]]
            texts = [start for start in starts if isinstance(start, str) and start]
            if len(texts) == len(starts) and 0 < len(texts) <= _MOST_PATTERNS:
                found = max(found or [""], texts, key=lambda texts: min(map(len, texts)))
    return found


def split(formula: Formula) -> Iterator[Formula]:
    """Yield formulas of which one holds if `formula` does: each large alternative of a choice gets its own formula."""
    todo = [formula]
    while todo:
        now = todo.pop()
        literals, choices = take_apart([now])
        divided = next(
            (choice for choice in choices if len(choice.parts) > 1 and any(map(_is_large, choice.parts))), None
        )
        if divided is None:
            yield now
            continue
        others: list[Formula] = [*literals, *(choice for choice in choices if choice is not divided)]
        small = [part for part in divided.parts if not _is_large(part)]
        ways = [[part] for part in divided.parts if _is_large(part)]
        todo += [all_of([*others, *way]) for way in ways]
        if small:
            todo.append(all_of([*others, any_of(small)]))


def _is_large(part: Formula) -> bool:
    return isinstance(part, AllOf) and sum(isinstance(inner, AnyOf) for inner in part.parts) > _LARGE


def strike(formula: Formula) -> Formula:
    """Return `formula` without the alternatives that another choice contradicts literally: FALSE if none is left.

    This removes an Allow statement of one side that the other side has too, perhaps with fewer conditions.
    """
    literals, choices = take_apart([formula])
    certain: set[Formula] = set(literals)
    if any(literal.opposite in certain for literal in literals):
        return FALSE
    choices = [choice for choice in choices if certain.isdisjoint(choice.parts)]
    closing = {choice: frozenset(part.opposite for part in choice.parts) - certain for choice in choices}
    common = Counter(part for parts in closing.values() for part in parts)
    by_part: dict[Formula, list[AnyOf]] = {}
    for choice, parts in closing.items():
        if not parts:
            return FALSE
        by_part.setdefault(min(parts, key=lambda part: common[part]), []).append(choice)

    def is_closed(part: Formula, within: AnyOf) -> bool:
        members = {part, *(part.parts if isinstance(part, AllOf) else ())}
        return any(member.opposite in certain for member in members) or any(
            other is not within and closing[other] <= members for member in members for other in by_part.get(member, ())
        )

    left: list[Formula] = []
    for choice in choices:
        ways = [part for part in choice.parts if not is_closed(part, choice)]
        left.append(choice if len(ways) == len(choice.parts) else any_of(ways))
    return all_of([*literals, *left])

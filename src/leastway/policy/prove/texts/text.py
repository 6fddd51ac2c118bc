"""Sets of strings, closed under complement, as the conditions of a policy describe them.

A set is a union of alternatives; an alternative is an intersection of sides, each "one of these patterns matches" or
its opposite. With variables left as symbols, a search may find a string although there is none, never the reverse.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastway.policy.prove.texts.automaton import Automaton
from leastway.policy.prove.texts.inclusion import find_in, without_those_within, without_wider
from leastway.policy.prove.texts.language import Bindings, Language, Resolved, Templated
from leastway.policy.prove.texts.words import find_word
from leastway.policy.wildcards import Wildcard

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from leastway.policy.wildcards import Pattern

__all__ = ["ANY_TEXT", "NO_TEXT", "Side", "TextSet", "find_text"]


@dataclass(frozen=True, slots=True)
class Side:
    """The strings in `of`, or with `inside` false all others."""

    of: Language | Templated | Resolved
    inside: bool = True

    @property
    def identity(self) -> Hashable:
        """A key that is equal for two sides with the same patterns in any order."""
        return self.of.identity if isinstance(self.of, Language) else self.of

    @property
    def opposite(self) -> Side:
        """All other strings."""
        return Side(self.of, not self.inside)


@dataclass(frozen=True, slots=True, eq=False)
class TextSet:
    """A set of strings: those that are in all sides of at least one alternative."""

    alternatives: tuple[tuple[Side, ...], ...]

    @classmethod
    def matching(cls, patterns: Sequence[Pattern], *, segmented: bool = False, fold_case: bool = False) -> TextSet:
        """Return the strings that one of `patterns` matches."""
        return cls(((Side(Language(tuple(patterns), segmented, fold_case)),),))

    def complement(self) -> TextSet:
        """Return all other strings."""
        chosen: list[dict[Side, None]] = [{}]
        for alternative in self.alternatives:
            longer = [{**sides, side.opposite: None} for sides in chosen for side in alternative]
            chosen = [sides for sides in longer if not any(other.keys() < sides.keys() for other in longer)]
        return TextSet(tuple(dict.fromkeys(tuple(sides) for sides in chosen)))

    @classmethod
    def one_of(
        cls,
        fixed: Sequence[Pattern],
        templates: Sequence[Templated],
        *,
        segmented: bool = False,
        fold_case: bool = False,
    ) -> TextSet:
        """Return the strings that `fixed` or one of `templates` matches."""
        sides = [Side(Language(tuple(fixed), segmented, fold_case))] if fixed else []
        return cls(tuple((side,) for side in (*sides, *map(Side, templates))))

    @classmethod
    def none_of(
        cls,
        fixed: Sequence[Pattern],
        templates: Sequence[Templated],
        *,
        segmented: bool = False,
        fold_case: bool = False,
    ) -> TextSet:
        """Return the strings that none of them matches; no string if a template has a variable without a value."""
        sides = [Side(Language(tuple(fixed), segmented, fold_case), inside=False)] if fixed else []
        sides += [Side(item, inside=False) for item in templates]
        return cls(((*sides, *(Side(Resolved(item.template)) for item in templates)),))

    @property
    def identity(self) -> Hashable:
        """A key that is equal for two sets with the same alternatives."""
        return frozenset(frozenset((side.identity, side.inside) for side in sides) for sides in self.alternatives)

    @property
    def variables(self) -> frozenset[str]:
        """The keys of the policy variables in it."""
        return frozenset(
            variable.key
            for alternative in self.alternatives
            for side in alternative
            if not isinstance(side.of, Language)
            for variable in side.of.template.variables
        )

    @property
    def is_plain(self) -> bool:
        """Whether it has nothing that `bind` would change."""
        return all(isinstance(side.of, Language) for sides in self.alternatives for side in sides)

    def bind(self, bindings: Bindings) -> TextSet:
        """Return the set with `bindings` instead of the variables."""
        bound = (_bind_sides(alternative, bindings) for alternative in self.alternatives)
        return TextSet(tuple(sides for sides in bound if sides is not None))

    @property
    def words(self) -> list[str] | None:
        """All strings that can be in the set, if the patterns have no wildcards; else None."""
        found = []
        for sides in self.alternatives:
            spelled = [side.of.words for side in sides if side.inside and isinstance(side.of, Language)]
            words = next((few for few in spelled if few is not None), None)
            if words is None:
                return None
            found += words
        return found

    def contains(self, text: str) -> bool:
        """Whether `text` is in the set, which must have no variables."""
        return any(all(_contains(side, text) is side.inside for side in found) for found in self.alternatives)


ANY_TEXT = TextSet(((),))
NO_TEXT = TextSet(())


def _bind_sides(sides: tuple[Side, ...], bindings: Bindings) -> tuple[Side, ...] | None:
    kept = []
    for side in sides:
        if isinstance(side.of, Language):
            kept.append(side)
            continue
        if isinstance(side.of, Resolved):
            resolves = Templated(side.of.template).bind(bindings) is not None
            if resolves is not side.inside:
                return None
            continue
        found = side.of.bind(bindings)
        if found is not None:
            kept.append(Side(found, side.inside))
        elif side.inside:
            return None
    return tuple(kept)


def find_text(sets: Sequence[TextSet], *, tick: Callable[[], None]) -> str | None:
    """Return a string that is in all `sets`, or None. With symbols, a string may be returned that is in none.

    Errors: GiveUpError.
    """
    for sides in _choices(sorted(sets, key=lambda item: len(item.alternatives)), tick):
        found = _find_in(sides, tick)
        if found is not None:
            return found
    return None


def _choices(sets: Sequence[TextSet], tick: Callable[[], None]) -> Iterator[tuple[Side, ...]]:
    """Yield intersections whose union is the intersection of `sets`, without contradictory ones."""
    todo: list[tuple[int, dict[Side, None]]] = [(0, {})]
    while todo:
        number, chosen = todo.pop()
        while number < len(sets) and any(all(side in chosen for side in sides) for sides in sets[number].alternatives):
            number += 1
        if number == len(sets):
            yield tuple(chosen)
            continue
        tick()
        ways = []
        excluded: dict[Side, None] = {}
        for sides in sets[number].alternatives:
            extended = chosen | excluded | dict.fromkeys(sides)
            if not any(side.opposite in extended for side in extended):
                ways.append((number + 1, extended))
            if len(sides) == 1:
                excluded[sides[0].opposite] = None
        todo += reversed(ways)


def _find_in(sides: tuple[Side, ...], tick: Callable[[], None]) -> str | None:
    symbolic = [side.of for side in sides if side.inside and isinstance(side.of, Templated)]
    if any(_is_covered(item, sides, tick) for item in symbolic):
        return None
    inside = [side.of for side in sides if side.inside and isinstance(side.of, Language)]
    outside = _merge([side.of for side in sides if not side.inside and isinstance(side.of, Language)])
    left = [without_those_within(item, outside, tick) for item in inside]
    if any(not item.patterns for item in left):
        return None
    return find_in(without_wider(left), [item.widest for item in symbolic], outside, tick)


def _is_covered(item: Templated, sides: tuple[Side, ...], tick: Callable[[], None]) -> bool:
    """Whether all that `item` matches lies outside the intersection of `sides`, for any values of its variables.

    Each variable becomes a placeholder word. A pattern that matches a string with such words also matches it with
    values instead, with three exceptions: `?`, because a value may have any length; ignored case, because a placeholder
    has none; and an ARN's segments, because a value with colons shifts them.
    """
    if item.fold_case:
        return False
    keeps_segments = item.segmented or not item.is_narrow
    outside: list[Language] = []
    for side in sides:
        if not side.inside and isinstance(side.of, Language):
            outside.append(side.of)
        elif not side.inside and isinstance(side.of, Templated) and not side.of.fold_case:
            outside.append(side.of.with_words)
    useful = [
        found
        for found in outside
        if not any(Wildcard.ANY in pattern for pattern in found.patterns) and (keeps_segments or not found.segmented)
    ]
    return find_word([item.with_words.automaton], _merge(useful), tick=tick) is None


def _contains(side: Side, text: str) -> bool:
    """Whether `text` is one of the strings in the side's `of`; a symbol may be any string."""
    if isinstance(side.of, Resolved):
        raise AssertionError("bind decides whether variables have values")
    return side.of.contains(text) if isinstance(side.of, Language) else side.of.widest.accepts(text)


def _merge(languages: Sequence[Language]) -> list[Automaton]:
    """Return one automaton for all languages with the same matching rules, which is faster than many."""
    if len(languages) == 1:
        return [languages[0].automaton]
    by_way: dict[tuple[bool, bool], list[Pattern]] = {}
    for item in languages:
        by_way.setdefault((item.segmented, item.fold_case), []).extend(item.patterns)
    return [Automaton.of(patterns, segmented=way[0], fold_case=way[1]) for way, patterns in by_way.items()]

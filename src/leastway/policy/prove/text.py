"""Sets of strings, closed under complement, that the tests of a policy describe.

A set is a union of alternatives; an alternative is an intersection of sides, each "one of these patterns matches" or
its opposite. A side may hold a policy variable. `bind` puts a value in its place, or leaves it a symbol: then only
what holds for every value is known of it, which errs towards finding a string where there is none.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leastway.policy.prove.automaton import Automaton, find_word
from leastway.policy.variables import Template, Variable
from leastway.policy.wildcards import Wildcard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from leastway.policy.wildcards import Pattern, Token

__all__ = [
    "ANY_TEXT",
    "NO_TEXT",
    "Bindings",
    "Language",
    "Resolved",
    "Side",
    "Symbol",
    "Templated",
    "TextSet",
    "find_text",
]


@dataclass(frozen=True, slots=True)
class Symbol:
    """What a variable is bound to whose value is not decided, but that it matches `pattern`."""

    key: str
    pattern: Pattern = (Wildcard.STAR,)


Bindings = Mapping[str, "str | Symbol | None"]
"""For each variable's key: its value, None when no value can be used, or a symbol. A missing key is absent."""


class Language:
    """The strings that one of `patterns` matches. Its hash and its automaton are worked out once."""

    __slots__ = ("_automaton", "_hash", "fold_case", "patterns", "segmented")

    def __init__(self, patterns: tuple[Pattern, ...], segmented: bool = False, fold_case: bool = False) -> None:
        self.patterns = patterns
        self.segmented = segmented
        self.fold_case = fold_case
        self._hash = hash((patterns, segmented, fold_case))
        self._automaton: Automaton | None = None

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return (
            isinstance(other, Language)
            and self._hash == other._hash
            and (self.patterns, self.segmented, self.fold_case) == (other.patterns, other.segmented, other.fold_case)
        )

    @property
    def automaton(self) -> Automaton:
        """The same as an automaton."""
        if self._automaton is None:
            self._automaton = Automaton.of(self.patterns, segmented=self.segmented, fold_case=self.fold_case)
        return self._automaton


@dataclass(frozen=True, slots=True)
class Templated:
    """The strings that a template matches once its variables are filled in; none, if one of them has no value.

    `narrow`: how many of the variables stand where a value with a colon matches nothing. `symbols`: what is left of
    the variables after `bind`.
    """

    template: Template
    segmented: bool = False
    fold_case: bool = False
    narrow: int = 0
    symbols: tuple[Symbol, ...] = ()

    @property
    def widest(self) -> Automaton:
        """A superset that any values of the symbols fit into."""
        found = iter(self.symbols)
        parts: list[Token] = []
        for part in self.template.parts:
            parts += next(found).pattern if isinstance(part, Variable) else (part,)
        return Automaton.of([_lower(parts) if self.fold_case else tuple(parts)], fold_case=self.fold_case)

    def values_in(self, text: str, key: str) -> list[str]:
        """Return what the variable `key` may stand for where `text` matches."""
        expression = "".join(_expression_of(part, key) for part in self.template.parts)
        found = re.fullmatch(expression, text, re.DOTALL)
        return [value for value in found.groups() if value is not None] if found else []

    def bind(self, bindings: Bindings) -> Language | Templated | None:
        """Return what is left with `bindings`; None when nothing can match."""
        values: list[str | Symbol] = []
        for number, variable in enumerate(self.template.variables):
            value = bindings.get(variable.key, variable.default)
            if value is None or (isinstance(value, str) and number < self.narrow and ":" in value):
                return None
            values.append(value)
        found = iter(values)
        parts: list[Token | Variable] = []
        for part in self.template.parts:
            filled = next(found) if isinstance(part, Variable) else part
            parts.append(part if isinstance(filled, Symbol) else filled)
        bound = Template(tuple(parts))
        symbols = tuple(value for value in values if isinstance(value, Symbol))
        if symbols:
            return replace(self, template=bound, narrow=0, symbols=symbols)
        pattern = bound.fill()
        return Language((_lower(pattern) if self.fold_case else pattern,), self.segmented, self.fold_case)


def _expression_of(part: Token | Variable, key: str) -> str:
    if isinstance(part, Variable):
        return "(.*)" if part.key == key else ".*"
    if isinstance(part, Wildcard):
        return ".*?" if part is Wildcard.STAR else "."
    return re.escape(part)


@dataclass(frozen=True, slots=True)
class Resolved:
    """Every string, if the variables of a template have values; else none."""

    template: Template


@dataclass(frozen=True, slots=True)
class Side:
    """The strings in `of`, or with `inside` false all others."""

    of: Language | Templated | Resolved
    inside: bool = True

    @property
    def opposite(self) -> Side:
        """All other strings."""
        return Side(self.of, not self.inside)


@dataclass(frozen=True, slots=True, eq=False)
class TextSet:
    """A set of strings: for some alternative, all its sides."""

    alternatives: tuple[tuple[Side, ...], ...]

    @classmethod
    def matching(cls, patterns: Sequence[Pattern], *, segmented: bool = False, fold_case: bool = False) -> TextSet:
        """Return the strings that one of `patterns` matches."""
        return cls(((Side(Language(tuple(patterns), segmented, fold_case)),),))

    def complement(self) -> TextSet:
        """Return all other strings."""
        negated = [[side.opposite for side in alternative] for alternative in self.alternatives]
        return TextSet(tuple(tuple(dict.fromkeys(choice)) for choice in itertools.product(*negated)))

    @classmethod
    def one_of(
        cls,
        fixed: Sequence[Pattern],
        templates: Sequence[Templated],
        *,
        segmented: bool = False,
        fold_case: bool = False,
    ) -> TextSet:
        """Return what `fixed` or one of `templates` matches."""
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
        """Return what none of them matches; nothing, if one of the templates has a variable without a value."""
        sides = [Side(Language(tuple(fixed), segmented, fold_case), inside=False)] if fixed else []
        sides += [Side(item, inside=False) for item in templates]
        return cls(((*sides, *(Side(Resolved(item.template)) for item in templates)),))

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
        """Return the set with `bindings` in place of the variables."""
        bound = (_bind_sides(alternative, bindings) for alternative in self.alternatives)
        return TextSet(tuple(sides for sides in bound if sides is not None))

    @property
    def words(self) -> list[str] | None:
        """All strings that can be in the set, if these are few that policies spell out; None if they are not."""
        found = []
        for sides in self.alternatives:
            spelled = [side.of for side in sides if side.inside and isinstance(side.of, Language)]
            words = [_spelled_out(language) for language in spelled if not language.fold_case]
            finite = next((few for few in words if few is not None), None)
            if finite is None:
                return None
            found += finite
        return found

    def contains(self, text: str) -> bool:
        """Whether `text` is in the set, which must have no variables."""
        return any(all(_automaton(side).accepts(text) is side.inside for side in found) for found in self.alternatives)


def _spelled_out(language: Language) -> list[str] | None:
    words = []
    for pattern in language.patterns:
        if any(isinstance(part, Wildcard) for part in pattern):
            return None
        words.append("".join(part for part in pattern if isinstance(part, str)))
    return words


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
    """Return a string that is in all `sets`, or None. With symbols, a string may be returned that is in none."""
    for sides in _choices(sorted(sets, key=lambda item: len(item.alternatives)), {}):
        found = _find_in(sides, tick)
        if found is not None:
            return found
    return None


def _choices(sets: Sequence[TextSet], chosen: dict[Side, None]) -> Iterator[tuple[Side, ...]]:
    """Yield intersections that together are the intersection of `sets`, leaving out what contradicts itself."""
    if not sets:
        yield tuple(chosen)
        return
    first, *rest = sets
    if any(all(side in chosen for side in sides) for sides in first.alternatives):
        yield from _choices(rest, chosen)
        return
    excluded: dict[Side, None] = {}
    for sides in first.alternatives:
        extended = chosen | excluded | dict.fromkeys(sides)
        if not any(side.opposite in extended for side in extended):
            yield from _choices(rest, extended)
        if len(sides) == 1:
            excluded[sides[0].opposite] = None


def _find_in(sides: tuple[Side, ...], tick: Callable[[], None]) -> str | None:
    symbolic = [side.of for side in sides if side.inside and isinstance(side.of, Templated)]
    if any(_is_covered(item, sides, tick) for item in symbolic):
        return None
    inside = [_automaton(side) for side in sides if side.inside]
    return find_word(inside, _merge([side.of for side in sides if not side.inside and _is_plain(side)]), tick=tick)


def _is_plain(side: Side) -> bool:
    return isinstance(side.of, Language)


def _is_covered(item: Templated, sides: tuple[Side, ...], tick: Callable[[], None]) -> bool:
    """Whether all that `item` matches lies outside the intersection of `sides`, whatever its variables stand for.

    Each variable becomes a character of its own. A pattern that matches a string with such characters matches it with
    values in their place too; but for `?`, which must not stand for a value of any length, and but for the case of
    letters, which a character of its own does not have.
    """
    if item.fold_case:
        return False
    outside = [_with_symbols(side.of) for side in sides if not side.inside]
    useful = [found for found in outside if found and not any(Wildcard.ANY in pattern for pattern in found.patterns)]
    pattern = _with_symbols(item)
    return pattern is not None and find_word([pattern.automaton], _merge(useful), tick=tick) is None


def _with_symbols(item: Language | Templated | Resolved) -> Language | None:
    if isinstance(item, Language):
        return item
    if isinstance(item, Resolved) or item.fold_case:
        return None
    symbols = tuple(_character_of(variable.key) for variable in item.template.variables)
    return Language((item.template.fill(symbols),), item.segmented)


@functools.cache
def _character_of(_key: str) -> str:
    """Return a character of the private use area, another one for each key."""
    return chr(next(_PRIVATE_USE))


_PRIVATE_USE = itertools.count(0x100000)


def _automaton(side: Side) -> Automaton:
    """Return the automaton of a side; a symbol may be any string."""
    if isinstance(side.of, Resolved):
        raise AssertionError("bind decides whether variables have values")
    if isinstance(side.of, Language):
        return side.of.automaton
    return side.of.widest


def _lower(parts: Iterable[Token]) -> Pattern:
    return tuple(part.lower() if isinstance(part, str) else part for part in parts)


def _merge(items: Sequence[object]) -> list[Automaton]:
    """Return one automaton for all languages that are matched in one way, which is quicker than many."""
    by_way: dict[tuple[bool, bool], list[Pattern]] = {}
    for item in items:
        if isinstance(item, Language):
            by_way.setdefault((item.segmented, item.fold_case), []).extend(item.patterns)
    return [Automaton.of(patterns, segmented=way[0], fold_case=way[1]) for way, patterns in by_way.items()]

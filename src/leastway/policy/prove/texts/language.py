"""The strings that patterns of a policy match, with or without policy variables.

`bind` replaces a variable with a value, or with a symbol, for which only what holds for every value is known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leastway.policy.prove.texts.automaton import Automaton
from leastway.policy.variables import Template, Variable
from leastway.policy.wildcards import Globs, Wildcard

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from leastway.policy.wildcards import Pattern, Token

__all__ = ["Bindings", "Language", "Resolved", "Symbol", "Templated", "spelled_out"]


@dataclass(frozen=True, slots=True)
class Symbol:
    """The binding of a variable whose value is open, except that it matches `pattern`."""

    key: str
    pattern: Pattern = (Wildcard.STAR,)


Bindings = Mapping[str, "str | Symbol | None"]
"""For each variable's key: its value, None when no value can be used, or a symbol. A missing key is absent."""


class Language:
    """The strings that one of `patterns` matches. Its hash and its automaton are computed once."""

    __slots__ = ("_automaton", "_hash", "_matcher", "fold_case", "patterns", "segmented")

    def __init__(self, patterns: tuple[Pattern, ...], segmented: bool = False, fold_case: bool = False) -> None:
        self.patterns = patterns
        self.segmented = segmented
        self.fold_case = fold_case
        self._hash = hash((patterns, segmented, fold_case))
        self._automaton: Automaton | None = None
        self._matcher: Callable[[str], bool] | None = None

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
        """The language as an automaton."""
        if self._automaton is None:
            self._automaton = Automaton.of(self.patterns, segmented=self.segmented, fold_case=self.fold_case)
        return self._automaton

    def contains(self, text: str) -> bool:
        """Whether one of the patterns matches `text`: the same as the automaton, but faster."""
        if self.fold_case:
            return self.automaton.accepts(text)
        if self._matcher is None:
            self._matcher = Globs.compile(self.patterns, segmented=self.segmented).matcher()
        return self._matcher(text)

    @property
    def identity(self) -> Hashable:
        """A key that is equal for two languages with the same patterns in any order."""
        return frozenset(self.patterns), self.segmented, self.fold_case

    @property
    def words(self) -> list[str] | None:
        """All the strings, if the patterns have no wildcards; else None."""
        found = [spelled_out(pattern) for pattern in self.patterns]
        return None if self.fold_case or None in found else [word for word in found if word is not None]


def spelled_out(pattern: Pattern) -> str | None:
    """Return the one string that `pattern` matches; None if it has wildcards."""
    if any(isinstance(part, Wildcard) for part in pattern):
        return None
    return "".join(part for part in pattern if isinstance(part, str))


@dataclass(frozen=True, slots=True)
class Templated:
    """The strings that a template matches after its variables are filled in; none if one of them has no value.

    `narrow`: how many of the variables are at a place where a value with a colon matches nothing. `symbols`: the
    variables that `bind` left open.
    """

    template: Template
    segmented: bool = False
    fold_case: bool = False
    narrow: int = 0
    symbols: tuple[Symbol, ...] = ()

    @property
    def widest(self) -> Automaton:
        """A superset that contains the strings for any values of the symbols."""
        found = iter(self.symbols)
        parts: list[Token] = []
        for part in self.template.parts:
            parts += next(found).pattern if isinstance(part, Variable) else (part,)
        return Automaton.of([_lower(parts) if self.fold_case else tuple(parts)], fold_case=self.fold_case)

    @property
    def with_words(self) -> Language:
        """The strings with a distinct placeholder word instead of each variable."""
        words = tuple(_word_of(variable.key) for variable in self.template.variables)
        return Language((self.template.fill(words),), self.segmented)

    @property
    def is_narrow(self) -> bool:
        """Whether a variable is before the fifth colon, so that its value may shift an ARN's segments."""
        return self.template.narrow > 0

    def values_in(self, text: str, key: str) -> list[str]:
        """Return the values that the variable `key` may have if `text` matches."""
        found = re.fullmatch(_expression_of(self.template.parts, key), text, re.DOTALL)
        return list(found.groups()) if found else []

    def bind(self, bindings: Bindings) -> Language | Templated | None:
        """Return the template with `bindings` filled in; None if nothing can match."""
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


@dataclass(frozen=True, slots=True)
class Resolved:
    """Every string if the variables of a template have values; else no string."""

    template: Template


def _lower(parts: Iterable[Token]) -> Pattern:
    return tuple(part.lower() if isinstance(part, str) else part for part in parts)


def _expression_of(parts: Iterable[Token | Variable], key: str) -> str:
    """Return a regular expression for a template, with a group for the variable `key`.

    As in `leastway.policy.wildcards`, the first match of each piece is final (atomic groups), so that matching is
    linear. Adjacent variables and stars are treated as one.
    """
    pieces, are_asked = [""], list[bool]()
    for part in parts:
        if isinstance(part, Variable) or part is Wildcard.STAR:
            is_asked = isinstance(part, Variable) and part.key == key
            if are_asked and not pieces[-1]:
                are_asked[-1] |= is_asked
            else:
                are_asked.append(is_asked)
                pieces.append("")
        else:
            pieces[-1] += "." if part is Wildcard.ANY else re.escape(str(part))
    head, *rest = pieces
    found = [f"(?>{'(.*?)' if asked else '.*?'}{piece})" for asked, piece in zip(are_asked, rest, strict=True)]
    if rest:
        found[-1] = f"{'(.*)' if are_asked[-1] else '.*'}{rest[-1]}"
    return head + "".join(found)


_BEGIN, _END = "\ud800", "\ud801"
_FIRST_OF_WORD = 0xDC00


def _word_of(key: str) -> str:
    """Return a placeholder word for a variable's key: distinct for each key, and impossible in any policy.

    It consists of lone surrogates, which the policy parser rejects. Because of its start and end characters, a pattern
    matches it as a whole or by a `*`.
    """
    return _BEGIN + "".join(chr(_FIRST_OF_WORD + byte) for byte in key.encode()) + _END

"""Nondeterministic automata for sets of patterns, which read a string one character after the other.

An automaton has a state for each position in each of its patterns. The states that it is in after some string are one
integer with a bit for each, so that a step takes a few operations for any number of patterns.

For example, `a*c` and `b?` have six states: `a` leads on from the first, the second waits at the star for `c`, the
third accepts; likewise `b`, any character, and accept. Bits are written from the right: the first state is the last
digit. After `ab` the automaton is at the star and stays there; after `abc` it is there and in an accepting state.

>>> automaton = Automaton.of([("a", Wildcard.STAR, "c"), ("b", Wildcard.ANY)])
>>> f"{automaton.start:06b} {automaton.loops:06b} {automaton.any_one:06b} {automaton.accepting:06b}"
'001001 000010 010000 100100'
>>> states = automaton.start
>>> for character in "abc":
...     states = automaton.step(states, character)
...     print(character, f"{states:06b}", "accepts" if states & automaton.accepting else "goes on")
a 000010 goes on
b 000010 goes on
c 000110 accepts
"""

from __future__ import annotations

import functools
import itertools
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leastway.policy.prove.limits import MOST_BYTES, GiveUpError, TooManyStatesError
from leastway.policy.wildcards import Wildcard, with_segments

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from leastway.policy.wildcards import Pattern, Token

__all__ = ["Automaton"]


@dataclass(frozen=True, slots=True, eq=False)
class Automaton:
    """The strings that at least one of several patterns matches."""

    start: int
    accepting: int
    final: int
    """States that accept every continuation."""
    any_one: int
    """States at a `?`, from which every character leads on."""
    any_but_colon: int
    """The same in the first five segments of an ARN, where a colon does not lead on."""
    loops: int
    """States at a `*`, which every character stays at."""
    loops_but_colon: int
    by_character: Mapping[str, int]
    """For each character in a pattern, the states that it leads on from."""
    characters_at: Sequence[str]
    """For each state, the characters in the pattern that lead on from it."""
    inner_loops: int
    """States at a `*` that is not first in its pattern; once reached, the states before it add nothing."""
    first_of: Mapping[int, int]
    """For the number of each of the inner loops, the first state of its pattern."""
    fold_case: bool = False

    @classmethod
    def of(cls, patterns: Iterable[Pattern], *, segmented: bool = False, fold_case: bool = False) -> Automaton:
        """Return the automaton of `patterns`.

        `segmented`: wildcards stay within their segment of an ARN, as in `leastway.policy.wildcards`. `fold_case`: the
        patterns are in lower case, and match the strings whose lower case they match.
        """
        return _build(tuple(dict.fromkeys(patterns)), segmented, fold_case)

    def step(self, states: int, character: str) -> int:
        """Return the states after `character`."""
        on = self.by_character.get(character, 0) | self.any_one
        stay = self.loops
        if character != ":":
            on |= self.any_but_colon
            stay |= self.loops_but_colon
        return self._settled((states & on) << 1 | states & stay)

    def _settled(self, following: int) -> int:
        """Remove the states that add nothing to others."""
        passed = following & self.inner_loops
        while passed:
            lowest = passed & -passed
            following &= ~(lowest - (1 << self.first_of[lowest.bit_length() - 1]))
            passed ^= lowest
        done = following & self.final
        return done & -done or following

    def accepts(self, word: str) -> bool:
        """Whether `word` is one of the strings."""
        states = self.start
        for character in word:
            states = self.step(states, character)
            if not states:
                return False
        return bool(states & self.accepting)

    def accepts_all(self, pattern: Pattern, *, segmented: bool) -> bool:
        """Whether comparing the text of `pattern` shows that every string that it matches is one of the strings.

        Its wildcards are read as characters that lead on only where any character does. False shows nothing.
        """
        states = self.start
        for part, with_colon in _places(pattern, segmented):
            if isinstance(part, str):
                for character in part:
                    states = self._after(states, character)
            else:
                stay = self.loops if with_colon else self.loops | self.loops_but_colon
                on = self.any_one if with_colon else self.any_one | self.any_but_colon
                states = self._settled(states & stay | ((states & on) << 1 if part is Wildcard.ANY else 0))
            if not states:
                return False
        return bool(states & self.accepting)

    def _after(self, states: int, character: str) -> int:
        """Return the states that every case variant of `character` leads to, if case is ignored."""
        if not self.fold_case:
            return self.step(states, character)
        return functools.reduce(int.__and__, (self.step(states, variant) for variant in _cases_of(character)))

    def is_wild(self, states: int) -> bool:
        """Whether a character that no pattern names leads anywhere from `states`."""
        return bool(states & (self.any_one | self.any_but_colon | self.loops | self.loops_but_colon))

    def named(self, states: int) -> Iterator[str]:
        """Yield the characters that lead from `states` somewhere else than an arbitrary character."""
        if states & (self.any_but_colon | self.loops_but_colon):
            yield ":"
        if states.bit_count() > len(self.by_character):
            for character, on in self.by_character.items():
                if states & on:
                    yield character
            return
        while states:
            lowest = states & -states
            yield from self.characters_at[lowest.bit_length() - 1]
            states ^= lowest


_remembered: OrderedDict[tuple[tuple[Pattern, ...], bool, bool], Automaton] = OrderedDict()
_MOST_REMEMBERED = 4096
_SMALL = 4096
"""Only automata with at most this many states are cached, to bound the memory of all together."""


def _build(patterns: tuple[Pattern, ...], segmented: bool, fold_case: bool) -> Automaton:
    key = patterns, segmented, fold_case
    found = _remembered.get(key)
    if found is not None:
        return found
    builder = _Builder(segmented, fold_case)
    for pattern in patterns:
        builder.add(pattern)
    built = builder.build()
    if len(built.characters_at) <= _SMALL:
        while len(_remembered) >= _MOST_REMEMBERED:
            _remembered.popitem(last=False)
        _remembered[key] = built
    return built


def _places(pattern: Pattern, segmented: bool) -> Iterator[tuple[Token, bool]]:
    """Yield the parts of `pattern`, each with whether a wildcard there may match a colon."""
    if not segmented:
        for part in pattern:
            yield part, True
        return
    last = len(pattern) - 1
    for index, (part, is_inside) in enumerate(with_segments(pattern)):
        yield part, not is_inside or (part is Wildcard.STAR and index == last)


def _spread(pattern: Pattern, segmented: bool) -> Iterator[tuple[Token, bool]]:
    """Yield the places of `pattern`, with a `*` on both sides of each `?` next to a `*`, which matches the same.

    A state between two `*` stays once it is reached, so that a few states are enough; otherwise each further character
    would add more.
    """
    for is_wild, group in itertools.groupby(
        _places(pattern, segmented), key=lambda place: not isinstance(place[0], str)
    ):
        run = list(group)
        if not is_wild or all(part is Wildcard.ANY for part, _ in run):
            yield from run
            continue
        any_character = all(with_colon for _, with_colon in run)
        for part, with_colon in run:
            if part is Wildcard.ANY:
                yield Wildcard.STAR, any_character
                yield part, with_colon
        yield Wildcard.STAR, run[-1][1]


@dataclass(slots=True)
class _Builder:
    """The numbers of the states, collected before they are turned into integers."""

    segmented: bool
    fold_case: bool
    starts: list[int] = field(default_factory=list)
    accepting: list[int] = field(default_factory=list)
    any_one: list[int] = field(default_factory=list)
    any_but_colon: list[int] = field(default_factory=list)
    loops: dict[int, bool] = field(default_factory=dict)
    """For each state at a `*`, whether it may match a colon."""
    first_of: dict[int, int] = field(default_factory=dict)
    by_character: dict[str, list[int]] = field(default_factory=dict)
    characters_at: list[str] = field(default_factory=list)

    def add(self, pattern: Pattern) -> None:
        first = len(self.characters_at)
        self.starts.append(first)
        for part, with_colon in _spread(pattern, self.segmented):
            state = len(self.characters_at)
            if part is Wildcard.STAR:
                self.loops[state] = with_colon
                self.first_of[state] = first
            elif part is Wildcard.ANY:
                (self.any_one if with_colon else self.any_but_colon).append(state)
                self.characters_at.append("")
            elif isinstance(part, str):
                self._add_literal(part)
        self.accepting.append(len(self.characters_at))
        self.characters_at.append("")
        self._check_size()

    def _check_size(self) -> None:
        size = len(self.characters_at)
        if size * (len(self.by_character) + 64) // 8 > MOST_BYTES:
            raise TooManyStatesError

    def _add_literal(self, text: str) -> None:
        for character in text:
            same = _cases_of(character) if self.fold_case else character
            for variant in same:
                self.by_character.setdefault(variant, []).append(len(self.characters_at))
            self.characters_at.append(same)

    def build(self) -> Automaton:
        size = len(self.characters_at)
        wide = [state for state, with_colon in self.loops.items() if with_colon]
        inner = [state for state in wide if state > self.first_of[state]]
        loops, accepting = _bits(wide, size), _bits(self.accepting, size)
        return Automaton(
            start=_bits(self.starts, size),
            accepting=accepting,
            final=loops & accepting,
            any_one=_bits(self.any_one, size),
            any_but_colon=_bits(self.any_but_colon, size),
            loops=loops,
            loops_but_colon=_bits([state for state in self.loops if not self.loops[state]], size),
            by_character={character: _bits(states, size) for character, states in self.by_character.items()},
            characters_at=self.characters_at,
            inner_loops=_bits(inner, size),
            first_of={state: self.first_of[state] for state in inner},
            fold_case=self.fold_case,
        )


def _bits(numbers: Iterable[int], size: int) -> int:
    """Return the integer of `size` bits in which the bits `numbers` are set."""
    found = bytearray(size // 8 + 1)
    for number in numbers:
        found[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(found, "little")


_UNEVEN = "\u03c3\u03c2\u0307"
"""Both small sigmas, and the combining dot in the lower case of the Turkish capital I."""


@functools.cache
def _cases_of(lower: str) -> str:
    """Return every character whose lower case is `lower`."""
    if lower in _UNEVEN:
        raise GiveUpError(f"the lower case of {lower!r} depends on the letters next to it")
    if lower.isascii() and lower != "k":  # the Kelvin sign is the one other letter that becomes an ASCII one
        return lower + lower.upper() if lower.isalpha() else lower
    return lower + "".join(_others_by_lower().get(lower, ()))


@functools.cache
def _others_by_lower() -> Mapping[str, list[str]]:
    """Return the characters that are not lower case, by their lower case; computed once."""
    found: dict[str, list[str]] = {}
    for character in map(chr, range(0x110000)):
        if character.lower() != character:
            found.setdefault(character.lower(), []).append(character)
    return found

"""Sets of strings, written as patterns, and the one question to them: is there a string in these and not in those?

An automaton has a state for each place in each of its patterns. The states that it is in after some string are one
integer with a bit for each, so that a step is a handful of operations however many patterns there are. The search
meets each combination of states once, hence it ends; what it finds is a shortest string.

No solver is asked: the strings of IAM are matched by patterns alone, and for these this is both exact and fast.
"""

from __future__ import annotations

import functools
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leastway.policy.prove.limits import GiveUpError
from leastway.policy.wildcards import Wildcard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from leastway.policy.wildcards import Pattern

__all__ = ["Automaton", "find_word"]

_ARN_COLONS = 5
_FILLERS = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_."
"""What may stand for a character that no pattern names, the most readable first."""


@dataclass(frozen=True, slots=True, eq=False)
class Automaton:
    """The strings that at least one of several patterns matches."""

    start: int
    accepting: int
    final: int
    """States that accept whatever follows."""
    any_one: int
    """States with `?`, which every character leads on from."""
    any_but_colon: int
    """Likewise in the first five segments of an ARN, where a colon does not."""
    loops: int
    """States at a `*`, which every character may stay at."""
    loops_but_colon: int
    by_character: Mapping[str, int]
    """For each character that stands in a pattern, the states that it leads on from."""
    characters_at: Sequence[str]
    """For each state, the characters in the pattern that lead on from it."""
    inner_loops: int
    """States at a `*` that have states before them in their pattern; once there, these add nothing."""
    first_of: Mapping[int, int]
    """For the number of each of the inner loops, the first state of its pattern."""

    @classmethod
    def of(cls, patterns: Iterable[Pattern], *, segmented: bool = False, fold_case: bool = False) -> Automaton:
        """Return the automaton of `patterns`.

        `segmented`: wildcards keep to their segment of an ARN, as `leastway.policy.wildcards` has it. `fold_case`: the
        patterns are in lower case, and match the strings whose lower case they would match.
        """
        return _build(tuple(dict.fromkeys(patterns)), segmented, fold_case)

    def step(self, states: int, character: str) -> int:
        """Return the states after `character`."""
        on = self.by_character.get(character, 0) | self.any_one
        stay = self.loops
        if character != ":":
            on |= self.any_but_colon
            stay |= self.loops_but_colon
        following = (states & on) << 1 | states & stay
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

    def is_wild(self, states: int) -> bool:
        """Whether a character that no pattern names leads anywhere from `states`."""
        return bool(states & (self.any_one | self.any_but_colon | self.loops | self.loops_but_colon))

    def named(self, states: int) -> Iterator[str]:
        """Yield the characters that do not lead from `states` to where just any character leads."""
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


@functools.lru_cache(maxsize=4096)
def _build(patterns: tuple[Pattern, ...], segmented: bool, fold_case: bool) -> Automaton:
    builder = _Builder(segmented, _cases_of if fold_case else str)
    for pattern in patterns:
        builder.add(pattern)
    return builder.build()


@dataclass(slots=True)
class _Builder:
    """The numbers of the states, from which the integers are made once all are known."""

    segmented: bool
    variants: Callable[[str], str]
    starts: list[int] = field(default_factory=list)
    accepting: list[int] = field(default_factory=list)
    any_one: list[int] = field(default_factory=list)
    any_but_colon: list[int] = field(default_factory=list)
    loops: dict[int, bool] = field(default_factory=dict)
    """For each state at a `*`, whether a colon may be there too."""
    first_of: dict[int, int] = field(default_factory=dict)
    by_character: dict[str, list[int]] = field(default_factory=dict)
    characters_at: list[str] = field(default_factory=list)

    def add(self, pattern: Pattern) -> None:
        first = len(self.characters_at)
        self.starts.append(first)
        colons = 0
        for index, part in enumerate(pattern):
            inside = self.segmented and colons < _ARN_COLONS
            state = len(self.characters_at)
            if part is Wildcard.STAR:
                runs_on = index == len(pattern) - 1
                self.loops[state] = runs_on or not inside or self.loops.get(state, False)
                self.first_of[state] = first
            elif part is Wildcard.ANY:
                (self.any_but_colon if inside else self.any_one).append(state)
                self.characters_at.append("")
            elif isinstance(part, str):
                self._add_literal(part)
                colons += part.count(":")
        self.accepting.append(len(self.characters_at))
        self.characters_at.append("")

    def _add_literal(self, text: str) -> None:
        for character in text:
            same = self.variants(character)
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
        )


def _bits(numbers: Iterable[int], size: int) -> int:
    """Return the integer of `size` bits that has those of `numbers`."""
    found = bytearray(size // 8 + 1)
    for number in numbers:
        found[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(found, "little")


_UNEVEN = "\u03c3\u03c2\u0307"
"""Both small sigmas, and the dot that a Turkish capital I leaves behind."""


@functools.cache
def _cases_of(lower: str) -> str:
    """Return every character whose lower case is `lower`."""
    if lower in _UNEVEN:
        raise GiveUpError(f"the lower case of {lower!r} depends on the letters around it")
    if lower.isascii() and lower != "k":  # the Kelvin sign is the one other letter that becomes an ASCII one
        return lower + lower.upper() if lower.isalpha() else lower
    return "".join(character for character in map(chr, range(0x110000)) if character.lower() == lower)


def find_word(
    inside: Sequence[Automaton], outside: Sequence[Automaton] = (), *, tick: Callable[[], None] = lambda: None
) -> str | None:
    """Return a shortest string that all of `inside` accept and none of `outside`; None when there is none.

    `tick` is called now and then, and may raise to give up.
    """
    start = (tuple(item.start for item in inside), tuple(item.start for item in outside))
    came_from: dict[_States, tuple[_States, str] | None] = {start: None}
    queue = deque([start])
    while queue:
        tick()
        states = queue.popleft()
        accepted, refused = states
        if all(now & item.accepting for item, now in zip(inside, accepted, strict=True)) and not any(
            now & item.accepting for item, now in zip(outside, refused, strict=True)
        ):
            return _spell(came_from, states)
        for character in _characters(inside, outside, states):
            following = _step(inside, outside, states, character)
            if following is not None and following not in came_from:
                came_from[following] = states, character
                queue.append(following)
    return None


_States = tuple[tuple[int, ...], tuple[int, ...]]


def _step(inside: Sequence[Automaton], outside: Sequence[Automaton], states: _States, character: str) -> _States | None:
    """Return where `character` leads, or None when no string that goes on from there is an answer."""
    accepted = []
    for item, now in zip(inside, states[0], strict=True):
        following = item.step(now, character)
        if not following:
            return None
        accepted.append(following)
    refused = []
    for item, now in zip(outside, states[1], strict=True):
        following = item.step(now, character) if now else 0
        if following & item.final:
            return None
        refused.append(following)
    return tuple(accepted), tuple(refused)


def _characters(inside: Sequence[Automaton], outside: Sequence[Automaton], states: _States) -> list[str]:
    """Return one character for each way on: those that a pattern names there, and one for all the others."""
    for item, now in zip(inside, states[0], strict=True):
        if not item.is_wild(now):
            return list(dict.fromkeys(item.named(now)))
    named = {character for item, now in zip(inside, states[0], strict=True) for character in item.named(now)}
    named.update(character for item, now in zip(outside, states[1], strict=True) for character in item.named(now))
    return [_filler(named), *sorted(named)]


def _filler(named: set[str]) -> str:
    """Return a character that is none of `named`; a colon is always one of them where it matters."""
    found = next((character for character in _FILLERS if character not in named), None)
    return found or next(character for character in map(chr, range(0xA1, 0x110000)) if character not in named)


def _spell(came_from: dict[_States, tuple[_States, str] | None], states: _States) -> str:
    letters = []
    step = came_from[states]
    while step is not None:
        states, character = step
        letters.append(character)
        step = came_from[states]
    return "".join(reversed(letters))

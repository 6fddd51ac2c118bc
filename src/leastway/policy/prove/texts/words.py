"""The search for a string that some automata accept and others do not.

The search visits each combination of states once, so it terminates; what it finds is a shortest string. If there are
too many combinations (`*a` and then n `?` lead to 2^n), it starts again and follows each state of the accepting side
separately: of two paths to one state, the one with a subset of the other's refusing states has all answers of the
other, which is dropped (antichains). A search that still does not fit into memory is given up.

No solver is used: IAM matches strings only with patterns, and for these the search is both exact and fast.
"""

from __future__ import annotations

import itertools
import sys
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leastway.policy.prove.limits import MOST_BYTES, MOST_STATES, TooManyStatesError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from leastway.policy.prove.texts.automaton import Automaton

__all__ = ["find_word"]

_FILLERS = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_."
"""The characters to choose from where no pattern names one, the most readable first."""
_MOST_TOGETHER = 10_000
_ENTRY = 400
"""Bytes that a remembered combination takes in addition to its integers."""

_States = tuple[tuple[int, ...], tuple[int, ...]]
"""The states of the accepting automata, and of the refusing ones."""


def find_word(
    inside: Sequence[Automaton],
    outside: Sequence[Automaton] = (),
    *,
    tick: Callable[[], None] = lambda: None,
    most_together: int = _MOST_TOGETHER,
) -> str | None:
    """Return a shortest string that all of `inside` accept and none of `outside`; None if there is none.

    `tick` is called regularly, and may raise to give up. `most_together`: beyond this many combinations, each state is
    followed separately. Errors: TooManyStatesError, if it needs too much memory.
    """
    sides = _Sides(inside, outside, tick)
    try:
        return sides.find(_Together(most_together))
    except TooManyStatesError:
        return sides.find(_OneByOne(MOST_STATES))


@dataclass(slots=True)
class _Together:
    """The visited combinations, if the states of an accepting automaton are followed together."""

    most: int
    met: set[_States] = field(default_factory=set)
    size: int = 0

    def parts(self, states: _States) -> Iterator[_States]:
        yield states

    def is_new(self, states: _States) -> bool:
        if states in self.met:
            return False
        self.met.add(states)
        self.size += _size(states)
        if len(self.met) > self.most or self.size > MOST_BYTES:
            raise TooManyStatesError
        return True


@dataclass(slots=True)
class _OneByOne:
    """The visited combinations, if each state of an accepting automaton is followed separately."""

    most: int
    met: dict[tuple[int, ...], list[tuple[int, ...]]] = field(default_factory=dict)
    """For states of the accepting side, the minimal sets of states of the refusing side."""
    count: int = 0
    size: int = 0

    def parts(self, states: _States) -> Iterator[_States]:
        for single in itertools.product(*map(_singles, states[0])):
            yield single, states[1]

    def is_new(self, states: _States) -> bool:
        accepted, refused = states
        least = self.met.setdefault(accepted, [])
        if any(_is_less(other, refused) for other in least):
            return False
        least[:] = [other for other in least if not _is_less(refused, other)]
        least.append(refused)
        self.count += 1
        self.size += _size(states)
        if self.count > self.most or self.size > MOST_BYTES:
            raise TooManyStatesError
        return True


def _singles(states: int) -> Iterator[int]:
    while states:
        lowest = states & -states
        yield lowest
        states ^= lowest


def _is_less(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether all states of `one` are in `other` too."""
    return all(few & ~many == 0 for few, many in zip(one, other, strict=True))


def _size(states: _States) -> int:
    return _ENTRY + sum(map(sys.getsizeof, states[0])) + sum(map(sys.getsizeof, states[1]))


@dataclass(frozen=True, slots=True)
class _Sides:
    """The automata that must accept, and those that must not."""

    inside: Sequence[Automaton]
    outside: Sequence[Automaton]
    tick: Callable[[], None]

    def find(self, met: _Together | _OneByOne) -> str | None:
        """Return a shortest string, or None, by a breadth-first search."""
        came_from: list[tuple[int, str]] = []
        queue: deque[tuple[_States, int]] = deque()

        def meet(states: _States, before: int, character: str) -> None:
            for part in met.parts(states):
                if met.is_new(part):
                    came_from.append((before, character))
                    queue.append((part, len(came_from) - 1))

        meet((tuple(item.start for item in self.inside), tuple(item.start for item in self.outside)), -1, "")
        while queue:
            self.tick()
            states, number = queue.popleft()
            if self._is_answer(states):
                return _spell(came_from, number)
            for character in self._characters(states):
                following = self._step(states, character)
                if following is not None:
                    meet(following, number, character)
        return None

    def _is_answer(self, states: _States) -> bool:
        accepted, refused = states
        return all(now & item.accepting for item, now in zip(self.inside, accepted, strict=True)) and not any(
            now & item.accepting for item, now in zip(self.outside, refused, strict=True)
        )

    def _step(self, states: _States, character: str) -> _States | None:
        """Return the states after `character`, or None if no continuation is an answer."""
        accepted = []
        for item, now in zip(self.inside, states[0], strict=True):
            following = item.step(now, character)
            if not following:
                return None
            accepted.append(following)
        refused = []
        for item, now in zip(self.outside, states[1], strict=True):
            following = item.step(now, character) if now else 0
            if following & item.final:
                return None
            refused.append(following)
        return tuple(accepted), tuple(refused)

    def _characters(self, states: _States) -> list[str]:
        """Return one character for each possible step: those that a pattern names there, and one for all others."""
        for item, now in zip(self.inside, states[0], strict=True):
            if not item.is_wild(now):
                return list(dict.fromkeys(item.named(now)))
        named = {character for item, now in zip(self.inside, states[0], strict=True) for character in item.named(now)}
        for item, now in zip(self.outside, states[1], strict=True):
            named.update(item.named(now))
        return [_filler(named), *sorted(named)]


def _filler(named: set[str]) -> str:
    """Return a character that is none of `named`; a colon is always one of them where it matters."""
    found = next((character for character in _FILLERS if character not in named), None)
    return found or next(character for character in map(chr, range(0xA1, 0x110000)) if character not in named)


def _spell(came_from: Sequence[tuple[int, str]], number: int) -> str:
    letters = []
    while number >= 0:
        number, letter = came_from[number]
        letters.append(letter)
    return "".join(reversed(letters))

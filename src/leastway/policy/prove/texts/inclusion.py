"""Inclusion of patterns decided by comparing their text: a fast check without memory before a search of automata.

A pattern lies within others if one of these matches its text, with its wildcards read as special characters: a `*` of
the other pattern matches each of them, a `?` matches only a `?`. This holds for every string in the same way, so a
positive answer is always right; otherwise the automata decide.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from leastway.policy.prove.texts.automaton import Automaton
from leastway.policy.prove.texts.language import Language
from leastway.policy.prove.texts.words import find_word
from leastway.policy.wildcards import Wildcard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from leastway.policy.wildcards import Pattern

__all__ = ["find_in", "is_within", "without_those_within", "without_wider"]

_MOST_COMPARED = 64
"""The number of patterns of a language up to which it is compared with others to find redundant ones."""
_MOST_FILLED = 16
_HARD = 12
"""For patterns with at least this many wildcards, words are guessed before the search."""
_FRESH = ("x", "y", "0", "\u00a1")


def is_within(pattern: Pattern, automaton: Automaton, *, segmented: bool, fold_case: bool) -> bool:
    """Whether the text of `pattern` shows that `automaton` accepts all that it matches; False shows nothing."""
    if fold_case is not automaton.fold_case:
        return False
    return automaton.accepts_all(pattern, segmented=segmented)


def without_those_within(language: Language, others: Sequence[Automaton], tick: Callable[[], None]) -> Language:
    """Return `language` without the patterns that lie within one of `others`."""
    kept = []
    for pattern in language.patterns:
        tick()
        way = {"segmented": language.segmented, "fold_case": language.fold_case}
        if not any(is_within(pattern, other, **way) for other in others):
            kept.append(pattern)
    if len(kept) == len(language.patterns):
        return language
    return Language(tuple(kept), language.segmented, language.fold_case)


def without_wider(languages: Sequence[Language]) -> list[Language]:
    """Return those of `languages` that do not contain another one: the intersection is the same."""
    kept = sorted(dict.fromkeys(languages), key=lambda item: len(item.patterns))
    for narrow in tuple(kept):
        if narrow in kept and len(narrow.patterns) <= _MOST_COMPARED:
            kept = [item for item in kept if item is narrow or not _contains_all(item, narrow)]
    return kept


def _contains_all(wide: Language, narrow: Language) -> bool:
    way = {"segmented": narrow.segmented, "fold_case": narrow.fold_case}
    return all(is_within(pattern, wide.automaton, **way) for pattern in narrow.patterns)


def find_in(
    inside: Sequence[Language], also: Sequence[Automaton], outside: Sequence[Automaton], tick: Callable[[], None]
) -> str | None:
    """Return a string in all of `inside` that all of `also` accept and none of `outside`; None if there is none.

    Errors: GiveUpError.
    """

    def is_answer(word: str) -> bool:
        tick()
        return (
            all(item.contains(word) for item in inside)
            and all(item.accepts(word) for item in also)
            and not any(item.accepts(word) for item in outside)
        )

    for item in inside:
        words = item.words
        if words is not None:
            return next((word for word in sorted(words, key=lambda word: (len(word), word)) if is_answer(word)), None)
    guesses = itertools.chain.from_iterable(_filled(item) for item in inside if _is_hard(item))
    guess = next(filter(is_answer, guesses), None)
    if guess is not None:
        return guess
    return find_word([*(item.automaton for item in inside), *also], outside, tick=tick)


def _is_hard(language: Language) -> bool:
    return any(
        sum(isinstance(part, Wildcard) for part in pattern) >= _HARD for pattern in language.patterns[:_MOST_FILLED]
    )


def _filled(language: Language) -> Iterator[str]:
    """Yield words of the first patterns, with nothing or a character instead of `*`."""
    for pattern in language.patterns[:_MOST_FILLED]:
        for fresh in _FRESH:
            for star in ("", fresh):
                yield "".join(
                    part if isinstance(part, str) else fresh if part is Wildcard.ANY else star for part in pattern
                )

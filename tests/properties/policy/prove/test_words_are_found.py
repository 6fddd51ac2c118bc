"""The search for a word agrees with the evaluator's own matching, with trying all words, and with z3.

z3 decides the same questions about regular languages with a different method; it is used only here, to check the
search, and not in the product.
"""

import itertools
import os
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from leastway.policy.prove.texts.automaton import Automaton
from leastway.policy.prove.texts.inclusion import is_within
from leastway.policy.prove.texts.words import find_word
from leastway.policy.wildcards import Globs, Pattern, Wildcard, tokens_of

SETTINGS: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck)}
PATTERNS = st.lists(st.text("ab:*?", max_size=5), min_size=1, max_size=3)
ARNS = st.lists(st.text("a::::*?", min_size=4, max_size=9), min_size=1, max_size=3)
WORDS = ["".join(word) for length in range(6) for word in itertools.product("ab:z", repeat=length)]
ARN_WORDS = ["".join(word) for length in range(8) for word in itertools.product("a:z", repeat=length)]
Sides = tuple[list[list[str]], list[list[str]]]


def sides(patterns: st.SearchStrategy[list[str]]) -> st.SearchStrategy[Sides]:
    return st.tuples(st.lists(patterns, min_size=1, max_size=3), st.lists(patterns, max_size=3))


def search(question: Sides, *, segmented: bool = False) -> str | None:
    automata = [[Automaton.of(map(tokens_of, item), segmented=segmented) for item in side] for side in question]
    return find_word(*automata)


def is_answer(word: str, question: Sides, *, segmented: bool = False) -> bool:
    inside, outside = (
        [Globs.compile(map(tokens_of, item), segmented=segmented).matcher()(word) for item in side] for side in question
    )
    return all(inside) and not any(outside)


def check(question: Sides, *, segmented: bool) -> None:
    word = search(question, segmented=segmented)
    if word is not None:
        assert is_answer(word, question, segmented=segmented)
    shorter = [other for other in (ARN_WORDS if segmented else WORDS) if word is None or len(other) < len(word)]
    assert not any(is_answer(other, question, segmented=segmented) for other in shorter)


@settings(max_examples=120, **SETTINGS)
@given(sides(PATTERNS))
def test_a_word_is_found_if_and_only_if_one_exists(question: Sides) -> None:
    check(question, segmented=False)


@settings(max_examples=80, **SETTINGS)
@given(sides(ARNS))
def test_a_word_in_arns_is_found_if_and_only_if_one_exists(question: Sides) -> None:
    check(question, segmented=True)


def check_inclusion(pattern: str, others: list[str], *, segmented: bool, also_segmented: bool) -> None:
    """Assert that text inclusion holds for every word, and that it is complete for a pair of patterns."""
    automaton = Automaton.of(map(tokens_of, others), segmented=also_segmented)
    shown = is_within(tokens_of(pattern), automaton, segmented=segmented, fold_case=False)
    event("shown" if shown else "not shown")
    one = Globs.compile([tokens_of(pattern)], segmented=segmented).matcher()
    other = Globs.compile(map(tokens_of, others), segmented=also_segmented).matcher()
    words = ARN_WORDS if segmented or also_segmented else WORDS
    outside = next((word for word in words if one(word) and not other(word)), None)
    assert not shown or outside is None
    if not shown and outside is None and len(others) == 1 and not segmented and not also_segmented:
        assert find_word([Automaton.of([tokens_of(pattern)])], [automaton]) is not None


@settings(max_examples=200, **SETTINGS)
@given(st.text("ab*?", max_size=6), st.lists(st.text("ab*?", max_size=5), min_size=1, max_size=2))
def test_text_inclusion_of_patterns_is_sound(pattern: str, others: list[str]) -> None:
    check_inclusion(pattern, others, segmented=False, also_segmented=False)


@settings(max_examples=100, **SETTINGS)
@given(st.text("a::::*?", min_size=4, max_size=9), ARNS, st.booleans(), st.booleans())
def test_text_inclusion_of_arns_is_sound(
    pattern: str, others: list[str], segmented: bool, also_segmented: bool
) -> None:
    check_inclusion(pattern, others, segmented=segmented, also_segmented=also_segmented)


@settings(max_examples=80, **SETTINGS)
@given(sides(PATTERNS))
def test_following_states_separately_finds_the_same_words(question: Sides) -> None:
    automata = [[Automaton.of(map(tokens_of, item)) for item in side] for side in question]
    together = find_word(*automata)
    one_by_one = find_word(*automata, most_together=1)
    assert (together is None) is (one_by_one is None)
    assert together is None or (len(one_by_one or "") == len(together) and is_answer(one_by_one or "", question))


@pytest.mark.soak
@settings(max_examples=int(os.environ.get("SOAK_EXAMPLES", "50000")), **SETTINGS)
@given(sides(st.one_of(PATTERNS, ARNS)), st.booleans())
def test_words_are_found_in_a_soak_run(question: Sides, segmented: bool) -> None:
    check(question, segmented=segmented)


@settings(max_examples=150, **SETTINGS)
@given(sides(PATTERNS))
def test_z3_finds_a_word_if_and_only_if_the_search_does(question: Sides) -> None:
    z3 = pytest.importorskip("z3", reason="z3 is the judge here")
    solver = z3.Solver()
    solver.set("timeout", 2000)
    word = z3.String("word")
    for item in question[0]:
        solver.add(z3.InRe(word, _union(z3, map(tokens_of, item))))
    for item in question[1]:
        solver.add(z3.Not(z3.InRe(word, _union(z3, map(tokens_of, item)))))
    answer = solver.check()
    assert answer == z3.unknown or (answer == z3.sat) is (search(question) is not None)


def _union(z3: Any, patterns: Iterable[Pattern]) -> Any:
    found = [_expression(z3, pattern) for pattern in patterns]
    return z3.Union(*found) if len(found) > 1 else found[0]


def _expression(z3: Any, pattern: Pattern) -> Any:
    any_one = z3.AllChar(z3.ReSort(z3.StringSort()))
    parts = [
        z3.Star(any_one) if part is Wildcard.STAR else any_one if part is Wildcard.ANY else z3.Re(part)
        for part in pattern
    ]
    return z3.Concat(z3.Re(""), *parts) if parts else z3.Re("")

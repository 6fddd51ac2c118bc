"""Comparisons of two patterns by their text agree with the automata of proofs, which decide exactly."""

import re
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leastway.lint.patterns import arn_covers, arns_overlap
from leastway.policy.patterns import includes, overlap
from leastway.policy.prove.texts.automaton import Automaton
from leastway.policy.prove.texts.words import find_word
from leastway.policy.wildcards import tokens_of

SETTINGS: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck), "max_examples": 300}
PATTERNS = st.text("ab:*?", max_size=7)
SEGMENTS = st.text("ab*?", max_size=4)
ARNS = st.lists(SEGMENTS, min_size=5, max_size=7).map(lambda found: ":".join(["arn", *found]))
MIXED = re.compile(r"\*\?|\?\*")


def automaton(pattern: str, *, segmented: bool = False) -> Automaton:
    return Automaton.of([tokens_of(pattern)], segmented=segmented)


def shared_word(one: str, other: str, *, segmented: bool = False) -> str | None:
    return find_word([automaton(one, segmented=segmented), automaton(other, segmented=segmented)])


def word_outside(narrow: str, wide: str, *, segmented: bool = False) -> str | None:
    return find_word([automaton(narrow, segmented=segmented)], [automaton(wide, segmented=segmented)])


@settings(**SETTINGS)
@given(PATTERNS, PATTERNS)
def test_an_included_pattern_matches_no_text_outside(wide: str, narrow: str) -> None:
    if includes(wide, narrow):
        assert word_outside(narrow, wide) is None
        assert automaton(wide).accepts_all(tokens_of(narrow), segmented=False)


@settings(**SETTINGS)
@given(PATTERNS.filter(lambda text: not MIXED.search(text)), PATTERNS)
def test_both_text_rules_agree_unless_a_star_is_next_to_a_question_mark(wide: str, narrow: str) -> None:
    assert includes(wide, narrow) is automaton(wide).accepts_all(tokens_of(narrow), segmented=False)


@settings(**SETTINGS)
@given(PATTERNS, PATTERNS)
def test_patterns_overlap_if_and_only_if_they_share_a_text(one: str, other: str) -> None:
    assert overlap(one, other) is (shared_word(one, other) is not None)


@settings(**SETTINGS)
@given(ARNS, ARNS)
def test_arns_are_compared_as_by_the_automata(wide: str, narrow: str) -> None:
    if arn_covers(wide, narrow):
        assert word_outside(narrow, wide, segmented=True) is None
    assert arns_overlap(wide, narrow) is (shared_word(wide, narrow, segmented=True) is not None)

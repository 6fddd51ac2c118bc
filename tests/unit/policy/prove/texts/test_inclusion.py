import pytest

from leastway.policy.prove.texts.automaton import Automaton
from leastway.policy.prove.texts.inclusion import find_in, is_within, without_those_within, without_wider
from leastway.policy.prove.texts.language import Language
from leastway.policy.wildcards import tokens_of

MANY = "?" * 24


def within(pattern: str, *others: str, segmented: bool = False) -> bool:
    automaton = Automaton.of(map(tokens_of, others), segmented=segmented)
    return is_within(tokens_of(pattern), automaton, segmented=segmented, fold_case=False)


def language(*patterns: str) -> Language:
    return Language(tuple(map(tokens_of, patterns)))


@pytest.mark.parametrize(
    ("pattern", "others"),
    [
        ("abc", ["a*"]),
        ("a?c", ["a*", "b*"]),
        ("a*c", ["a*"]),
        ("*a", ["?*"]),
        ("a*", ["*?"]),
        ("*?*?*", ["??*"]),
        ("a*b*c", ["a*c"]),
        ("a**b", ["a*b"]),
        (f"*a{MANY}b*", [f"*a{MANY}*"]),
        (f"*a{MANY}b*", [f"*b{MANY}*", f"*a{MANY[:-1]}?b*"]),
    ],
)
def test_inclusion_is_shown_by_comparing_texts(pattern: str, others: list[str]) -> None:
    assert within(pattern, *others)


@pytest.mark.parametrize(
    ("pattern", "others"),
    [("a*", ["a?*"]), ("*", ["a*", "?*"]), ("a?", ["ab", "ac"]), ("*a*", ["a*"]), ("a", [""]), ("", ["?*"])],
)
def test_inclusion_is_not_claimed_when_it_does_not_hold(pattern: str, others: list[str]) -> None:
    assert not within(pattern, *others)


@pytest.mark.parametrize(
    ("pattern", "other", "holds"),
    [
        ("arn:aws:s3:::a*", "arn:*:s3:::*", True),
        ("arn:aws:s3:::a:*", "arn:aws:s3*", True),
        ("arn:aws:s?:::a", "arn:aws:??:::a", True),
        ("arn:aws:s3*", "arn:aws:s3:*", False),
        ("arn:*:s3:::a", "arn:?*:s3:::a", False),
    ],
)
def test_wildcards_stay_within_their_arn_segment(pattern: str, other: str, holds: bool) -> None:
    assert within(pattern, other, segmented=True) is holds


def test_a_wildcard_that_crosses_colons_is_not_within_one_that_does_not() -> None:
    segmented = Automaton.of([tokens_of("arn:*:s3:::a")], segmented=True)
    assert not is_within(tokens_of("arn:*:s3:::a"), segmented, segmented=False, fold_case=False)
    assert is_within(tokens_of("arn:aws:s3:::a"), segmented, segmented=False, fold_case=False)


def test_patterns_that_ignore_case_are_compared_only_with_each_other() -> None:
    folded = Automaton.of([("abc",)], fold_case=True)
    assert is_within(("abc",), folded, segmented=False, fold_case=True)
    assert not is_within(("abc",), folded, segmented=False, fold_case=False)


def test_patterns_within_other_automata_are_removed() -> None:
    others = [Automaton.of([tokens_of("a*")]), Automaton.of([tokens_of("*z")])]
    assert without_those_within(language("ab", "bz", "c", "?z"), others, lambda: None).patterns == (("c",),)


def test_a_language_that_contains_another_is_removed() -> None:
    narrow, wide, other = language("a?", "ab*"), language("a*"), language("*b")
    assert without_wider([wide, narrow, other]) == [other, narrow]
    assert without_wider([wide, language("a*")]) == [wide]


def test_patterns_without_wildcards_are_tried_directly() -> None:
    long = "a" * 100_000
    outside = [Automaton.of([tokens_of("?")])]
    assert find_in([Language((("b",), (long,)))], [], outside, lambda: None) == long
    assert find_in([Language((("b",), (long,))), language("*b")], [], outside, lambda: None) is None


def test_a_word_of_a_hard_pattern_is_guessed() -> None:
    hard = language(f"*a{MANY}b*{MANY}c")
    word = find_in([hard], [], [Automaton.of([tokens_of(f"*a{MANY}c*")])], lambda: None)
    assert word is not None
    assert hard.contains(word)

import time

import pytest

from leastway.policy.wildcards import Globs, Wildcard, tokens_of


def matches(pattern: str, text: str, *, segmented: bool = False) -> bool:
    return Globs.compile([tokens_of(pattern)], segmented=segmented).matcher()(text)


def test_a_pattern_is_split_into_literals_and_wildcards() -> None:
    assert tokens_of("a*b?") == ("a", Wildcard.STAR, "b", Wildcard.ANY)
    assert tokens_of("") == ()


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("", "", True),
        ("", "a", False),
        ("abc", "abc", True),
        ("abc", "abcd", False),
        ("a.c", "abc", False),
        ("*", "", True),
        ("a*", "a", True),
        ("*c", "abc", True),
        ("a*c", "ac", True),
        ("a*c", "acb", False),
        ("a*b*c", "a--b--b--c", True),
        ("a*b*c", "a--c--b", False),
        ("a*ab", "ab", False),
        ("*ab*ab*", "xabab", True),
        ("*ab*ab*", "xaba", False),
        ("?", "", False),
        ("a?c", "abc", True),
        ("**", "anything", True),
        ("*?", "", False),
        ("*?*", "a", True),
        ("a*\n", "a\n", True),
        ("[a]", "a", False),
    ],
)
def test_a_pattern_matches_the_whole_text(pattern: str, text: str, expected: bool) -> None:
    assert matches(pattern, text) is expected


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b/x:y/z", True),
        ("arn:aws:sqs:*:1:q", "arn:aws:sqs:eu:x:1:q", False),
        ("arn:aws:sqs:*:1:q", "arn:aws:sqs:eu:1:q", True),
        ("arn:aws:sqs:?:1:q", "arn:aws:sqs:::1:q", False),
        ("arn:aws:sqs:*", "arn:aws:sqs:eu:1:q", True),
        ("arn:*:sqs:*", "arn:aws:sqs:eu:1:q", True),
        ("arn:*:sqs:e*", "arn:aws:sqs:eu:1:q", True),
        ("arn:*:sqs:eu", "arn:aws:sqs:eu:1:q", False),
        ("arn:a*:sqs:eu:1:*:b", "arn:aws:sqs:eu:1:a:c:b", True),
        ("a*b", "a:b", False),
        ("*", "a:b", True),
    ],
)
def test_wildcards_of_a_segmented_pattern_do_not_cross_segments(pattern: str, text: str, expected: bool) -> None:
    assert matches(pattern, text, segmented=True) is expected


def test_many_patterns_are_matched_together() -> None:
    several = Globs.compile([tokens_of(text) for text in ("exact", "prefix*", "*suffix", "a?c")]).matcher()
    assert [several(text) for text in ("exact", "prefix!", "a suffix", "abc", "none")] == [True] * 4 + [False]
    assert not Globs.compile([]).matcher()("")


def test_many_stars_do_not_take_exponential_time() -> None:
    started = time.process_time()
    assert not matches("*a" * 60 + "b", "a" * 20_000)
    assert time.process_time() - started < 2

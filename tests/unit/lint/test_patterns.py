from hypothesis import given
from hypothesis import strategies as st

from leastway.lint.candidates import Effort
from leastway.lint.patterns import arn_covers, arns_overlap, covers, overlap
from leastway.lint.superseded import superseded
from leastway.policy.wildcards import Globs, tokens_of

patterns = st.text("ab*?", max_size=7)
texts = st.text("ab", max_size=8)


def matches(pattern: str, text: str) -> bool:
    return Globs.compile([tokens_of(pattern)]).matcher()(text)


@given(patterns, patterns, texts)
def test_a_covered_pattern_matches_nothing_beyond_the_covering_one(wide: str, narrow: str, text: str) -> None:
    assert not (covers(wide, narrow) and matches(narrow, text)) or matches(wide, text)


@given(patterns, patterns)
def test_patterns_that_cover_each_other_overlap(one: str, other: str) -> None:
    assert covers(one, one)
    assert not covers(one, other) or overlap(one, other)
    assert overlap(one, other) == overlap(other, one)


@given(texts, st.data())
def test_patterns_that_match_the_same_text_overlap(text: str, data: st.DataObject) -> None:
    def pattern() -> str:
        pieces = [data.draw(st.sampled_from([letter, "?", "*", f"*{letter}", f"{letter}*"])) for letter in text]
        return "".join(pieces)

    one, other = pattern(), pattern()
    assert matches(one, text)
    assert overlap(one, other)


@given(patterns, patterns)
def test_patterns_that_do_not_overlap_share_no_text(one: str, other: str) -> None:
    if overlap(one, other):
        return
    short = [""]
    for _ in range(6):
        short += [text + letter for text in short for letter in "ab" if len(text) < 6]
    assert not any(matches(one, text) and matches(other, text) for text in set(short))


def test_covering_follows_wildcards_and_literals() -> None:
    assert covers("s3:*", "s3:get*")
    assert covers("s3:get*", "s3:getobject")
    assert covers("*a*", "ba*b")
    assert not covers("s3:get?", "s3:get*")
    assert not covers("s3:get*", "s3:*")
    assert not covers("*a", "*ab")


def test_a_variable_may_be_anything_and_covers_only_itself() -> None:
    assert covers("home/*", "home/${aws:username}/x")
    assert covers("home/${aws:username}", "home/${aws:username}")
    assert not covers("home/${aws:username}", "home/ann")
    assert not covers("home/a*", "home/${aws:username}")
    assert overlap("home/ann", "home/${aws:username}")


def test_a_star_in_an_arn_does_not_cross_segments() -> None:
    assert arn_covers("arn:aws:s3:::shop/*", "arn:aws:s3:::shop/a/*")
    assert arn_covers("arn:aws:sqs:*:111122223333:a", "arn:aws:sqs:eu-central-1:111122223333:a")
    assert arn_covers("arn:aws:s3:*", "arn:aws:s3:::shop")
    assert not arn_covers("arn:aws:sqs:*:a", "arn:aws:sqs:eu-central-1:111122223333:a")
    assert not arns_overlap("arn:aws:s3:::shop", "arn:*:s3:::*/*")
    assert arns_overlap("arn:aws:s3:::shop*", "arn:*:s3:::*/*")
    assert not arns_overlap("arn:aws:eks:eu-central-1:111122223333:cluster/*", "arn:*:eks:*:*:nodegroup/*/*/*")
    assert arns_overlap("*", "arn:*:eks:*:*:nodegroup/*")


@given(st.lists(patterns, max_size=8))
def test_a_list_without_its_superseded_patterns_covers_the_same(items: list[str]) -> None:
    gone = dict(superseded(items, covers, Effort()))
    assert all(covers(items[by], items[index]) and index != by for index, by in gone.items())
    kept = [text for index, text in enumerate(items) if index not in gone]
    assert all(any(covers(text, item) for text in kept) for item in items)

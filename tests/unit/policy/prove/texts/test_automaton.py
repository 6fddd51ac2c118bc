import pytest

from leastway.policy.prove.limits import Deadline, GiveUpError
from leastway.policy.prove.texts.automaton import Automaton
from leastway.policy.prove.texts.words import find_word
from leastway.policy.wildcards import tokens_of


def globs(*patterns: str, segmented: bool = False) -> Automaton:
    return Automaton.of(map(tokens_of, patterns), segmented=segmented)


@pytest.mark.parametrize(
    ("inside", "outside", "word"),
    [
        (["abc"], [], "abc"),
        (["*"], [], ""),
        (["a*"], ["a"], "aa"),
        (["a?c"], ["abc", "acc"], "aac"),
        (["a*b"], ["a*"], None),
        (["*a*"], ["a*", "*a"], "bab"),
        (["?*"], ["?"], "aa"),
        ([""], ["?*"], ""),
        (["*"], [f"{letter}*" for letter in "abcdef"] + [""], "g"),
        (["*"], ["*"], None),
    ],
)
def test_a_shortest_word_is_found(inside: list[str], outside: list[str], word: str | None) -> None:
    assert find_word([globs(*inside)], [globs(*outside)] if outside else []) == word


def test_the_intersection_of_several_patterns_is_searched() -> None:
    assert find_word([globs("a*"), globs("*b"), globs("??")]) == "ab"
    assert find_word([globs("a*"), globs("b*")]) is None


def test_wildcards_stay_within_their_arn_segment_except_in_the_last() -> None:
    arn = globs("arn:*:s3:::a*", segmented=True)
    assert arn.accepts("arn:aws:s3:::a:b")
    assert not arn.accepts("arn:a:b:s3:::a")
    assert globs("arn:aws:s3*", segmented=True).accepts("arn:aws:s3:x:y:z")
    assert not globs("arn:aws:s?:::a", segmented=True).accepts("arn:aws:s::::a")


def test_a_word_in_another_case_is_found_if_case_is_ignored() -> None:
    folded = Automaton.of([("role",)], fold_case=True)
    assert folded.accepts("RoLe")
    assert find_word([folded], [globs("role", "Role")]) == "rolE"


def test_an_unnamed_character_is_found_when_the_common_ones_are_named() -> None:
    named = Automaton.of([(chr(code),) for code in range(0x20, 0xA1)])
    word = find_word([globs("?")], [named])
    assert word is not None
    assert ord(word) > 0xA0


def test_many_overlapping_patterns_are_fast() -> None:
    patterns = [f"*{one}*{other}*" for one in "abcdefgh" for other in "ijklmnop"]
    assert find_word([globs("*a*i*b*")], [globs(*patterns)]) is None
    assert find_word([globs("?" * 12)], [globs(*patterns)]) is not None


def test_a_search_beyond_its_deadline_is_given_up() -> None:
    deadline = Deadline(0)
    with pytest.raises(GiveUpError, match="no answer within 0 s"):
        find_word([globs("a*")], [globs("b*")], tick=deadline)

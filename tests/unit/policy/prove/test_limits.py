"""Large and hostile policies: limits on time and memory, and the verdict when a limit is reached."""

import sys
import time
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from leastway.policy.catalog import Catalog
from leastway.policy.evaluate import PolicySet
from leastway.policy.prove import Proved, Refuted, Unknown, Verdict, compare
from leastway.policy.prove.limits import Deadline, GiveUpError
from leastway.policy.prove.question import Question
from tests.unit.policy.prove.policies import Json, allow, deny, identity

MANY = "?" * 24


def conditions(number: int) -> Json:
    return {
        "StringEquals": {"aws:PrincipalTag/team": f"team-{number}"},
        "IpAddress": {"aws:SourceIp": f"10.{number // 250}.{number % 250}.0/24"},
    }


def statements(count: int, effect: Callable[..., Json] = allow) -> list[Json]:
    return [effect("s3:GetObject", f"arn:aws:s3:::bucket-{number}/*", conditions(number)) for number in range(count)]


def reordered(written: list[Json]) -> list[Json]:
    return Random(1).sample(written, len(written))


def object_like(*patterns: str) -> PolicySet:
    return identity(allow("s3:GetObject", [f"arn:aws:s3:::{pattern}" for pattern in patterns]))


def timed(new: PolicySet, old: PolicySet, catalog: Catalog) -> tuple[Verdict, float]:
    compare(object_like("a"), object_like("b"), catalog=catalog)
    started = time.process_time()
    verdict = compare(new, old, catalog=catalog)
    return verdict, time.process_time() - started


def test_200_statements_in_another_order_are_proved_in_two_seconds(catalog: Catalog) -> None:
    written = statements(200)
    verdict, seconds = timed(identity(*written), identity(*reordered(written)), catalog)
    assert isinstance(verdict, Proved)
    assert seconds < 2


def test_200_statements_against_all_but_one_are_refuted_in_five_seconds(catalog: Catalog) -> None:
    written = reordered(statements(200))
    verdict, seconds = timed(identity(*statements(200)), identity(*written[1:]), catalog)
    assert isinstance(verdict, Refuted)
    assert verdict.counterexample is not None
    assert str(verdict.counterexample.request.context["aws:principaltag/team"]) in str(written[0])
    assert seconds < 5


def test_200_wider_statements_are_proved_in_five_seconds(catalog: Catalog) -> None:
    wider = [
        allow("s3:Get*", f"arn:aws:s3:::bucket-{number}*", {"StringLike": {"aws:PrincipalTag/team": f"team-{number}*"}})
        for number in range(200)
    ]
    verdict, seconds = timed(identity(*statements(200)), identity(*reordered(wider)), catalog)
    assert isinstance(verdict, Proved)
    assert seconds < 5


def test_200_denials_in_another_order_are_proved_in_two_seconds(catalog: Catalog) -> None:
    denied = statements(200, deny)
    new, old = identity(allow("s3:*"), *denied), identity(allow("s3:*"), *reordered(denied))
    verdict, seconds = timed(new, old, catalog)
    assert isinstance(verdict, Proved)
    assert seconds < 2


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        (f"*a{MANY}b*", [f"*a{MANY}*"], Proved),
        (f"*a{MANY}b*", [f"*a{MANY}b?*", f"*a{MANY}b"], Proved),
        (f"*a{MANY}b*", [f"*a{MANY}c*"], Refuted),
        (f"*a{MANY}*a{MANY}*b*", [f"*a{MANY}{letter}*" for letter in "abcdefgh"], Refuted),
        ("*a" * 200 + "*", ["*a" * 199 + "*"], Proved),
        ("*a" * 199 + "*", ["*a" * 200 + "*"], Refuted),
        ("?" * 2000, ["?" * 1999 + "*"], Proved),
        ("a" * 5_000, ["a" * 4_999 + "*"], Proved),
    ],
)
def test_hard_patterns_are_decided_within_five_seconds(
    new: str, old: list[str], expected: type[Verdict], catalog: Catalog
) -> None:
    verdict, seconds = timed(object_like(new), object_like(*old), catalog)
    assert isinstance(verdict, expected)
    assert seconds < 5


def test_thousands_of_values_and_ranges_are_fast(catalog: Catalog) -> None:
    ranges = [f"10.{number // 250}.{number % 250}.0/24" for number in range(3000)]
    names = [f"name-{number}" for number in range(3000)]

    def several(ranges: list[str], names: list[str]) -> PolicySet:
        tested = {"IpAddress": {"aws:SourceIp": ranges}, "StringEquals": {"aws:PrincipalTag/a": names}}
        return identity(allow("s3:*", "*", tested))

    all_of_them, fewer = several(ranges, names), several(ranges[:-1], names[::-1])
    verdict, seconds = timed(fewer, all_of_them, catalog)
    assert isinstance(verdict, Proved)
    assert seconds < 5
    verdict, seconds = timed(all_of_them, fewer, catalog)
    assert isinstance(verdict, Refuted)
    assert seconds < 10


def test_recursion_depth_does_not_grow_with_the_policies(catalog: Catalog) -> None:
    written = statements(300)  # twice the depth that is left below
    keys = {f"aws:PrincipalTag/key-{number}": "value" for number in range(300)}
    tests = [identity(allow("s3:*", "*", {"StringEquals": some})) for some in (keys, dict(reversed(keys.items())))]
    invented = [allow(f"invented:Action{number}") for number in range(300)]
    pairs = [
        (identity(*written), identity(*reordered(written))),
        (identity(*written), identity(*written[1:])),
        (identity(allow("s3:*"), *statements(300, deny)), identity(allow("s3:*"), *reordered(written))),
        (tests[0], tests[1]),
        (identity(*invented), identity(*reordered(invented))),
    ]
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(_depth() + 150)
    try:
        verdicts = [type(compare(new, old, catalog=catalog, timeout=120)) for new, old in pairs]
    finally:
        sys.setrecursionlimit(before)
    assert verdicts == [Proved, Refuted, Proved, Proved, Proved]


def _depth() -> int:
    frame, depth = sys._getframe(), 0
    while frame.f_back is not None:
        frame, depth = frame.f_back, depth + 1
    return depth


def test_a_question_that_exceeds_its_memory_is_given_up() -> None:
    deadline = Deadline(60, memory=8 * 2**20)
    deadline()
    taken = [bytearray(2**20) for _ in range(64)]
    time.sleep(0.06)
    with pytest.raises(GiveUpError, match="no answer within 8 MiB of memory"):
        deadline()
    assert taken


@pytest.mark.parametrize("error", [RecursionError, MemoryError])
def test_a_recursion_or_memory_error_gives_unknown(
    error: type[Exception], catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: Any) -> None:
        raise error

    monkeypatch.setattr(Question, "_ask_group", fail)
    verdict = compare(object_like("a"), object_like("b"), catalog=catalog)
    assert isinstance(verdict, Unknown)
    assert verdict.reason == "the policies are too large to be compared"

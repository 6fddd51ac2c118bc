from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from leastway.lint import Unchecked, lint_document
from leastway.lint.candidates import ByBeginning, Effort
from leastway.lint.patterns import arn_covers, covers
from leastway.lint.superseded import superseded
from leastway.policy import PolicyKind, parse_policy

patterns = st.text("ab*?", max_size=6)


@given(st.lists(patterns, max_size=8), patterns)
def test_every_pattern_that_covers_a_text_is_a_candidate(wide: list[str], narrow: str) -> None:
    candidates = set(ByBeginning(enumerate(wide)).of(narrow))
    assert {number for number, one in enumerate(wide) if covers(one, narrow)} <= candidates


def test_ten_thousand_resources_need_few_comparisons_each() -> None:
    comparisons = 0

    def counted(wide: str, narrow: str) -> bool:
        nonlocal comparisons
        comparisons += 1
        return arn_covers(wide, narrow)

    resources = [f"arn:aws:s3:::shop-{number}/*" for number in range(10_000)]
    assert dict(superseded([*resources, "arn:aws:s3:::shop-7/a"], counted, Effort())) == {10_000: 7}
    assert comparisons < 10 * len(resources)


def test_a_policy_with_too_many_comparisons_reports_what_was_not_checked() -> None:
    statements = [
        {"Effect": "Allow", "Action": f"s3:Get*{number:04}", "Resource": "*"} for number in range(1_000)
    ]  # every resource is a candidate for every other
    document = parse_policy({"Version": "2012-10-17", "Statement": statements}, kind=PolicyKind.IDENTITY)
    unchecked = [one for one in lint_document(document) if isinstance(one, Unchecked)]
    assert [(one.rule, one.reason) for one in unchecked] == [
        ("redundant-statement", "there are too many statements to compare each with the others")
    ]


def test_the_longest_policy_that_aws_stores_is_compared_completely() -> None:
    longest = 20_480
    smallest = len('{"Effect":"Allow","Action":"s3:GetA","Resource":"*"},')
    assert (longest // smallest) ** 2 < Effort().left

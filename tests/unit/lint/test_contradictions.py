"""Conditions that a request matches are not a contradiction: tested with the evaluator on random ones."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from leastway.lint.contradictions import contradictions
from leastway.lint.exhibit import Exhibit, StatementAt
from leastway.policy import PolicyKind, parse_policy
from leastway.policy.evaluate.conditions import compile_condition

VALUES = {
    "String": ["a", "ab", "b", "a*", "*b", "?", ""],
    "Numeric": ["1", "2", "2.5", "-3", "ten"],
    "Date": ["2026-01-01", "2026-05-01T00:00:00Z", "1798761599"],
    "Bool": ["true", "false"],
    "Ip": ["203.0.113.0/24", "203.0.113.128/25", "203.0.113.7", "2001:db8::/32", "0.0.0.0/0"],
    "Arn": ["arn:aws:iam::111122223333:role/a", "arn:aws:iam::*:role/*", "arn:aws:iam::*:role/b"],
}
OPERATORS = {
    "String": ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase"],
    "Numeric": ["NumericEquals", "NumericLessThan", "NumericGreaterThanEquals", "NumericNotEquals"],
    "Date": ["DateLessThan", "DateGreaterThan", "DateEquals", "DateNotEquals"],
    "Bool": ["Bool"],
    "Ip": ["IpAddress", "NotIpAddress"],
    "Arn": ["ArnLike", "ArnEquals", "ArnNotLike"],
}
REQUESTS = {
    **VALUES,
    "Ip": ["203.0.113.7", "203.0.113.200", "198.51.100.1", "2001:db8::1", "203.0.113.0"],
    "Numeric": ["0", "1", "1.5", "2", "3"],
    "Date": ["2025-12-31", "2026-03-01", "2026-06-01", "1798761599"],
    "String": ["a", "ab", "b", "A", "aab", "c", ""],
    "Arn": ["arn:aws:iam::111122223333:role/a", "arn:aws:iam::444455556666:role/b"],
}


def statement_with(conditions: dict[str, Any]) -> StatementAt:
    tree = {"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": conditions}}
    return next(Exhibit(parse_policy(tree, kind=PolicyKind.IDENTITY)).statements())


@st.composite
def conditions_of_a_family(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    family = draw(st.sampled_from(sorted(VALUES)))
    names = st.sampled_from(OPERATORS[family]).flatmap(lambda name: st.sampled_from([name, f"{name}IfExists"]))
    values = st.lists(st.sampled_from(VALUES[family]), max_size=3, unique=True)
    blocks = draw(st.dictionaries(names, values, min_size=1, max_size=4))
    found: dict[str, Any] = {name: {"aws:PrincipalTag/x": items} for name, items in blocks.items()}
    if draw(st.booleans()):
        found["Null"] = {"aws:PrincipalTag/x": draw(st.sampled_from(["true", "false"]))}
    return family, found


@given(conditions_of_a_family(), st.data())
def test_conditions_that_a_request_matches_are_not_a_contradiction(
    drawn: tuple[str, dict[str, Any]], data: st.DataObject
) -> None:
    family, conditions = drawn
    found = statement_with(conditions)
    value = data.draw(st.none() | st.sampled_from(REQUESTS[family]))
    context = {} if value is None else {"aws:principaltag/x": value}
    tests = [compile_condition(one.operator, one.key, one.values, variables=True) for one in found.conditions()]
    if all(test(context) for test in tests):
        assert list(contradictions(found)) == []


def test_ranges_that_share_only_an_edge_are_not_a_contradiction() -> None:
    edges = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}, "NotIpAddress": {"aws:SourceIp": "10.0.0.0/9"}}
    assert list(contradictions(statement_with(edges))) == []
    closed = {"IpAddress": {"aws:SourceIp": "10.0.0.0/9"}, "NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    assert len(list(contradictions(statement_with(closed)))) == 1


def test_a_range_that_ends_at_the_last_address_has_no_next_address() -> None:
    last = {"IpAddress": {"aws:SourceIp": "255.255.255.255"}, "NotIpAddress": {"aws:SourceIp": "255.0.0.0/8"}}
    assert len(list(contradictions(statement_with(last)))) == 1

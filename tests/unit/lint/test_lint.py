import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leastway.lint import Finding, Severity, Unchecked, lint, lint_document
from leastway.policy import PolicyError, PolicyKind, parse_policy
from leastway.source import Position

ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def rules_of(results: tuple[Finding | Unchecked, ...] | None) -> list[str | None]:
    assert results is not None
    return [one.rule for one in results]


def test_findings_come_in_the_order_of_the_text_with_file_pointer_and_position() -> None:
    text = '{"Version": "2012-10-17",\n "Statement": [\n{"Effect": "Allow", "NotAction": "a4b:*", "Resource": "*"},\n'
    text += '{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
    found = lint(text, name="p.json")
    assert found is not None
    assert list(found) == sorted(found, key=lambda one: one.position or Position(0, 0, 0, 0))
    last = [one for one in found if one.rule == "full-privileges"][-1]
    assert (last.file, last.pointer, last.position) == ("p.json", "/Statement/1/Action", Position(4, 31, 4, 34))


def test_findings_in_a_parsed_document_have_no_positions() -> None:
    found = lint_document(parse_policy({"Statement": [ALL]}, kind=PolicyKind.IDENTITY))
    assert [(one.rule, one.position, one.file) for one in found] == [("full-privileges", None, None)]


def test_the_kind_is_guessed_from_the_principals_unless_given() -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}
    assert rules_of(lint(json.dumps({"Statement": statement}))) == ["wildcard-principal"]
    on_queue = {**statement, "Action": "sqs:SendMessage", "Resource": "*"}
    assert rules_of(lint(json.dumps({"Statement": on_queue}))) == ["public-resource"]
    assert rules_of(lint(json.dumps({"Version": "2012-10-17", "Statement": ALL}), kind=PolicyKind.SCP)) == []


def test_a_file_without_a_policy_gives_none_and_a_broken_policy_an_error() -> None:
    assert lint('{"name": "package"}') is None
    assert lint("just: words") is None
    with pytest.raises(PolicyError) as caught:
        lint('{"Statement": [{"Effect": "allow", "Action": "*", "Resource": "*"}]}', name="p.json")
    assert (caught.value.name, caught.value.line, caught.value.column) == ("p.json", 1, 27)


def test_the_same_finding_is_reported_once() -> None:
    text = json.dumps({"Statement": [ALL]})
    results = lint(text)
    assert results is not None
    assert len(set(results)) == len(results)


def test_severities_are_ordered_worst_first() -> None:
    assert list(Severity) == [Severity.ERROR, Severity.WARNING, Severity.NOTE]


elements = ["Version", "Statement", "Effect", "Action", "NotAction", "Resource", "Principal", "Condition", "Sid", "AWS"]
words = [
    *("Allow", "Deny", "*", "s3:*", "s3:GetObject", "iam:PassRole", "sts:AssumeRole", "2012-10-17", "${aws:username}"),
    *("arn:aws:iam::111122223333:root", "arn:aws:s3:::b/*", "StringEquals", "aws:SourceIp", "10.0.0.0/8", "", "true"),
    *("ForAllValues:StringLikeIfExists", "IpAddress", "Null", "aws:ResourceTag/a", "sts:ExternalId", "Service"),
]
trees = st.recursive(
    st.sampled_from(words) | st.integers() | st.none() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*elements, *words]), inner, max_size=5)
    ),
    max_leaves=25,
)
values = st.sampled_from(words) | st.lists(st.sampled_from(words), max_size=3)
statements = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"]), "Action": values},
    optional={
        "Resource": values,
        "Principal": st.dictionaries(st.sampled_from(["AWS", "Service", "Federated"]), values, max_size=2),
        "Condition": st.dictionaries(
            st.sampled_from(["StringEquals", "IpAddress", "Null", "ForAllValues:StringLike", "DateLessThan", "Bool"]),
            st.dictionaries(st.sampled_from(words), values, max_size=2),
            max_size=2,
        ),
    },
)
policies = st.fixed_dictionaries({"Statement": st.lists(statements, max_size=3)}) | trees


@settings(max_examples=300, deadline=None)
@given(policies, st.sampled_from([None, 2]), st.none() | st.sampled_from(list(PolicyKind)))
def test_any_text_gives_results_within_the_text_or_a_policy_error(
    tree: Any, indent: int | None, kind: PolicyKind | None
) -> None:
    text = json.dumps(tree, indent=indent)
    lines = text.split("\n")
    try:
        results = lint(text, kind=kind) or ()
    except PolicyError:
        return
    for one in results:
        assert one.position is not None
        assert 1 <= one.position.line <= one.position.end_line <= len(lines)
        assert 1 <= one.position.column <= len(lines[one.position.line - 1])


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60) | st.binary(max_size=60), st.booleans())
def test_any_bytes_give_results_or_a_policy_error(content: str | bytes, as_yaml: bool) -> None:
    head: Any = "Resources: # AWS::\n" if isinstance(content, str) else b"Resources: # AWS::\n"
    with contextlib.suppress(PolicyError):
        lint(head + content if as_yaml else content)

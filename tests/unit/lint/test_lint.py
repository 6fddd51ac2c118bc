import json

import pytest

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

"""Linting: runs every rule on every policy of a file, and returns the results in the order of the text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from leastway.lint.exhibit import Exhibit
from leastway.lint.finding import Finding, Result, Unchecked
from leastway.lint.knowledge import Knowledge
from leastway.lint.readers import FileReading, read_policies
from leastway.lint.registry import all_rules
from leastway.lint.rule import Inconclusive, Rule, Violation
from leastway.source import Position, pointer

if TYPE_CHECKING:
    from leastway.policy.model import Document, PolicyHolder, PolicyKind
    from leastway.source import KeyPath, Outline

__all__ = ["lint", "lint_document", "lint_reading"]


def lint(
    text: str | bytes,
    *,
    knowledge: Knowledge | None = None,
    name: str | None = None,
    kind: PolicyKind | None = None,
    parameters: Mapping[str, str] | None = None,
    rules: Iterable[Rule] | None = None,
) -> tuple[Result, ...] | None:
    """Return the findings in a file, and what could not be checked; None if the file contains no policy.

    Errors: PolicyError if the text cannot be read.
    """
    read = read_policies(text, name=name, kind=kind, parameters=parameters)
    return lint_reading(*read, knowledge=knowledge, rules=rules) if read else None


def lint_document(
    document: Document,
    *,
    knowledge: Knowledge | None = None,
    holder: PolicyHolder | None = None,
    rules: Iterable[Rule] | None = None,
) -> tuple[Result, ...]:
    """Return the findings in a policy that is already parsed; the results have no positions."""
    return lint_reading(None, FileReading((Exhibit(document, holder),)), knowledge=knowledge, rules=rules)


def lint_reading(
    outline: Outline | None,
    reading: FileReading,
    *,
    knowledge: Knowledge | None = None,
    rules: Iterable[Rule] | None = None,
) -> tuple[Result, ...]:
    """Return the results for policies that were read from the text of `outline`."""
    known = knowledge or Knowledge()
    found = list(_results(outline, reading, known, all_rules() if rules is None else tuple(rules)))
    return tuple(sorted(dict.fromkeys(found), key=_order))


def _results(
    outline: Outline | None, reading: FileReading, knowledge: Knowledge, rules: Iterable[Rule]
) -> Iterator[Result]:
    for doubt in reading.doubts:
        yield _unchecked(None, doubt, (), outline)
    for rule in rules:
        for exhibit in reading.exhibits:
            for result in rule.check(exhibit, knowledge):
                yield _result(rule, result, exhibit.path, outline)
        if rule.check_attachment:
            for attachment in reading.attachments:
                for result in rule.check_attachment(attachment, knowledge):
                    yield _result(rule, result, attachment.path, outline)


def _result(rule: Rule, result: Violation | Inconclusive, path: KeyPath, outline: Outline | None) -> Result:
    if isinstance(result, Inconclusive):
        return _unchecked(rule.id, result, path, outline)
    where = (*path, *result.path)
    return Finding(
        rule=rule.id,
        severity=result.severity or rule.severity,
        message=result.message,
        fix=result.fix,
        pointer=pointer(where),
        position=outline.position(where) if outline else None,
        file=outline.text.name if outline else None,
    )


def _unchecked(rule: str | None, doubt: Inconclusive, path: KeyPath, outline: Outline | None) -> Unchecked:
    where = (*path, *doubt.path)
    position = outline.position(where) if outline else None
    return Unchecked(rule, doubt.reason, doubt.fix, pointer(where), position, outline.text.name if outline else None)


def _order(result: Result) -> tuple[Position, str, str]:
    nowhere = Position(0, 0, 0, 0)
    return result.position or nowhere, result.rule or "", result.pointer

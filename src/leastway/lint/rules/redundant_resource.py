"""A resource that another pattern of the same list already includes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.candidates import Effort
from leastway.lint.finding import Severity
from leastway.lint.patterns import arn_covers
from leastway.lint.rule import Inconclusive, Rule, Violation
from leastway.lint.superseded import superseded
from leastway.lint.words import quoted
from leastway.policy.model import complete_arn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import Exhibit
    from leastway.lint.knowledge import Knowledge

__all__ = ["RULE"]


def _check(exhibit: Exhibit, _knowledge: Knowledge) -> Iterator[Violation | Inconclusive]:
    effort = Effort()
    for found in exhibit.statements():
        items = list(found.resources())
        completes = exhibit.document.kind.completes_short_arns
        meant = [complete_arn(text) if completes else text for text, _ in items]
        for index, by in superseded(meant, arn_covers, effort):
            message = f"{quoted(items[by][0])} in the same list already includes {quoted(items[index][0])}"
            yield Violation(items[index][1], message, "remove it")
    yield from effort.doubts("resources")


RULE = Rule("redundant-resource", Severity.NOTE, "a resource that the same list already includes", _check)

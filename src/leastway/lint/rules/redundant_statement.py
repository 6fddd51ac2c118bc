"""A statement that other statements with the same effect already include.

Two statements are compared by their texts. Whether several Allow statements together include another one takes a proof,
and is checked only in thorough mode.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.candidates import Effort
from leastway.lint.finding import Severity
from leastway.lint.rule import Inconclusive, Rule, Violation
from leastway.lint.subsumption import Wider, statement_includes
from leastway.lint.together import adds_nothing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import Exhibit, StatementAt
    from leastway.lint.knowledge import Knowledge

__all__ = ["RULE"]


def _check(exhibit: Exhibit, knowledge: Knowledge) -> Iterator[Violation | Inconclusive]:
    statements = list(exhibit.completed())
    effort = Effort()
    alike = {
        is_allow: Wider([(n, found) for n, found in enumerate(statements) if found.is_allow is is_allow], effort)
        for is_allow in (True, False)
    }
    for index, found in enumerate(statements):
        wider = _wider(statements, index, alike[found.is_allow])
        if wider is not None:
            effect = "allows" if found.is_allow else "denies"
            message = f"statement {wider.name} {effect} everything that this statement does"
            yield Violation(found.path, message, "remove this statement, or narrow the other one")
        elif knowledge.thorough:
            answer = adds_nothing(exhibit.document, index, knowledge.catalog)
            if answer is True:
                message = "the other statements together allow everything that this statement does"
                yield Violation(found.path, message, "remove this statement, or narrow the others")
            elif answer:
                yield Inconclusive(found.path, f"whether the other statements include this one is unknown: {answer}")
    yield from effort.doubts("statements")


def _wider(statements: list[StatementAt], index: int, alike: Wider) -> StatementAt | None:
    """Return a statement that includes this one; of two equivalent statements, the first stays."""
    statement = statements[index].statement
    for other in alike.than(statement):
        if other < index or (other > index and not statement_includes(statement, statements[other].statement)):
            return statements[other]
    return None


RULE = Rule("redundant-statement", Severity.WARNING, "a statement that another statement already includes", _check)

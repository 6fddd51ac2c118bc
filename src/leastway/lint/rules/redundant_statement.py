"""A statement that others of the same effect make superfluous.

Two statements are compared by their text. What several Allow statements together make superfluous takes a proof, and
is looked for only where the linter is told to be thorough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.candidates import Effort
from leastway.lint.finding import Severity
from leastway.lint.rule import Inconclusive, Rule, Violation
from leastway.lint.subsumption import Wider, says_all_of
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
            message = f"statement {wider.name} {effect} all that this statement does"
            yield Violation(found.path, message, "remove this statement, or narrow the other one")
        elif knowledge.thorough:
            answer = adds_nothing(exhibit.document, index, knowledge.catalog)
            if answer is True:
                message = "the other statements together allow all that this statement does"
                yield Violation(found.path, message, "remove this statement, or narrow the others")
            elif answer:
                yield Inconclusive(found.path, f"whether the others allow all of this statement is unknown: {answer}")
    yield from effort.doubts("statements")


def _wider(statements: list[StatementAt], index: int, alike: Wider) -> StatementAt | None:
    """Return a statement that says all that this one says; of two that say the same, the first stays."""
    statement = statements[index].statement
    for other in alike.than(statement):
        if other < index or (other > index and not says_all_of(statement, statements[other].statement)):
            return statements[other]
    return None


RULE = Rule("redundant-statement", Severity.WARNING, "a statement that another makes superfluous", _check)

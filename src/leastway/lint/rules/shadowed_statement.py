"""An Allow that the Deny statements of the same policy deny completely.

An Allow is compared with each Deny by their texts. What several Deny statements deny together takes a proof, and is
checked only in thorough mode. Source: IAM User Guide, "Policy evaluation logic": an explicit deny overrides any allow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.finding import Severity
from leastway.lint.rule import Inconclusive, Rule, Violation
from leastway.lint.subsumption import Wider
from leastway.lint.together import leaves_nothing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import Exhibit
    from leastway.lint.knowledge import Knowledge

__all__ = ["RULE"]


def _check(exhibit: Exhibit, knowledge: Knowledge) -> Iterator[Violation | Inconclusive]:
    statements = list(exhibit.completed())
    denies = Wider([(number, found) for number, found in enumerate(statements) if not found.is_allow])
    for index, found in enumerate(statements):
        if not found.is_allow:
            continue
        deny = next(denies.than(found.statement), None)
        if deny is not None:
            message = f"statement {statements[deny].name} denies all that this statement allows"
            yield Violation(found.path, message, "remove this statement, or narrow the Deny")
        elif knowledge.thorough:
            answer = leaves_nothing(exhibit.document, index, knowledge.catalog)
            if answer is True:
                message = "the Deny statements together deny everything that this statement allows"
                yield Violation(found.path, message, "remove this statement, or narrow one of them")
            elif answer:
                yield Inconclusive(
                    found.path, f"whether the Deny statements deny all of this statement is unknown: {answer}"
                )
    yield from denies.effort.doubts("statements")


RULE = Rule("shadowed-statement", Severity.WARNING, "an Allow that is completely denied", _check)

"""A statement that another one of the same effect makes superfluous.

Told from the text; what several statements together make superfluous is not looked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.policy.findings.finding import Severity
from leastway.policy.findings.rule import Rule, Trouble
from leastway.policy.findings.subsumption import says_all_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.policy.findings.exhibit import Exhibit
    from leastway.policy.findings.knowledge import Knowledge

__all__ = ["RULE"]


def _check(exhibit: Exhibit, _knowledge: Knowledge) -> Iterator[Trouble]:
    statements = list(exhibit.statements())
    for index, found in enumerate(statements):
        for other, wider in enumerate(statements):
            if other == index or wider.is_allow is not found.is_allow:
                continue
            if not says_all_of(wider.statement, found.statement):
                continue
            if other < index or not says_all_of(found.statement, wider.statement):
                effect = "allows" if found.is_allow else "denies"
                message = f"statement {wider.name} {effect} all that this statement does"
                yield Trouble(found.path, message, "remove this statement, or narrow the other one")
                break


RULE = Rule("redundant-statement", Severity.WARNING, "a statement that another makes superfluous", _check)

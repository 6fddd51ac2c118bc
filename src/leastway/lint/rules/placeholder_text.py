"""Placeholder text from documentation instead of a value, and the access keys of AWS's examples.

`${...}` is a policy variable, not a placeholder. Source: AWS documentation's conventions; IAM User Guide, "IAM
identifiers" for the example keys.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leastway.lint.finding import Severity
from leastway.lint.rule import Rule, Violation
from leastway.lint.words import quoted, with_stars

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import Exhibit
    from leastway.lint.knowledge import Knowledge

__all__ = ["RULE"]

_PLACEHOLDER = re.compile(
    r"<<[^<>\n]*>>|<[A-Za-z][A-Za-z0-9 _.-]*>|\{\{[^{}\n]*\}\}"
    r"|(?<![A-Za-z0-9])(?:(?:AWS[_-])?ACCOUNT[_-]?(?:ID|NUMBER|NAME)|(?:CLUSTER|ROLE|USER|BUCKET|GROUP)[_-]NAME"
    r"|EXTERNAL[_-]ID|(?:CHANGE|REPLACE|FILL)[_-]?(?:ME|THIS)|(?:YOUR|MY)[_-][A-Z0-9_-]+|TODO|FIXME|PLACEHOLDER)"
    r"(?![A-Za-z0-9])|(?:AKIA|ASIA)[A-Z0-9]*EXAMPLE"
)


def _check(exhibit: Exhibit, _knowledge: Knowledge) -> Iterator[Violation]:
    for found in exhibit.statements():
        values = [item for condition in found.conditions() for item in condition.each()]
        names = [(name, path) for _, name, path in found.principals()]
        for text, path in (*names, *found.actions(), *found.resources(), *values):
            place = _PLACEHOLDER.search(with_stars(text))
            if place:
                message = f"{quoted(place.group())} is a placeholder, not a value"
                yield Violation(path, message, "write the value in its place")


RULE = Rule("placeholder-text", Severity.ERROR, "placeholder text instead of a value", _check)

"""Placeholder text from documentation instead of a value, and the access keys of AWS's examples.

`registry` knows what placeholder text is, for grants, definitions and policies. `${...}` is a policy variable, not a
placeholder. Source of the example keys: IAM User Guide, "IAM identifiers".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leastway.lint.finding import Severity
from leastway.lint.rule import Rule, Violation
from leastway.lint.words import quoted, with_stars
from leastway.registry import find_placeholder_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import Exhibit
    from leastway.lint.knowledge import Knowledge

__all__ = ["RULE"]

_EXAMPLE_KEY = re.compile(r"(?:AKIA|ASIA)[A-Z0-9]*EXAMPLE")


def _check(exhibit: Exhibit, _knowledge: Knowledge) -> Iterator[Violation]:
    for found in exhibit.statements():
        values = [item for condition in found.conditions() for item in condition.each()]
        names = [(name, path) for _, name, path in found.principals()]
        for text, path in (*names, *found.actions(), *found.resources(), *values):
            placeholder = _placeholder_in(with_stars(text))
            if placeholder is not None:
                message = f"{quoted(placeholder)} is a placeholder, not a value"
                yield Violation(path, message, "write the value in its place")


def _placeholder_in(text: str) -> str | None:
    spans = [*find_placeholder_text(text, variables=True), *(key.span() for key in _EXAMPLE_KEY.finditer(text))]
    return text[slice(*min(spans))] if spans else None


RULE = Rule("placeholder-text", Severity.ERROR, "placeholder text instead of a value", _check)

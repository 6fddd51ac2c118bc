"""A policy that AWS refuses to store although its meaning is clear. The parser detects it: see `model.parse`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.finding import Severity
from leastway.lint.rule import Rule, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.exhibit import Exhibit
    from leastway.lint.knowledge import Knowledge

__all__ = ["RULE"]


def _check(exhibit: Exhibit, _knowledge: Knowledge) -> Iterator[Violation]:
    for error in exhibit.refused:
        parts = [part.replace("~1", "/").replace("~0", "~") for part in error.pointer.split("/")[1:]]
        fix = error.fix or "follow the grammar of IAM policies"
        yield Violation(tuple(parts[len(exhibit.path) :]), f"AWS refuses to store this: {error.what}", fix)


RULE = Rule("refused-by-aws", Severity.ERROR, "a policy that AWS refuses to store", _check)

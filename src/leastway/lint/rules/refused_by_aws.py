"""What AWS would refuse to store although its meaning is plain. Reading the policy finds it; see `model.parse`."""

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
        fix = error.fix or "write it as the grammar of IAM policies has it"
        yield Violation(tuple(parts[len(exhibit.path) :]), f"AWS refuses to store this: {error.what}", fix)


RULE = Rule("refused-by-aws", Severity.ERROR, "what AWS would refuse to store", _check)

"""An action that another pattern of the same list means already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.policy.findings.finding import Severity
from leastway.policy.findings.patterns import covers
from leastway.policy.findings.rule import Rule, Trouble
from leastway.policy.findings.words import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.policy.findings.exhibit import Exhibit
    from leastway.policy.findings.knowledge import Knowledge
    from leastway.policy.model.source import Path

__all__ = ["RULE"]


def _check(exhibit: Exhibit, _knowledge: Knowledge) -> Iterator[Trouble]:
    for found in exhibit.statements():
        for items in (list(found.actions()), list(found.not_actions())):
            for index, (pattern, path) in enumerate(items):
                by = _covering(items, index)
                if by is not None:
                    yield Trouble(path, f"{quoted(by)} of the same list means {quoted(pattern)} already", "remove it")


def _covering(items: list[tuple[str, Path]], index: int) -> str | None:
    """Return another pattern that means this one; of two that mean the same, the first stays."""
    pattern = items[index][0].lower()
    for other, (text, _) in enumerate(items):
        is_same = text.lower() == pattern
        if other != index and covers(text.lower(), pattern) and (other < index or not is_same):
            return text
    return None


RULE = Rule("redundant-action", Severity.NOTE, "an action that another of the same list means already", _check)

"""What a plan deletes and replaces, in words."""

from __future__ import annotations

import pytest

from leastway.orchestrator.saved_plan import words_of_removal
from leastway.terraform import ActionKind, PlannedChange


@pytest.mark.parametrize(
    ("kind", "because", "words"),
    [
        (ActionKind.REPLACE, ("triggers_replace", "name"), "a.b is replaced because of triggers_replace, name"),
        (ActionKind.REPLACE, ("bucket",), "a.b is replaced because of bucket"),
        (ActionKind.REPLACE, ("replace because tainted",), "a.b is replaced (tainted)"),
        (ActionKind.REPLACE, ("replace by request",), "a.b is replaced (by request)"),
        (ActionKind.DELETE, ("delete because no resource config",), "a.b is deleted (no resource config)"),
        (ActionKind.DELETE, (), "a.b is deleted"),
    ],
)
def test_a_removal_says_why(kind: ActionKind, because: tuple[str, ...], words: str) -> None:
    assert words_of_removal(PlannedChange("a.b", "a", kind, because, {}, {})) == words

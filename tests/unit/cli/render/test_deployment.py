"""What a dry run of a deployment found, as a person sees it."""

from __future__ import annotations

import io

from rich.console import Console

from leastway.cli.render.deployment import print_changes


def _printed(*texts: str) -> tuple[int, list[str]]:
    console = Console(file=io.StringIO(), width=100)
    count = print_changes(console, [{"phase": "compare", "text": text} for text in texts])
    assert isinstance(console.file, io.StringIO)
    return count, console.file.getvalue().splitlines()


def test_objects_that_a_run_must_come_before_are_open_and_count_as_changes() -> None:
    count, lines = _printed("unchanged Service shop/web", "unknown modules.store: runs provision what it needs first")
    assert (count, lines) == (
        1,
        ["  ? modules.store: runs provision what it needs first", "Objects: 1 unknown; 1 unchanged."],
    )


def test_without_changes_that_is_said() -> None:
    assert _printed("unchanged Service shop/web") == (0, ["No object would change; 1 unchanged."])

from __future__ import annotations

from pathlib import Path

from leastway.grant import GrantError, Problem
from leastway.source import Position


def problem(line: str, column: int, length: int, *, number: int = 3) -> Problem:
    position = Position(number, column, number, column + length)
    return Problem("a-rule", "something is wrong", "correct it", Path("g.yaml"), position, line)


def test_a_problem_is_rendered_with_its_place_source_line_and_fix() -> None:
    assert problem("  region: here", 11, 4).render() == (
        "g.yaml:3:11: something is wrong [a-rule]\n  3 |   region: here\n    |           ^^^^\n  fix: correct it"
    )


def test_a_problem_has_a_record_for_machines() -> None:
    assert problem("  region: here", 11, 4).record() == {
        "rule": "a-rule",
        "message": "something is wrong",
        "fix": "correct it",
        "file": "g.yaml",
        "line": 3,
        "column": 11,
        "length": 4,
    }


def test_the_underline_is_aligned_below_wide_characters_and_tabs() -> None:
    assert problem("\tname: \u540d\u524d x", 11, 1).render().splitlines()[2] == "    |             ^"
    assert problem("name: \u540d\u524d", 7, 2).render().splitlines()[2] == "    |       ^^^^"
    assert problem("e\u0301 x", 4, 1).render().splitlines()[2] == "    |   ^"


def test_only_the_part_of_a_long_line_around_the_place_is_shown() -> None:
    line = "a" * 5000 + "BAD" + "b" * 5000
    _, shown, under, _ = problem(line, 5001, 3).render().splitlines()
    start = under.index("^")
    assert under.count("^") == 3
    assert shown[start : start + 3] == "BAD"
    assert len(shown) < 120


def test_problems_are_sorted_by_place_and_only_fifty_are_shown() -> None:
    problems = [problem("x", 1, 1, number=number) for number in range(80, 0, -1)]
    error = GrantError(Path("g.yaml"), problems)
    assert [found.position.line for found in error.problems] == list(range(1, 81))
    shown = error.diagnostics()
    assert shown.count("correct it") == 50
    assert shown.endswith("... and 30 more\n\ng.yaml: 80 problems; no calls were made")

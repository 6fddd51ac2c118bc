from __future__ import annotations

from pathlib import Path

from leastway.grant import GrantError, Problem
from leastway.source import Position


def problem(line: str, column: int, length: int, *, number: int = 3) -> Problem:
    position = Position(number, column, number, column + length)
    return Problem("a-rule", "something is wrong", "put it right", Path("g.yaml"), position, line)


def test_a_problem_shows_its_place_its_line_and_the_way_out() -> None:
    assert problem("  region: here", 11, 4).render() == (
        "g.yaml:3:11: something is wrong [a-rule]\n  3 |   region: here\n    |           ^^^^\n  fix: put it right"
    )


def test_a_problem_speaks_to_machines() -> None:
    assert problem("  region: here", 11, 4).record() == {
        "rule": "a-rule",
        "message": "something is wrong",
        "fix": "put it right",
        "file": "g.yaml",
        "line": 3,
        "column": 11,
        "length": 4,
    }


def test_the_underline_stands_below_wide_characters_and_tabs() -> None:
    assert problem("\tname: \u540d\u524d x", 11, 1).render().splitlines()[2] == "    |             ^"
    assert problem("name: \u540d\u524d", 7, 2).render().splitlines()[2] == "    |       ^^^^"
    assert problem("e\u0301 x", 4, 1).render().splitlines()[2] == "    |   ^"


def test_of_a_long_line_the_part_around_the_place_is_shown() -> None:
    line = "a" * 5000 + "BAD" + "b" * 5000
    _, shown, under, _ = problem(line, 5001, 3).render().splitlines()
    start = under.index("^")
    assert under.count("^") == 3
    assert shown[start : start + 3] == "BAD"
    assert len(shown) < 120


def test_problems_come_in_the_order_of_the_text_and_a_flood_is_cut() -> None:
    problems = [problem("x", 1, 1, number=number) for number in range(80, 0, -1)]
    error = GrantError(Path("g.yaml"), problems)
    assert [found.position.line for found in error.problems] == list(range(1, 81))
    said = error.diagnostics()
    assert said.count("put it right") == 50
    assert said.endswith("... and 30 more\n\ng.yaml: 80 problems, and nothing was called")

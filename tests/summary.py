"""The end of a run: what ran, group by group, and why tests were skipped, one line a cause.

A group is a folder of `tests`: `unit`, `contract`, `integration/life`. Its seconds are the time that its tests took,
fixtures included, over all workers. pytest's own list of skips (`-rs`) has a line for each place; where one service is
missing, that is a hundred lines with one reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import PurePosixPath

import pytest

__all__ = ["pytest_terminal_summary"]

Outcomes = Mapping[str, Sequence[object]]
"""Reports by outcome, as the terminal reporter keeps them; setups and teardowns that passed are under ''."""

_PARTS_OF = "integration"
"""The folder whose own folders are groups: they take longest."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write the groups, where there are several, and the causes of skips."""
    outcomes: Outcomes = terminalreporter.stats
    groups = grouped(outcomes)
    if len(groups) > 1:
        terminalreporter.section("groups")
        for line in lines_of_groups(groups):
            terminalreporter.line(line)
    causes = causes_of_skips(outcomes)
    if causes:
        terminalreporter.section("skipped")
        for line in lines_of_skips(causes):
            terminalreporter.line(line)


@dataclass(slots=True)
class Group:
    """What became of the tests of one folder."""

    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


def grouped(outcomes: Outcomes) -> Mapping[str, Group]:
    """Return the groups by name, sorted."""
    groups: dict[str, Group] = {}
    for outcome, reports in outcomes.items():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                group = groups.setdefault(group_of(report.nodeid), Group())
                group.seconds += report.duration
                if outcome:
                    group.outcomes[outcome] += 1
    return dict(sorted(groups.items()))


def group_of(nodeid: str) -> str:
    """Return the name of the group of a test."""
    return _group_of_file(nodeid.partition("::")[0])


@cache
def _group_of_file(path: str) -> str:
    _, *folders = PurePosixPath(path).parent.parts or (".",)
    return "/".join(folders[: 2 if folders[:1] == [_PARTS_OF] else 1]) or "."


def causes_of_skips(outcomes: Outcomes) -> Mapping[str, int]:
    """Return how many tests each cause skipped, the most frequent first."""
    reasons = (_reason(report) for report in outcomes.get("skipped", ()))
    return dict(Counter(sorted(reason for reason in reasons if reason)).most_common())


def _reason(report: object) -> str:
    told = getattr(report, "longrepr", None)
    return str(told[2]).removeprefix("Skipped: ") if isinstance(told, tuple) else ""


def lines_of_groups(groups: Mapping[str, Group]) -> Iterable[str]:
    """Return a line for each group: its name, its seconds, its outcomes."""
    width = max(map(len, groups))
    for name, group in groups.items():
        told = ", ".join(f"{number} {outcome}" for outcome, number in sorted(group.outcomes.items()))
        yield f"{name:{width}}  {group.seconds:7.1f} s  {told}"


def lines_of_skips(causes: Mapping[str, int]) -> Iterable[str]:
    """Return a line for each cause: how many tests, and the reason in their words."""
    for reason, number in causes.items():
        yield f"{number:5}  {reason}"

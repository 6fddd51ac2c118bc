"""A report for people: each finding with its source line underlined and the fix, and a summary at the end.

Text from a file, including its name, never reaches the terminal unescaped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.lint.finding import Finding, Severity
from leastway.shown import shown
from leastway.source import excerpt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.finding import Result
    from leastway.lint.report import Report

__all__ = ["as_text"]


def as_text(report: Report) -> str:
    """Return the report as plain text without a final line break."""
    results: list[Result] = sorted([*report.findings, *report.unchecked], key=_place)
    blocks = ["\n".join(_block(result, report)) for result in results]
    return "\n\n".join([*blocks, "\n".join(_summary(report))])


def _place(result: Result) -> tuple[str, int, int]:
    position = result.position
    return result.file or "", position.line if position else 0, position.column if position else 0


def _block(result: Result, report: Report) -> Iterator[str]:
    if isinstance(result, Finding):
        yield f"{result.severity.value}[{result.rule}]: {shown(result.message)}"
    else:
        rule = f"[{result.rule}]" if result.rule else ""
        yield f"not checked{rule}: {shown(result.reason)}"
    position = result.position
    indent = " " * len(str(position.line)) if position else ""
    if where := _where(result):
        yield f"{indent}--> {where}"
    text = report.texts.get(result.file or "")
    if position and text:
        yield f"{indent} |"
        yield from excerpt(text.line(position.line), position)
    if result.fix:
        yield f"{indent} = {shown(result.fix)}"


def _where(result: Result) -> str:
    position = result.position
    place = [result.file] if result.file else []
    place += [str(position.line), str(position.column)] if position else []
    return shown(" ".join(part for part in (":".join(place), result.pointer) if part))


def _summary(report: Report) -> Iterator[str]:
    for finding, allowance in report.allowed:
        yield f"allowed[{finding.rule}]: {_where(finding)}: {shown(allowance.reason)}"
    for allowance in report.unused:
        yield f"unused: no finding matches --allow {allowance.rule}"
    counts = [_count(report.count(severity), severity.value) for severity in Severity if report.count(severity)]
    counts += [f"{len(report.unchecked)} not checked"] if report.unchecked else []
    counts += [f"{len(report.allowed)} allowed"] if report.allowed else []
    yield f"{_read_counts(report)}: {', '.join(counts) or 'nothing found'}"


def _read_counts(report: Report) -> str:
    if not report.catalog:  # a module: it has no policies
        return _count(report.files, "file")
    seen = f"{_count(report.policies, 'policy', 'policies')} in {_count(report.files, 'file')}"
    without = f", {_count(report.without_policy, 'file')} without a policy" if report.without_policy else ""
    return f"{seen}{without}, catalog of {report.catalog}"


def _count(number: int, word: str, plural: str | None = None) -> str:
    return f"{number:,} {word if number == 1 else plural or f'{word}s'}"

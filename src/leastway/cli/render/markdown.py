"""Renders a plan as Markdown for a comment on a pull request.

Names, tags and messages of others are only printed inside code fences, which are longer than any run of backticks in
them: there, nothing is a link, a mention, an image or HTML. A comment may have 65,536 characters on GitHub, so a longer
plan is cut, and the text says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from leastway.cli.render.fields import difference_lines, field_lines
from leastway.cli.render.plan import left_out_text, note_lines, summary
from leastway.estate import Note
from leastway.reconcile import Change, ChangeAction, Plan
from leastway.shown import shown

__all__ = ["plan_markdown"]

_LONGEST = 60_000
_LONGEST_NOTES = 15_000
"""Of `_LONGEST`: what the notes do not use is left to the changes."""
_LONGEST_LINE = 2_000
_DIFF = {ChangeAction.CREATE: "+", ChangeAction.DELETE: "-"}
"""The beginning of a line that colours it in a `diff` fence; every other change is `!`."""


def plan_markdown(plan: Plan, notes: Iterable[Note] = ()) -> str:
    """Return the plan as Markdown; unchanged objects are only counted."""
    parts = [f"### leastway plan: `{plan.grant}`", _text(summary(plan, everything=True))]
    if left_out := left_out_text(plan.left_out):
        parts.append(_text(left_out))
    changes = [change for change in plan if change.action is not ChangeAction.NONE]
    lines: list[str] = []
    for place, here in _by_place(changes):
        lines += [f"# {place}", *(line for change in here for line in _change(change))]
    lines += [f"! ? {problem.where}  {problem.reason}" for problem in plan.unreadable]
    lines += [f"! {one.place}  {one.name}  {one.text}" for one in plan.open_sightings]
    remarks = [line for line, _ in note_lines(notes)]
    told = _fence(remarks, "text", _LONGEST_NOTES)
    if lines:
        parts.append(_fence(lines, "diff", _LONGEST - len(told)))
    if remarks:
        parts.append(f"<details><summary>Notes ({len(remarks)})</summary>\n\n{told}\n\n</details>")
    return "\n\n".join(parts)


def _by_place(changes: Iterable[Change]) -> list[tuple[str, list[Change]]]:
    places: dict[str, list[Change]] = {}
    for change in changes:
        places.setdefault(str(change.address.place), []).append(change)
    return list(places.items())


def _change(change: Change) -> Iterable[str]:
    begin = _DIFF.get(change.action, "!")
    reason = "" if change.action is ChangeAction.CREATE else f": {change.reason}"
    yield f"{begin} {change.action.value} {change.address.kind.value} {change.address.name}{reason}"
    if change.action in (ChangeAction.CREATE, ChangeAction.REPLACE) and change.wanted is not None:
        yield from (f"{begin}       {line}" for line in field_lines(change.wanted))
    for difference in change.differences:
        for line in difference_lines(difference):
            mark = line.lstrip()[:2]
            yield f"{mark[0] if mark in ('- ', '+ ') else begin}       {line}"
    if change.fix:
        yield f"        {change.fix}"


def _fence(lines: Iterable[str], language: str, longest: int) -> str:
    """Return the lines in a code fence; the text and both of its fences have at most `longest` characters."""
    kept: list[str] = []
    length = hidden = 0
    fence = "```"
    for line in map(shown, lines):
        short = line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}..."
        longer = "`" * max(len(fence), 1 + max(map(len, re.findall(r"`+", short)), default=0))
        if hidden or length + len(short) + 1 + 2 * len(longer) > longest:
            hidden += 1
        else:
            kept.append(short)
            length += len(short) + 1
            fence = longer
    text = "\n".join(kept)
    more = f"\n\n{hidden} more lines: run `leastway plan` to see them." if hidden else ""
    return f"{fence}{language}\n{text}\n{fence}{more}"


def _text(line: str) -> str:
    """Return a line of leastway's own words as Markdown."""
    return re.sub(r"([\\`*_<>\[\]|])", r"\\\1", line)

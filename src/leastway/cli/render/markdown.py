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
    if lines:
        parts.append(_fence(lines, "diff"))
    if remarks := [line for line, _ in note_lines(notes)]:
        parts.append(f"<details><summary>Notes ({len(remarks)})</summary>\n\n{_fence(remarks, 'text')}\n\n</details>")
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


def _fence(lines: Iterable[str], language: str) -> str:
    kept: list[str] = []
    length = 0
    hidden = 0
    for line in map(shown, lines):
        short = line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}..."
        length += len(short) + 1
        if hidden or length > _LONGEST:
            hidden += 1
        else:
            kept.append(short)
    text = "\n".join(kept)
    fence = "`" * max(3, 1 + max(map(len, re.findall(r"`+", text)), default=0))
    more = f"\n\n{hidden} more lines: run `leastway plan` to see them." if hidden else ""
    return f"{fence}{language}\n{text}\n{fence}{more}"


def _text(line: str) -> str:
    """Return a line of leastway's own words as Markdown."""
    return re.sub(r"([\\`*_<>\[\]|])", r"\\\1", line)

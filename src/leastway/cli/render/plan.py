"""Renders a plan: what would change and why, place by place, and what stays unchanged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.text import Text

from leastway.cli.render.fields import difference_lines, field_lines
from leastway.cli.render.lines import print_line
from leastway.cli.render.problems import group_lines, group_problems
from leastway.cli.render.sightings import print_sightings
from leastway.estate import Address, Note, Place
from leastway.reconcile import Change, ChangeAction, Plan

__all__ = [
    "SIGNS",
    "WORDS",
    "left_out_text",
    "note_lines",
    "print_changes",
    "print_left_out",
    "print_notes",
    "print_plan",
    "summary",
]

_NAMED = 3
"""How many places a line names; of more, it gives the number."""

SIGNS = {
    ChangeAction.CREATE: ("+", "green"),
    ChangeAction.UPDATE: ("~", "yellow"),
    ChangeAction.ADOPT: (">", "cyan"),
    ChangeAction.REPLACE: ("±", "magenta"),
    ChangeAction.DELETE: ("-", "red"),
    ChangeAction.NONE: ("=", "dim"),
    ChangeAction.FOREIGN: ("o", "blue"),
    ChangeAction.STRAY: ("!", "bold red"),
    ChangeAction.BLOCKED: ("!", "bold red"),
    ChangeAction.UNKNOWN: ("?", "bold red"),
}
WORDS = {
    ChangeAction.CREATE: "to create",
    ChangeAction.UPDATE: "to update",
    ChangeAction.ADOPT: "to adopt",
    ChangeAction.REPLACE: "to replace",
    ChangeAction.DELETE: "to delete",
    ChangeAction.FOREIGN: "owned by another tool",
    ChangeAction.STRAY: "stray",
    ChangeAction.BLOCKED: "blocked",
    ChangeAction.UNKNOWN: "unknown",
    ChangeAction.NONE: "unchanged",
}


def print_plan(console: Console, plan: Plan, *, everything: bool = False) -> None:
    """Print the plan; list unchanged objects only with `everything`, else count them."""
    problems: list[tuple[Address | Place, str, str]]
    problems = [(each.address, each.reason, each.fix) for each in plan if each.action is ChangeAction.UNKNOWN]
    problems += [(each.where, each.reason, each.fix) for each in plan.unreadable if isinstance(each.where, Place)]
    groups = [one for one in group_problems(problems) if len(one.where) > 1 or isinstance(one.where[0], Place)]
    grouped = {where for each in groups for where in each.where}
    wanted = [change for change in plan if everything or change.action is not ChangeAction.NONE]
    print_changes(
        console, (each for each in wanted if each.action is not ChangeAction.UNKNOWN or each.address not in grouped)
    )
    for group in groups:
        for line in group_lines(group):
            print_line(console, line)
    print_sightings(console, plan.sightings)
    print_line(console, summary(plan, everything=everything))
    print_left_out(console, plan.left_out)


def print_changes(console: Console, shown: Iterable[Change]) -> None:
    """Print changes place by place."""
    for place, changes in _by_place(shown):
        print_line(console, Text(str(place), style="bold"))
        for change in changes:
            for line in _change(change):
                print_line(console, line)
        console.print()


def print_notes(console: Console, notes: Iterable[Note]) -> None:
    """Print the notes on the grant, dangerous ones in yellow, and a note on several places once."""
    for line, is_unsafe in note_lines(notes):
        print_line(console, Text(line, style="bold yellow" if is_unsafe else "dim"))


def note_lines(notes: Iterable[Note]) -> Iterator[tuple[str, bool]]:
    """Yield each note as a line, and whether it is about something dangerous, which is never grouped."""
    alike: dict[tuple[str, str], list[str]] = {}
    for note in notes:
        alike.setdefault((note.text, note.where if note.is_unsafe else ""), []).append(note.where)
    for (text, unsafe), where in alike.items():
        more = len(where) - _NAMED
        places = ", ".join(where[:_NAMED]) + (f" and {more} more" if more > 0 else "")
        yield f"{'unsafe' if unsafe else 'note'}: {places}: {text}", bool(unsafe)


def print_left_out(console: Console, left_out: Iterable[Place | Address]) -> None:
    """Print how much of the grant is not included, because --account or --cluster asked for less."""
    if text := left_out_text(left_out):
        print_line(console, Text(text, style="yellow"))


def left_out_text(left_out: Iterable[Place | Address]) -> str:
    """Return how much of the grant is not included, or an empty string."""
    counts = Counter(
        "role" if isinstance(where, Address) else "cluster" if where.cluster else "account" for where in left_out
    )
    parts = [f"{count} {word}{'s' if count > 1 else ''}" for word, count in counts.items()]
    return f"Not included: {', '.join(parts)} of the grant." if parts else ""


def summary(plan: Plan, *, everything: bool = False) -> str:
    """Return a one-line summary of the plan."""
    counts = Counter(change.action for change in plan)
    parts = [
        f"{counts[action]} {word}"
        for action, word in WORDS.items()
        if counts[action] and action is not ChangeAction.NONE
    ]
    unchanged = counts[ChangeAction.NONE]
    stays = f"{unchanged} unchanged" + ("" if everything or not unchanged else " (--all explains why)")
    if not parts:
        if plan.open_sightings:
            return f"Nothing to do, but not everything matches the grant (see above); {stays}."
        limits = ["is included"] * bool(plan.left_out) + ["could be read"] * bool(plan.unreadable)
        what = " that ".join(["everything", " and ".join(limits)]) if limits else "everything"
        return f"Nothing to do: {what} matches the grant; {stays}."
    return f"Plan: {', '.join(parts)}; {stays}."


def _by_place(changes: Iterable[Change]) -> list[tuple[Place, list[Change]]]:
    places: dict[Place, list[Change]] = {}
    for change in changes:
        places.setdefault(change.address.place, []).append(change)
    return list(places.items())


def _change(change: Change) -> Iterator[Text]:
    sign, style = SIGNS[change.action]
    line = Text.assemble("  ", (f"{sign} {change.address.kind.value} {change.address.name}", style))
    if change.action is not ChangeAction.CREATE or change.wanted is None:
        line.append(f"  {change.reason}", style="dim")
    yield line
    if change.action in (ChangeAction.CREATE, ChangeAction.REPLACE) and change.wanted is not None:
        for text in field_lines(change.wanted):
            yield Text(f"      {text}", style="dim")
    for difference in change.differences:
        for text in difference_lines(difference):
            yield Text(f"      {text}", style=_diff_style(text))
    if len(change.stages) > 1:
        yield Text("      in two steps: first the addresses of both lists, then only the new list", style="dim")
    if change.fix:
        yield Text(f"      {change.fix}", style="italic")


def _diff_style(text: str) -> str:
    return {"- ": "red", "+ ": "green"}.get(text.lstrip()[:2], "")

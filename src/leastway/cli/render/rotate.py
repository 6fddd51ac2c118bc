"""Renders rotations: how far each got, what is asked of a person, and when the next step is due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from leastway.app.rotate import Rotation, RotationState
from leastway.cli.render.keys import key_line
from leastway.cli.render.lines import print_line
from leastway.ports import WaitingError

__all__ = ["print_beginning", "print_hand_over", "print_rotations", "rotations_json"]


def print_beginning(console: Console, rotations: Iterable[Rotation], now: dt.datetime) -> None:
    """Print the keys of the users that get a new one."""
    for one in rotations:
        for key in one.keys:
            print_line(console, f"{one.account} {one.user}: {key_line(key, now)}")


def print_hand_over(console: Console, one: Rotation) -> None:
    """Print where the key is that the places must have, and what to do in each."""
    which = "old" if one.state is RotationState.ROLLING_BACK else "new"
    where = f"which is in {one.path} (mode 0600)" if one.path else "whose secret is not stored here"
    count = f"{len(one.unconfirmed)} place{'' if len(one.unconfirmed) == 1 else 's'}"
    print_line(console, f"  {count} must have the {which} key {one.wanted}, {where}:")
    for place in one.unconfirmed:
        print_line(console, f"    {place.name}  {place.todo}")


def print_rotations(
    console: Console, done: Sequence[Rotation], left: Sequence[Rotation], grant: Path, now: dt.datetime
) -> None:
    """Print each rotation, then what to run next."""
    for one in (*done, *left):
        _print(console, one, now)
    waiting = [one for one in done if one.is_open or (one.problem is not None and one.problem.fix)]
    failed = any(one.problem is not None and not isinstance(one.problem, WaitingError) for one in waiting)
    if waiting:
        due = min((one.until for one in waiting if one.until is not None), default=None)
        when = f" after {_minute(due)}" if due is not None and all(one.until for one in waiting) else ""
        back = " --rollback" if any(one.state is RotationState.ROLLING_BACK for one in waiting) else ""
        first = "Follow the fixes above, then run" if failed else "To continue, run"
        print_line(console, f"{first} `leastway rotate {grant}{back}` again{when}.")
    elif not done:
        print_line(console, "Nothing to rotate.")


def _print(console: Console, one: Rotation, now: dt.datetime) -> None:
    head = f"{one.account} {one.user}: "
    match one.state:
        case RotationState.ROTATED:
            text = f"{head}rotated. {one.new} is in use, and {one.old} is deleted."
            print_line(console, Text(text, style="green"))
            if one.path is not None:
                print_line(console, f"  The key is in {one.path} (mode 0600): delete the file if nobody needs it.")
        case RotationState.ROLLED_BACK:
            gone = f", and {one.new} is deleted" if one.new else ""
            print_line(console, Text(f"{head}rolled back. {one.old} is in use{gone}.", style="green"))
        case RotationState.ROTATING | RotationState.ROLLING_BACK:
            which = "from" if one.state is RotationState.ROTATING else "to"
            to = f" to {one.new}" if one.new and one.state is RotationState.ROTATING else ""
            print_line(console, f"{head}{one.state.value} {which} {one.old or 'its key'}{to}.")
        case RotationState.NOT_STARTED:
            if one.problem is None:
                for key in one.keys:
                    print_line(console, f"{head}not rotated. {key_line(key, now)}")
    if one.problem is not None:
        _print_problem(console, one, head)


def _print_problem(console: Console, one: Rotation, head: str) -> None:
    problem = one.problem
    if isinstance(problem, WaitingError) and one.unconfirmed:
        print_hand_over(console, one)
        print_line(console, "  When a place has it, confirm it: --confirmed PLACE")
    elif isinstance(problem, WaitingError):
        due = f" It is due at {_minute(one.until)}." if one.until else ""
        print_line(console, f"  Waiting: {problem.what}.{due}")
    elif problem is not None:
        where = f"{problem.where}: " if problem.where else head
        print_line(console, Text.assemble(("FAILED ", "bold red"), f"{where}{problem.what}"))
        if problem.fix:
            print_line(console, Text(f"  {problem.fix}", style="italic"))


def rotations_json(rotations: Iterable[Rotation]) -> Any:
    """Return rotations as JSON values."""
    found = list(rotations)
    return {
        "complete": all(one.problem is None and not one.is_open for one in found),
        "rotations": [
            {
                "account": one.account,
                "user": one.user,
                "number": one.number,
                "state": one.state.value,
                "old_key": one.old,
                "new_key": one.new,
                "key_file": str(one.path) if one.path else None,
                "steps": list(one.steps),
                "places": [
                    {"place": place.name, "todo": place.todo, "confirmed": is_confirmed}
                    for place, is_confirmed in one.places.items()
                ],
                "waiting": one.problem.what if isinstance(one.problem, WaitingError) else None,
                "due": one.until.isoformat() if one.until else None,
                "failed": None
                if one.problem is None or isinstance(one.problem, WaitingError)
                else {"what": one.problem.what, "where": one.problem.where, "fix": one.problem.fix},
            }
            for one in found
        ],
    }


def _minute(when: dt.datetime) -> str:
    return when.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")

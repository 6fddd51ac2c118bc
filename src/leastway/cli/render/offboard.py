"""Renders the result of an offboarding: what is left, why, and what to do."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.text import Text

from leastway.app.offboard import Offboarded
from leastway.cli.render.apply import print_failed
from leastway.cli.render.lines import print_line
from leastway.cli.render.plan import print_left_out
from leastway.cli.render.problems import group_lines, group_problems
from leastway.custody import FirstKeys, RotatedKeys
from leastway.estate import User
from leastway.reconcile import Outcome

__all__ = ["print_offboarded"]


def print_offboarded(console: Console, done: Offboarded, evidence: Path, keys: FirstKeys) -> None:
    """Print what failed, what still exists, what could not be read, and the path of the evidence."""
    print_failed(console, done.applied)
    held = {change.address: change for change in done.plan.open}
    for address in sorted(done.left.objects, key=str):
        change = held.get(address)
        why = f": {change.reason}" if change else ""
        print_line(console, Text.assemble(("! ", "bold red"), f"{address} still exists{why}"))
        if change is not None and change.fix:
            print_line(console, f"    {change.fix}", "italic")
    for group in group_problems((each.where, each.reason, each.fix) for each in done.left.unreadable):
        for line in group_lines(group):
            print_line(console, line)
    for result in done.applied.having(Outcome.DONE):
        user = result.change.live.object if result.change.live else None
        if isinstance(user, User):
            stored = RotatedKeys(keys, user.account, user.name)  # a rotation may have been in progress
            for path in filter(Path.exists, (stored.current_path, stored.new_path, stored.old_path)):
                print_line(console, f"The key in {path} no longer works: delete the file.")
    for place in sorted(done.given_up):
        print_line(console, Text.assemble(("! ", "bold red"), f"{place} was given up, and was not read"))
    print_left_out(console, done.plan.left_out)
    checked = f"(checked {done.looked} times in a row). Evidence: {evidence}"
    if done.is_complete:
        is_part = done.given_up or done.plan.left_out
        what = "Nothing left in the places that were read" if is_part else "Nothing left"
        print_line(console, f"{what} {checked}")
        print_line(
            console, "Access that others gave the platform stays; leastway status shows it, also after this.", "italic"
        )
    else:
        what = (
            "Some objects still exist"
            if done.left.objects
            else "Not everything could be read, so objects may still exist"
        )
        print_line(console, f"{what} {checked}")
        run = "Follow the fixes above, then run" if held or done.left.unreadable else "Run"
        print_line(console, f"{run} the same command again to continue.")
        if done.left.unreadable:
            print_line(console, "Give up a place that can never be read again with --give-up; the evidence names it.")

"""The end of an offboarding for a person: what is left, why, and what to do."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.text import Text

from leastway.app.offboard import Offboarded
from leastway.cli.render.apply import print_failed
from leastway.cli.render.lines import print_line
from leastway.cli.render.together import together, trouble_lines
from leastway.custody import FirstKeys
from leastway.estate import User
from leastway.reconcile import Outcome

__all__ = ["print_offboarded"]


def print_offboarded(console: Console, done: Offboarded, evidence: Path, keys: FirstKeys) -> None:
    """Print what failed, what is still there, what could not be looked at, and where the evidence is."""
    print_failed(console, done.applied)
    held = {change.address: change for change in done.plan.open}
    for address in sorted(done.left.objects, key=str):
        change = held.get(address)
        why = f": {change.reason}" if change else ""
        print_line(console, Text.assemble(("! ", "bold red"), f"{address} is still there{why}"))
        if change is not None and change.fix:
            print_line(console, f"    {change.fix}", "italic")
    for trouble in together((each.where, each.reason, each.fix) for each in done.left.unreadable):
        for line in trouble_lines(trouble):
            print_line(console, line)
    for result in done.applied.having(Outcome.DONE):
        user = result.change.live.object if result.change.live else None
        if isinstance(user, User) and keys.has(user.account, user.name):
            path = keys.path(user.account, user.name)
            print_line(console, f"The key in {path} opens nothing any more: delete the file.")
    for place in sorted(done.given_up):
        print_line(console, Text.assemble(("! ", "bold red"), f"{place} was given up, and not looked at"))
    checked = f"checked {done.looked} times in a row. Evidence: {evidence}"
    if done.is_complete:
        what = "Everything that was looked at" if done.given_up else "Everything"
        print_line(console, f"{what} is gone; {checked}")
    else:
        what = (
            "Something is left" if done.left.objects else "Not everything could be looked at, so something may be left"
        )
        print_line(console, f"{what}; {checked}")
        again = "Do what is said above, then run" if held or done.left.unreadable else "Run"
        print_line(console, f"{again} the same command again: it goes on from here.")
        if done.left.unreadable:
            print_line(console, "What can never be read again is given up with --give-up, and named in the evidence.")

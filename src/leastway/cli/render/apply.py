"""Renders the result of an apply: what was done, what failed, and what to run next."""

from __future__ import annotations

import shlex

from rich.console import Console
from rich.text import Text

from leastway.app.hand_over import hand_over_of_apply
from leastway.app.open_grant import OpenGrant
from leastway.app.plan import Planned
from leastway.cli.render.hand_over import print_hand_over
from leastway.cli.render.lines import print_line
from leastway.cli.render.plan import print_left_out
from leastway.cli.render.problems import group_problems
from leastway.estate import Kind
from leastway.reconcile import Applied, Outcome, Result

__all__ = ["own_reason", "print_applied", "print_end", "print_failed"]

_MOST_HANDED = 10


def own_reason(result: Result) -> str:
    """Return the reason without the object's address, which is printed next to it."""
    return result.reason.removeprefix(f"{result.change.address}: ")


def print_failed(console: Console, applied: Applied) -> None:
    """Print each failed change with its reason and fix; changes of an account that failed alike are grouped."""
    failed = applied.having(Outcome.FAILED)
    for one in group_problems((each.change.address, own_reason(each), each.fix) for each in failed):
        which = str(one.where[0]) if len(one.where) == 1 else f"{len(one.where)} changes in {one.account}"
        print_line(console, Text.assemble(("FAILED ", "bold red"), f"{which}: {one.reason}"))
        if one.fix:
            print_line(console, Text(f"  {one.fix}", style="italic"))
        for address in one.where if len(one.where) > 1 else ():
            print_line(console, Text(f"  {address}", style="dim"))


def print_applied(console: Console, planned: Planned, applied: Applied) -> None:
    """Print the result of an apply."""
    print_failed(console, applied)
    done, failed, skipped = (len(applied.having(outcome)) for outcome in Outcome)
    console.print(f"{done} done, {failed} failed, {skipped} skipped.")
    print_left_out(console, planned.plan.left_out)
    unread = {problem.where for problem in planned.plan.unreadable}
    left = len({change.address for change in planned.plan.open} | unread)
    if left:
        why = "they are blocked, owned by another tool, or could not be read (see above)"
        print_line(console, f"{left} left unchanged: {why}.")
    if other := len(planned.plan.open_sightings):
        print_line(console, f"{other} found outside of the grant, which apply does not change (see above).")
    if failed or skipped or unread:
        run = "Follow the fixes above, then run" if unread else "Run"
        print_line(console, f"{run} the same command again to continue.")


def print_end(console: Console, open_grant: OpenGrant, planned: Planned, applied: Applied) -> None:
    """Print the result of an apply; then the hand-over if a principal changed, otherwise how to see it."""
    print_applied(console, planned, applied)
    source = shlex.quote(str(open_grant.grant.source))
    done = {result.change.address.kind for result in applied.having(Outcome.DONE)}
    if done & {Kind.ROLE, Kind.USER, Kind.ACCESS_KEY}:
        console.print()
        found = hand_over_of_apply(open_grant, planned, applied)
        print_hand_over(console, found, most=_MOST_HANDED, grant=source)
    elif applied.is_complete:
        print_line(console, f"What to give to the platform: leastway show {source}")

"""Renders the result of an apply: what was done, what failed, and what to run next."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from leastway.app.plan import Planned
from leastway.cli.render.lines import print_line
from leastway.cli.render.plan import print_left_out
from leastway.cli.render.problems import group_problems
from leastway.custody import FirstKeys
from leastway.estate import AccessKey
from leastway.reconcile import Applied, Outcome, Result

__all__ = ["own_reason", "print_applied", "print_failed"]


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


def print_applied(console: Console, planned: Planned, applied: Applied, keys: FirstKeys) -> None:
    """Print the result of an apply."""
    print_failed(console, applied)
    for result in applied.having(Outcome.DONE):
        wanted = result.change.wanted
        if isinstance(wanted, AccessKey) and keys.has(wanted.account, wanted.user):
            path = keys.path(wanted.account, wanted.user)
            whose = f"The key of {wanted.user} in {wanted.account} is in {path} (mode 0600)"
            print_line(console, f"{whose}: give it to the platform, then delete the file.")
    done, failed, skipped = (len(applied.having(outcome)) for outcome in Outcome)
    console.print(f"{done} done, {failed} failed, {skipped} skipped.")
    print_left_out(console, planned.plan.left_out)
    unread = {problem.where for problem in planned.plan.unreadable}
    left = len({change.address for change in planned.plan.open} | unread)
    if left:
        why = "they are blocked, owned by another tool, or could not be read (see above)"
        print_line(console, f"{left} left unchanged: {why}.")
    if other := len(planned.plan.told):
        print_line(console, f"{other} found outside of the grant, which apply does not change (see above).")
    if failed or skipped or unread:
        run = "Follow the fixes above, then run" if unread else "Run"
        print_line(console, f"{run} the same command again to continue.")

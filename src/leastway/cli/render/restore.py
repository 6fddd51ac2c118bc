"""Renders a restore: what was put back, what stays revoked, and for how long old sessions stay denied."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.text import Text

from leastway.app.open_grant import OpenGrant
from leastway.app.plan import Planned, plan_remarks
from leastway.app.restore import Restored
from leastway.cli.render.apply import print_failed
from leastway.cli.render.as_json import applied_json, plan_json
from leastway.cli.render.lines import print_line
from leastway.cli.render.plan import print_notes, print_plan
from leastway.cli.render.revoke import print_steps
from leastway.reconcile import Outcome

__all__ = ["print_restored", "restore_question", "restored_json"]


def restore_question(planned: Planned) -> str:
    """Return the question to ask before a restore.

    It says until when sessions from before the revocation may still sign tokens for clusters, if that is not over.
    """
    text = f"Restore {len(planned.revocations)} users and roles, and make these {len(planned.plan.writes)} changes?"
    until = planned.old_sessions_end
    if until is None or until <= planned.now or not planned.facts:
        return text
    stamp = until.strftime("%Y-%m-%d %H:%M UTC")
    return (
        f"A session from before the revocation lives until {stamp} at the latest. AWS keeps denying it, but clusters"
        f" would accept it again.\n{text}"
    )


def print_restored(console: Console, open_grant: OpenGrant, done: Restored) -> None:
    """Print the results, and what stays revoked with the reason."""
    print_failed(console, done.applied)
    print_steps(console, done.steps)
    for principal, reason in done.stays.items():
        print_line(console, Text.assemble(("! ", "bold red"), f"{principal} stays revoked: {reason}"))
    if done.unconfirmed:
        print_line(console, Text.assemble(("! ", "bold red"), done.unconfirmed))
    done_, failed, skipped = (len(done.applied.having(outcome)) for outcome in Outcome)
    console.print(f"{done_} done, {failed} failed, {skipped} skipped.")
    if done.is_complete:
        print_notes(console, plan_remarks(open_grant, done.again))
        console.print("Restored: everything matches the grant.")
        return
    if not done.again.plan.is_clean:
        print_plan(console, done.again.plan)
    console.print("Not everything is restored (see above). Run the same command again to continue.")


def restored_json(open_grant: OpenGrant, done: Restored) -> Any:
    """Return the restore as JSON values."""
    return {
        "complete": done.is_complete,
        "plan": plan_json(done.planned.plan, plan_remarks(open_grant, done.planned)),
        "results": applied_json(done.applied),
        "principals": [
            {
                "what": str(step.principal),
                "step": step.act.value,
                "outcome": step.outcome.value,
                "detail": step.detail,
                "until": step.at.isoformat() if step.at is not None else None,
                "reason": step.reason,
                "fix": step.fix,
            }
            for step in done.steps
        ],
        "stays_revoked": {str(principal): reason for principal, reason in done.stays.items()},
        "not_confirmed": done.unconfirmed,
        "plan_again": plan_json(done.again.plan, plan_remarks(open_grant, done.again)),
    }

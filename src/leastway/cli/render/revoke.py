"""Renders a revocation: what will be cut, what was cut and tried, what a revocation cannot cut, and the verdict."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.text import Text

from leastway.app.revocation_plan import RevocationPlan
from leastway.app.revoked import Revoked, Tried
from leastway.cli.render.apply import print_failed
from leastway.cli.render.lines import print_line, print_table
from leastway.cli.render.plan import print_changes
from leastway.cli.render.problems import group_lines, group_problems
from leastway.cli.render.sightings import print_sightings
from leastway.estate import Address
from leastway.grant import Grant
from leastway.reconcile import CutAct, CutStep, Outcome, RevocationVerdict, when
from leastway.verify import WebIdentityCall

__all__ = [
    "print_revocation_plan",
    "print_revoked",
    "print_steps",
    "print_tried",
    "print_verdict",
    "revocation_question",
]

_MORE = (
    "try more: --platform-profile gives a profile of the platform's principal, --keys-from the keys of users, "
    "--from-listed says that this is a listed address"
)
_NOT_HERE = "only the platform's issuer signs its tokens; `leastway rehearse` tries a revocation with its own issuer"
_AGAIN = "Run the same command again to continue."


def print_revocation_plan(console: Console, plan: RevocationPlan) -> None:
    """Print the users and roles to cut off, the clusters, and what is left with the reason."""
    already = {one.principal: one.mark for one in plan.already}
    for account in sorted({target.principal.place.account for target in plan.targets}):
        print_line(console, Text(account, style="bold"))
        for target in plan.targets:
            if target.principal.place.account != account:
                continue
            what = f"{target.principal.kind.value} {target.principal.name}"
            if target.principal in already:
                note = f"it is revoked {when(already[target.principal].since)}; checked again"
            elif target.owner:
                note = f"{target.owner} owns it, and will report drift"
            else:
                note = "" if target.principal in plan.existing else "it does not exist, or could not be read"
            print_line(console, Text.assemble("  ", (f"x {what}", "red"), (f"  {note}" if note else "", "dim")))
    for place in plan.clusters:
        print_line(console, Text(str(place), style="bold"))
        what = "access entries, access policies, bindings and aws-auth mappings of the grant"
        print_line(console, Text.assemble("  ", (f"x {what}", "red")))
    console.print()
    print_changes(console, plan.left)
    for group in group_problems((each.where, each.reason, each.fix) for each in plan.unreadable):
        for line in group_lines(group):
            print_line(console, line)


def revocation_question(grant: Grant, plan: RevocationPlan) -> str:
    """Return the question to ask before a revocation."""
    accounts = len({target.principal.place.account for target in plan.targets})
    what = f"{len(plan.targets)} users and roles in {accounts} accounts, and {len(plan.clusters)} clusters"
    return f"Cut {grant.platform.name} off from everything of the grant {grant.name} ({what})?"


def print_revoked(console: Console, done: Revoked, evidence: Path) -> None:
    """Print what was cut and tried, what is left, what a revocation cannot cut, and the verdict."""
    print_steps(console, done.steps)
    results = [result for applied in done.removed for result in applied.results if result.change.wanted is None]
    for applied in done.removed:
        print_failed(console, applied)
    if results:
        deleted = sum(result.outcome is Outcome.DONE for result in results)
        print_line(console, f"{deleted} of {len(results)} objects deleted in clusters.")
    print_changes(console, (*done.left.writes, *done.left.open))
    for group in group_problems((each.where, each.reason, each.fix) for each in done.left.unreadable):
        for line in group_lines(group):
            print_line(console, line)
    for account, problem in done.unconfirmed.items():
        print_line(console, Text.assemble(("! ", "bold red"), f"{account}: {problem}"))
    if done.not_looked:
        print_line(console, Text.assemble(("? ", "bold red"), f"not read at the end: {done.not_looked}"))
    for place in sorted(done.given_up):
        print_line(console, Text.assemble(("! ", "bold red"), f"{place} was given up: it is neither cut nor read"))
    print_tried(console, done.tried)
    print_sightings(console, done.sightings)
    print_line(console, Text("Not cut by any revocation, and not known whether it exists:", style="bold"))
    for one in done.remaining:
        print_line(console, f". {one.what}: {one.why}")
        print_line(console, Text(f"    {one.look}", style="italic"))
    console.print()
    if done.not_recorded:
        print_line(console, Text.assemble(("! ", "bold red"), f"not recorded for a later run: {done.not_recorded}"))
    print_verdict(console, done)
    print_line(console, f"Evidence: {evidence}")


def print_steps(console: Console, steps: Iterable[CutStep]) -> None:
    """Print what was done to each user and role on one line, and each failure with its fix."""
    by_principal: dict[Address, list[CutStep]] = {}
    for step in steps:
        by_principal.setdefault(step.principal, []).append(step)
    for principal, its in by_principal.items():
        parts = [_in_words(step) for step in its if step.outcome is Outcome.DONE]
        if absent := next((step.reason for step in its if step.outcome is Outcome.SKIPPED), ""):
            parts.append(absent)
        if parts:
            print_line(console, f"{principal}: {', '.join(parts)}")
        for step in its:
            if step.outcome is Outcome.FAILED:
                reason = step.reason.removeprefix(f"{principal}: ")
                print_line(console, Text.assemble(("FAILED ", "bold red"), f"{principal}: {step.act.value}: {reason}"))
                if step.fix:
                    print_line(console, Text(f"  {step.fix}", style="italic"))


def _in_words(step: CutStep) -> str:
    match step.act:
        case CutAct.CLOSE_TRUST:
            replaced = " (it had to be replaced; the evidence has its text)" if step.detail else ""
            return f"nobody can assume it{replaced}"
        case CutAct.DENY:
            return f"everything is denied {when(step.at)}"
        case CutAct.DEACTIVATE:
            return f"key {step.detail} is inactive"
        case CutAct.ACTIVATE:
            return f"key {step.detail} is active"
        case CutAct.OPEN_TRUST:
            return "its trust policy is open again"
        case CutAct.DENY_OLD:
            until = step.at.strftime("%Y-%m-%d %H:%M:%S UTC") if step.at is not None else "later"
            return f"sessions from before stay denied until {until}"
        case CutAct.READ:
            return "read"


def print_tried(console: Console, tried: Iterable[Tried]) -> None:
    """Print each request that worked before, and why the others show nothing."""
    every = list(tried)
    rows: list[tuple[Text | str, ...]] = []
    for one in every:
        if not one.worked:
            continue
        sign = Text("=", "green") if one.refused else Text("x", "bold red") if one.works else Text("?", "yellow")
        now = "refused" if one.refused else "still works" if one.works else "unknown"
        rows.append((sign, one.probe.account, one.probe.asked, "worked", Text(now, "" if one.refused else "bold red")))
    if rows:
        print_table(console, ("", "account", "request as the platform", "before", "now"), rows)
    reasons: dict[str, int] = {}
    for one in every:
        if not one.worked:
            reason = one.before.detail or one.before.verdict.value
            reasons[reason] = reasons.get(reason, 0) + 1
    for reason, count in reasons.items():
        what = "1 request shows nothing, because it" if count == 1 else f"{count} requests show nothing, because they"
        print_line(console, f"{what} did not work before: {reason}")


def print_verdict(console: Console, done: Revoked) -> None:
    """Print whether the platform is cut off, and what to do if that is not shown."""
    refused = sum(one.refused for one in done.tried)
    times = f"{done.in_a_row} times in a row"
    match done.verdict:
        case RevocationVerdict.CUT if not done.plan.existing:
            print_line(console, "Nothing to cut off: no user or role of the grant exists.")
        case RevocationVerdict.CUT:
            print_line(
                console,
                Text.assemble(
                    ("Cut off: ", "bold green"),
                    f"{refused} requests that worked before are refused, tried {times}.",
                ),
            )
        case RevocationVerdict.INCOMPLETE:
            print_line(console, Text.assemble(("Incomplete: ", "bold red"), "not everything could be cut (see above)."))
            print_line(console, f"Follow the fixes above. {_AGAIN}")
        case RevocationVerdict.WORKS:
            print_line(
                console, Text.assemble(("Still works: ", "bold red"), "the platform still has access (see above).")
            )
        case RevocationVerdict.UNKNOWN:
            read = f"everything was written, and read back {times}, but" if not done.unconfirmed else "see above;"
            line = f"{read} it is not shown that nothing works."
            print_line(console, Text.assemble(("Unknown: ", "bold yellow"), line))
            if done.unproved:
                accounts = ", ".join(done.unproved)
                print_line(console, f"No request that worked before could be tried again in {accounts}.")
                with_tokens = any(isinstance(one.probe.request, WebIdentityCall) for one in done.tried)
                print_line(console, f"    {_NOT_HERE if with_tokens else _MORE}", "italic")

"""Renders the table of checks: expected and observed verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from leastway.cli.render.lines import print_line, print_table
from leastway.verify import ProbeVerdict, Verified, WebIdentityCall, gaps

__all__ = ["print_gaps", "print_verified"]

_FIX = (
    "make more checks possible: --keys-from gives the keys of users, --platform-profile a profile of the platform's "
    "principal, --from-listed or --address-from tells whether this is a listed address; `leastway rehearse` checks all "
    "on an embedded AWS"
)
_FIX_WITH_TOKENS = (
    "only the platform's issuer signs its tokens; `leastway rehearse` checks all on an embedded AWS, with an issuer of "
    "its own"
)
_STYLES = {
    ProbeVerdict.ALLOWED: "green",
    ProbeVerdict.DENIED: "yellow",
    ProbeVerdict.SKIPPED: "dim",
    ProbeVerdict.UNKNOWN: "bold red",
}


def print_verified(console: Console, answers: Sequence[Verified]) -> None:
    """Print the table, with answers that differ in red, then the details and the counts."""
    rows: list[tuple[Text | str, ...]] = []
    for answer in answers:
        sign = Text("=", "green") if answer.agrees else Text("x", "bold red") if answer.differs else Text("?", "yellow")
        got = answer.got.verdict
        weaker = "*" if answer.got.evidence.is_weaker else ""
        observed = Text(f"{got.value}{weaker}", "bold red" if answer.differs else _STYLES[got])
        rows.append((sign, answer.probe.account, answer.probe.asked, answer.probe.expected.value, observed))
    print_table(console, ("", "account", "check", "expected", "got"), rows)
    _print_details(console, [answer for answer in answers if not answer.agrees and answer.got.detail])
    _print_weaker(console, answers)
    print_line(console, _count(answers))
    print_gaps(console, answers)


def print_gaps(console: Console, answers: Sequence[Verified]) -> None:
    """Print the accounts with too few answers to be verified, and the fix."""
    found = gaps(answers)
    for gap in found:
        print_line(console, Text.assemble(("? ", "bold red"), f"{gap}: the account is not verified"))
    if found:
        with_tokens = any(isinstance(answer.probe.request, WebIdentityCall) for answer in answers)
        print_line(console, f"    {_FIX_WITH_TOKENS if with_tokens else _FIX}", "italic")


def _print_weaker(console: Console, answers: Sequence[Verified]) -> None:
    """Print what the weaker answers are, and that they verify nothing."""
    weaker = Counter(answer.got.evidence for answer in answers if answer.got.evidence.is_weaker)
    for evidence, count in weaker.items():
        print_line(console, f"* {count} weaker: {evidence.value}")
    if weaker:
        print_line(console, "* nobody used this access, so these answers verify no account", "italic")


def _print_details(console: Console, answers: Sequence[Verified]) -> None:
    """Print the details, grouping answers with the same one."""
    by_detail: dict[tuple[ProbeVerdict, str], list[Verified]] = {}
    for answer in answers:
        by_detail.setdefault((answer.got.verdict, answer.got.detail), []).append(answer)
    for (got, detail), same in by_detail.items():
        who = same[0].probe.asked if len(same) == 1 else f"{len(same)} {got.value}"
        print_line(console, f"{who}: {detail}")


def _count(answers: Sequence[Verified]) -> str:
    counts = Counter(
        "as expected by weaker evidence"
        if answer.agrees and answer.got.evidence.is_weaker
        else "as expected"
        if answer.agrees
        else "different"
        if answer.differs
        else answer.got.verdict.value
        for answer in answers
    )
    return f"{len(answers)} checks: " + ", ".join(f"{count} {word}" for word, count in counts.items()) + "."

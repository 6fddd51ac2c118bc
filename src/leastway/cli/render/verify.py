"""Verify's table: asked, expected, got."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from leastway.cli.render.lines import print_line, print_table
from leastway.verify import ProbeVerdict, Verified, gaps

__all__ = ["print_gaps", "print_verified"]

_WAY_OUT = (
    "let more be tried: --keys-from for the keys of users, --platform-profile where the platform lends its principal, "
    "--from-listed at one of its addresses; `leastway rehearse` tries all of it on an embedded AWS"
)
_STYLES = {
    ProbeVerdict.ALLOWED: "green",
    ProbeVerdict.DENIED: "yellow",
    ProbeVerdict.SKIPPED: "dim",
    ProbeVerdict.UNKNOWN: "bold red",
}


def print_verified(console: Console, answers: Sequence[Verified]) -> None:
    """Print the table, the answers that differ in red with what the service said, and the count."""
    rows: list[tuple[Text | str, ...]] = []
    for answer in answers:
        sign = Text("=", "green") if answer.agrees else Text("x", "bold red") if answer.differs else Text("?", "yellow")
        got = answer.got.verdict
        said = Text(got.value, "bold red" if answer.differs else _STYLES[got])
        rows.append((sign, answer.probe.account, answer.probe.asked, answer.probe.expected.value, said))
    print_table(console, ("", "account", "asked", "expected", "got"), rows)
    _print_details(console, [answer for answer in answers if not answer.agrees and answer.got.detail])
    print_line(console, _count(answers))
    print_gaps(console, answers)


def print_gaps(console: Console, answers: Sequence[Verified]) -> None:
    """Print which accounts are not verified though no answer differs there, and what to do."""
    found = gaps(answers)
    for gap in found:
        print_line(console, Text.assemble(("? ", "bold red"), f"{gap}: it is not verified"))
    if found:
        print_line(console, f"    {_WAY_OUT}", "italic")


def _print_details(console: Console, answers: Sequence[Verified]) -> None:
    """Print what was said, once where it was said of several."""
    by_detail: dict[tuple[ProbeVerdict, str], list[Verified]] = {}
    for answer in answers:
        by_detail.setdefault((answer.got.verdict, answer.got.detail), []).append(answer)
    for (got, detail), same in by_detail.items():
        who = same[0].probe.asked if len(same) == 1 else f"{len(same)} {got.value}"
        print_line(console, f"{who}: {detail}")


def _count(answers: Sequence[Verified]) -> str:
    counts = Counter(
        "as meant" if answer.agrees else "different" if answer.differs else answer.got.verdict.value
        for answer in answers
    )
    return f"{len(answers)} asked: " + ", ".join(f"{count} {word}" for word, count in counts.items()) + "."

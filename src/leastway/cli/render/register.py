"""Renders what registering a grant changes, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from leastway.app.register import PlannedRegistration
from leastway.cli.render.lines import print_line
from leastway.errors import LeastwayError
from leastway.humanitec import CheckResult, RegisteredObject, Registering

__all__ = ["print_registration", "print_result", "print_summary", "registration_json", "results_json"]

Results = Sequence[tuple[RegisteredObject, LeastwayError | None]]

_STYLES = {
    Registering.CREATE: "green",
    Registering.CHANGE: "yellow",
    Registering.NONE: "",
    Registering.BLOCKED: "bold red",
    Registering.LEFT_OVER: "magenta",
}


def print_registration(console: Console, planned: PlannedRegistration) -> None:
    """Print the change of each object, with its reasons."""
    print_line(console, Text(f"Registration with {planned.url}, organization {planned.organization}", "bold"))
    for one in planned.objects:
        line = Text(f"  {one.change.value:10} ", _STYLES[one.change]).append(f"{one.kind} {one.id}", "default")
        print_line(console, line)
        for text in (*one.differences, *one.remarks):
            print_line(console, f"             {text}")
        if one.fix:
            print_line(console, f"             {one.fix}")
    if not planned.changes:
        print_line(console, _nothing(planned))


def print_result(console: Console, one: RegisteredObject, error: LeastwayError | None) -> None:
    """Print that an object was registered, or why not."""
    if error is None:
        print_line(console, Text("  done       ", "green").append(f"{one.kind} {one.id}", "default"))
        for text in one.warnings:
            print_line(console, Text("             warning: ", "yellow").append(text, "default"))
        return
    print_line(console, Text("  failed     ", "bold red").append(f"{one.kind} {one.id}", "default"))
    print_line(console, f"             {error.what}")
    if error.fix:
        print_line(console, f"             {error.fix}")


def print_summary(console: Console, planned: PlannedRegistration, done: Results) -> None:
    """Print the counts."""
    failed = sum(error is not None for _, error in done)
    blocked = sum(one.change is Registering.BLOCKED for one in planned.objects)
    words = [f"{len(done) - failed} done", *([f"{failed} failed"] if failed else ())]
    print_line(console, ", ".join([*words, *([f"{blocked} blocked"] if blocked else ())]))


def registration_json(planned: PlannedRegistration) -> dict[str, Any]:
    """Return the plan as JSON values; it contains no secret."""
    counts = Counter(one.change.value for one in planned.objects)
    return {
        "url": planned.url,
        "organization": planned.organization,
        "objects": [
            {
                "kind": one.kind,
                "id": one.id,
                "change": one.change.value,
                "differences": list(one.differences),
                "remarks": list(one.remarks),
                "fix": one.fix or None,
                "check": one.check.value if one.check else None,
            }
            for one in planned.objects
        ],
        "counts": dict(counts),
    }


def results_json(done: Results) -> list[dict[str, Any]]:
    """Return the results as JSON values."""
    return [
        {
            "kind": one.kind,
            "id": one.id,
            "outcome": "done" if error is None else "failed",
            "why": None if error is None else error.what,
            "fix": None if error is None else error.fix,
            "warnings": list(one.warnings),
        }
        for one, error in done
    ]


def _nothing(planned: PlannedRegistration) -> str:
    fails = any(one.check is CheckResult.FAILS for one in planned.objects)
    if fails or any(one.change is Registering.BLOCKED for one in planned.objects):
        return "Nothing to do, but not everything is registered as the grant needs it (see above)"
    return "Nothing to do: everything is registered"

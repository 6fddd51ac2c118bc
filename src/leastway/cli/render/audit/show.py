"""Renders the entries of a log."""

from __future__ import annotations

import json

from leastway.app.audit.show import Shown, ShownEntry
from leastway.audit import Detail, Entry, Outcome
from leastway.cli.render.audit.verify import checkpoint_values, fault_values, print_faults
from leastway.cli.terminal import Styled, emit, say
from leastway.errors import ExitCode

__all__ = ["exit_code_of", "print_shown"]


def exit_code_of(shown: Shown) -> ExitCode:
    """Return 3 when the log was checked and is not intact, else 0."""
    return ExitCode.DONE if shown.check is None or shown.check.is_intact else ExitCode.NEGATIVE


def print_shown(shown: Shown, *, as_json: bool) -> None:
    """Print each entry as one line, and its details as another; then whether the log was checked."""
    if as_json:
        emit("audit-show", _values(shown))
        return
    for one in shown.entries:
        _print_entry(one)
    if shown.check is None:
        say("not checked: give the log's verifier key with --key", err=True)
    elif not shown.check.is_intact:
        say(Styled("not intact", "red"), err=True)
        print_faults(shown.check.faults)


def _print_entry(shown: ShownEntry) -> None:
    entry = shown.entry
    if entry is None:
        say(
            f"{shown.index}  an entry that this version does not know: {shown.data.decode('utf-8', 'backslashreplace')}"
        )
        return
    actor = entry.actor.user or "the server"
    outcome = "" if entry.outcome is Outcome.DONE else f"  {entry.outcome.value}"
    say(f"{shown.index}  {entry.at:%Y-%m-%d %H:%M:%S}  {entry.action}  {entry.target or '-'}  by {actor}{outcome}")
    if details := _details(entry):
        say(f"    {details}")


def _details(entry: Entry) -> str:
    parts = [f"{name}={_text(value)}" for name, value in sorted(entry.details.items())]
    if entry.actor.token is not None:
        parts.append(f"token={entry.actor.token}")
    if entry.request is not None:
        parts.append(f"{entry.request.method} {entry.request.path} -> {entry.request.status}")
    return "  ".join(parts)


def _text(value: Detail) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _values(shown: Shown) -> dict[str, object]:
    check = shown.check
    return {
        "intact": None if check is None else check.is_intact,
        "checkpoint": None if check is None else checkpoint_values(check.signed),
        "faults": [] if check is None else fault_values(check.faults),
        "entries": [{"index": one.index, "entry": _entry(one)} for one in shown.entries],
    }


def _entry(shown: ShownEntry) -> object:
    text = shown.data.decode("utf-8", "backslashreplace")
    try:
        return json.loads(text)
    except ValueError:
        return text

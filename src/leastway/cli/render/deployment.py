"""Renders deployments: what one would change in the cluster, object by object, and how far it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from leastway.cli.render.lines import print_line
from leastway.cli.render.plan import SIGNS, WORDS
from leastway.cli.terminal import Styled, headed, say
from leastway.reconcile import ChangeAction

__all__ = ["COLOURS", "headed_line", "print_changes", "say_deployment", "say_head"]

COLOURS: Final = {"succeeded": "green", "failed": "red", "in progress": "cyan", "pending": "cyan"}
_INDENT: Final = "    "
_STYLES: Final = {"- ": "red", "+ ": "green"}
_ACTIONS: Final = {
    "create": ChangeAction.CREATE,
    "update": ChangeAction.UPDATE,
    "delete": ChangeAction.DELETE,
    "unknown": ChangeAction.UNKNOWN,
    "unchanged": ChangeAction.NONE,
}


def print_changes(console: Console, lines: Iterable[Mapping[str, Any]]) -> int:
    """Print what a dry run found, from the lines of its log, and a summary; return how many objects would change.

    Each object is a line that begins with what would happen to it, and each of its fields an indented one.
    """
    counts: Counter[ChangeAction] = Counter()
    for text in (line["text"] for line in lines if line["phase"] == "compare"):
        action = _ACTIONS.get(text.partition(" ")[0])
        if action is None:
            if text.startswith(_INDENT):
                print_line(console, Text(f"  {text}", style=_STYLES.get(text.lstrip()[:2], "")))
            continue
        counts[action] += 1
        if action is not ChangeAction.NONE:
            sign, style = SIGNS[action]
            print_line(console, Text(f"  {sign} {text.partition(' ')[2]}", style=style))
    print_line(console, _summary(counts))
    return counts.total() - counts[ChangeAction.NONE]


def headed_line(line: Mapping[str, Any]) -> Mapping[str, object]:
    """Return a line of a log, or its end, as JSON output."""
    return headed("deployments-log", line)


def say_head(deployment: Mapping[str, Any]) -> None:
    """Print one deployment as a line."""
    status = deployment["status"]
    phase = f": {deployment['phase']}" if status == "in progress" and deployment.get("phase") else ""
    comment = f"  {deployment['comment']}" if deployment["comment"] else ""
    head = f"{deployment['created_at'][:19]}Z  {deployment['id']}  "
    say(head, Styled(f"{status}{phase}", COLOURS.get(status)), comment)


def say_deployment(deployment: Mapping[str, Any], errors: Sequence[Mapping[str, Any]]) -> None:
    """Print what is known about one deployment."""
    say_head(deployment)
    for name, value in _facts(deployment):
        say(f"  {name:10}  {value}")
    for error in errors:
        what = f"{error['scope']} {error['object_id']}".strip()
        say("  ", Styled(f"{'error':10}", "red"), f"  {what}: {error['message']}")


def _facts(deployment: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    known = {
        "by": "created_by",
        "set": "set_id",
        "delta": "delta_id",
        "based on": "from_id",
        "graph": "dependency_graph_id",
        "aborted by": "aborted_by",
    }
    for name, member in known.items():
        if value := deployment.get(member):
            yield name, value
    if deployment["status"] in ("succeeded", "failed"):
        yield "ended", f"{deployment['status_changed_at'][:19]}Z"


def _summary(counts: Counter[ChangeAction]) -> str:
    unchanged = f"{counts[ChangeAction.NONE]} unchanged"
    parts = [f"{counts[one]} {WORDS[one]}" for one in _ACTIONS.values() if counts[one] and one is not ChangeAction.NONE]
    return f"Objects: {', '.join(parts)}; {unchanged}." if parts else f"No object would change; {unchanged}."

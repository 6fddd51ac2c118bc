"""Renders the status of accounts and clusters as a table and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from leastway.cli.render.as_json import not_included_json, notes_json
from leastway.cli.render.lines import print_line, print_table
from leastway.cli.render.old_lists import old_lists_json, print_old_lists
from leastway.cli.render.plan import WORDS
from leastway.cli.render.problems import group_lines, group_problems
from leastway.cli.render.sightings import print_sightings, sightings_json
from leastway.estate import Address, Note, Place, Weight
from leastway.reconcile import PlaceStatus, Status

__all__ = ["print_statuses", "statuses_json"]

_STYLES = {
    Status.AS_EXPECTED: "green",
    Status.DIFFERS: "yellow",
    Status.BLOCKED: "red",
    Status.REVOKED: "red",
    Status.UNKNOWN: "bold red",
}


def print_statuses(console: Console, statuses: Sequence[PlaceStatus]) -> None:
    """Print one line for each account and cluster, then what could not be read, and old address lists."""
    unbroken = {"no_wrap": True}
    rows: list[tuple[Text | str, ...]] = []
    for one in statuses:
        parts = [f"{count} {WORDS[action]}" for action, count in one.counts.items()]
        if other := sum(seen.weight is not Weight.REMARK for seen in one.sightings):
            parts.append(f"{other} outside of the grant")
        counts = ", ".join(parts)
        mode, state = one.mode.value if one.mode else "", Text(one.status.value, _STYLES[one.status])
        rows.append((one.place.account, one.place.region, one.place.cluster, mode, state, counts))
    print_table(console, ("account", "region", "cluster", ("mode", unbroken), ("state", unbroken), ""), rows)
    for group in group_problems((one.place, one.why, "") for one in statuses if one.why):
        for line in group_lines(group):
            print_line(console, line)
    print_sightings(console, (seen for one in statuses for seen in one.sightings))
    print_old_lists(console, (old for one in statuses for old in one.old_lists))


def statuses_json(
    statuses: Sequence[PlaceStatus], remarks: Iterable[Note], left_out: Iterable[Place | Address] = ()
) -> Any:
    """Return the statuses as JSON values, with what is not included and the notes on the grant."""
    places = [
        {
            "account": one.place.account,
            "region": one.place.region or None,
            "cluster": one.place.cluster or None,
            "mode": one.mode.value if one.mode else None,
            "state": one.status.value,
            "counts": {action.value: count for action, count in one.counts.items()},
            "why": one.why,
            "old_lists": old_lists_json(one.old_lists),
            "other_access": sightings_json(one.sightings),
        }
        for one in statuses
    ]
    return {
        "clean": all(one.status is Status.AS_EXPECTED for one in statuses),
        "places": places,
        "not_included": not_included_json(left_out),
        "notes": notes_json(remarks),
    }

"""Renders what another version of a profile changes in a grant, as text and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.text import Text

from leastway.cli.render.lines import print_line
from leastway.cli.render.plan import WORDS, print_changes
from leastway.cli.render.profile.profiles import profile_json
from leastway.compiler import EACH_NODEGROUP
from leastway.estate import Kind
from leastway.grant import Profile, ProfileChange, profile_name
from leastway.reconcile import Change, ModeChanges, Upgrade, change_json, unreadable_json

__all__ = ["difference_json", "print_upgrade"]


def print_upgrade(console: Console, upgrade: Upgrade) -> None:
    """Print the objects that change, first those that change in every mode."""
    title = f"Changes in the grant {upgrade.grant}, which uses {profile_name(upgrade.named)}"
    console.print()
    print_line(console, Text(title, style="bold"))
    for refused in upgrade.refused:
        print_line(console, f"The grant is not valid with {profile_name(refused.profile)}:")
        for problem in refused.problems:
            for line in problem.render().split("\n"):  # with the source underlined
                console.print(Text(line), soft_wrap=True)
    print_changes(console, upgrade.changes)
    for one in upgrade.by_mode:
        _print_mode(console, one)
    if upgrade.refused:
        return
    every = [*upgrade.changes, *(change for one in upgrade.by_mode for change in one.changes)]
    if any(change.address.kind is Kind.NODEGROUP_TAG for change in every):
        print_line(console, f"The node group {EACH_NODEGROUP} stands for each node group of a cluster.")
    if not every:
        console.print("Nothing changes.")
        return
    print_line(console, f"In every mode: {_counts(upgrade.changes)}. Nothing was called.")
    print_line(console, "Run `leastway plan` to compare with what is installed.", "dim")


def difference_json(old: Profile, new: Profile, change: ProfileChange, upgrade: Upgrade | None) -> Any:
    """Return both profiles, their differences, and the changes in the grant, if there is one."""
    one, other = profile_json(old), profile_json(new)
    return {
        "old": one,
        "new": other,
        "added_addresses": list(change.added_addresses),
        "removed_addresses": list(change.removed_addresses),
        "changed": {name: {"before": one[name], "after": other[name]} for name in change.changed},
        "upgrade": None if upgrade is None else _upgrade_json(upgrade),
    }


def _upgrade_json(upgrade: Upgrade) -> Any:
    return {
        "grant": upgrade.grant,
        "named": {"name": upgrade.named.name, "version": upgrade.named.version},
        "changes": [change_json(change) for change in upgrade.changes],
        "by_mode": [
            {
                "modes": [mode.value for mode in one.modes],
                "changes": [change_json(change) for change in one.changes],
                "impossible": [unreadable_json(problem) for problem in one.impossible],
            }
            for one in upgrade.by_mode
        ],
        "refused": [
            {
                "name": one.profile.name,
                "version": one.profile.version,
                "problems": [problem.record() for problem in one.problems],
            }
            for one in upgrade.refused
        ],
    }


def _print_mode(console: Console, one: ModeChanges) -> None:
    if not one.changes:
        return
    modes = " or ".join(mode.value for mode in one.modes)
    print_line(console, Text(f"Also, in clusters with mode {modes}", style="bold"))
    print_changes(console, one.changes)


def _counts(changes: Iterable[Change]) -> str:
    counts = Counter(change.action for change in changes)
    return ", ".join(f"{counts[action]} {word}" for action, word in WORDS.items() if counts[action]) or "nothing"

"""Renders access keys: the id, the age and the last use of each. Never its secret."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.text import Text

from leastway.app.status import UnreadKeys
from leastway.cli.render.lines import print_line
from leastway.ports import UserKey
from leastway.reconcile import KeyFlag, KeyStatus

__all__ = ["key_line", "keys_json", "print_keys"]

_FIXES = {
    KeyFlag.OLD: "replace it (leastway rotate)",
    KeyFlag.UNUSED: "find out whether the platform needs it; if not, delete it (aws iam delete-access-key)",
    KeyFlag.UNKNOWN: "leastway has no record of creating it: find out who did, or replace it (leastway rotate)",
    KeyFlag.INACTIVE: "if neither a rotation nor a revocation needs it, delete it (aws iam delete-access-key)",
}


def print_keys(console: Console, keys: Iterable[KeyStatus], unread: Iterable[UnreadKeys]) -> None:
    """Print each key, with its flags and what to do about them; then what could not be read."""
    for one in keys:
        sign = Text.assemble(("! ", "yellow")) if one.flags else Text("  ")
        flags = f": {', '.join(flag.value for flag in one.flags)}" if one.flags else ""
        line = f"{one.account}  key of {one.user}  {_line(one)}{flags}"
        print_line(console, sign.append(line))
        for flag in one.flags:
            print_line(console, Text(f"    {flag.value}: {_FIXES[flag]}", style="italic"))
    for problem in unread:
        print_line(console, Text.assemble(("? ", "bold red"), f"{problem.account}  its keys: {problem.reason}"))
        if problem.fix:
            print_line(console, Text(f"    {problem.fix}", style="italic"))


def keys_json(keys: Iterable[KeyStatus], unread: Iterable[UnreadKeys]) -> dict[str, Any]:
    """Return the keys as JSON values."""
    return {
        "keys": [
            {
                "account": one.account,
                "user": one.user,
                "id": one.key.id,
                "active": one.key.is_active,
                "created": one.key.created.isoformat(),
                "age_days": one.age.days,
                "last_used": one.key.last_used.isoformat() if one.key.last_used else None,
                "service": one.key.service or None,
                "region": one.key.region or None,
                "flags": [flag.value for flag in one.flags],
            }
            for one in keys
        ],
        "unread_keys": [{"account": one.account, "why": one.reason, "fix": one.fix} for one in unread],
    }


def _line(one: KeyStatus) -> str:
    return key_line(one.key, one.key.created + one.age)


def key_line(key: UserKey, now: dt.datetime) -> str:
    """Return one key as text."""
    state = "" if key.is_active else ", inactive"
    return f"{key.id}, {_days(now - key.created)} old{state}, {_last_use(key, now)}"


def _last_use(key: UserKey, now: dt.datetime) -> str:
    """Return when and for what a key was last used."""
    if key.last_used is None:
        return "never used"
    by = f" ({key.service}, {key.region})" if key.service else ""
    return f"last used {_days(now - key.last_used)} ago{by}"


def _days(duration: dt.timedelta) -> str:
    """Return a duration in days, or in hours and minutes if it is shorter than a day."""
    minutes = max(0, int(duration.total_seconds()) // 60)
    for unit, size in (("day", 1440), ("hour", 60), ("minute", 1)):
        if minutes >= size:
            return f"{minutes // size} {unit}{'' if minutes // size == 1 else 's'}"
    return "less than a minute"

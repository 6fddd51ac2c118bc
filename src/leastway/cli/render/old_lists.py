"""Renders installed address lists that differ from the profile's, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from leastway.cli.render.lines import print_line
from leastway.estate import Address
from leastway.reconcile import OldList

__all__ = ["old_lists_json", "print_old_lists"]

_SHOWN = 10


def print_old_lists(console: Console, found: Iterable[OldList]) -> None:
    """Print each old list once, with the objects that contain it."""
    alike: dict[tuple[object, ...], list[OldList]] = {}
    for one in found:
        alike.setdefault((one.version, one.lacks, one.surplus), []).append(one)
    for group in alike.values():
        print_line(console, Text(_sentence(group[0]), style="bold yellow"))
        for line in _objects([one.object for one in group]):
            print_line(console, Text(f"  {line}"))


def old_lists_json(found: Iterable[OldList]) -> Any:
    """Return the old lists as JSON values, one for each object."""
    return [
        {
            "object": str(one.object),
            "lacks": list(one.lacks),
            "surplus": list(one.surplus),
            "version": one.version or None,
        }
        for one in found
    ]


def _sentence(one: OldList) -> str:
    parts = [f"old address list{f' of profile version {one.version}' if one.version else ''}:"]
    if one.lacks:
        parts.append(f"it does not contain {', '.join(one.lacks)}" + (";" if one.surplus else ""))
    if one.surplus:
        parts.append(f"it contains {', '.join(one.surplus)}, which the platform does not use")
    return " ".join(parts)


def _objects(objects: Sequence[Address]) -> list[str]:
    shown = [str(one) for one in objects[:_SHOWN]]
    more = len(objects) - len(shown)
    return [*shown, f"and {more} more"] if more else shown

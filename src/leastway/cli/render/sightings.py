"""Renders other access of the platform, and what could not be read, as lines and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.text import Text

from leastway.cli.render.lines import print_line
from leastway.cli.render.problems import group_lines, group_problems
from leastway.estate import Sighting, Weight

__all__ = ["print_sightings", "sightings_json"]

_SIGNS: Mapping[Weight, tuple[str, str]] = {
    Weight.REMARK: (".", "dim"),
    Weight.DIFFERS: ("!", "bold red"),
}


def print_sightings(console: Console, sightings: Iterable[Sighting]) -> None:
    """Print each sighting with its place and fix; what was not read for the same reason is grouped."""
    every = list(sightings)
    for one in every:
        if one.weight is not Weight.UNKNOWN:
            sign, style = _SIGNS[one.weight]
            print_line(console, Text.assemble((f"{sign} {one.place}  {one.name}", style), f"  {one.text}"))
            if one.fix:
                print_line(console, Text(f"    {one.fix}", style="italic"))
    unknown = [one for one in every if one.weight is Weight.UNKNOWN]
    for group in group_problems((one.place, f"{one.way.value} {_named(one)}{one.text}", one.fix) for one in unknown):
        for line in group_lines(group):
            print_line(console, line)


def _named(one: Sighting) -> str:
    """Return the name of what was not read, unless it is that of the place."""
    return "" if one.name == one.place.cluster else f"{one.name}  "


def sightings_json(sightings: Iterable[Sighting]) -> Any:
    """Return sightings as JSON values."""
    return [
        {
            "account": one.place.account,
            "region": one.place.region or None,
            "cluster": one.place.cluster or None,
            "way": one.way.value,
            "name": one.name,
            "weight": one.weight.value,
            "text": one.text,
            "fix": one.fix,
        }
        for one in sightings
    ]

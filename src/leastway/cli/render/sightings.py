"""What was seen beside the objects of a grant, and what could not be looked at, as lines and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.text import Text

from leastway.cli.render.lines import print_line
from leastway.cli.render.together import together, trouble_lines
from leastway.estate import Sighting, Weight

__all__ = ["print_sightings", "sightings_json"]

_SIGNS: Mapping[Weight, tuple[str, str]] = {
    Weight.REMARK: (".", "dim"),
    Weight.DIFFERS: ("!", "bold red"),
}


def print_sightings(console: Console, sightings: Iterable[Sighting]) -> None:
    """Print each sighting, with its place and what to do about it; what was not looked at for one reason, once."""
    told = list(sightings)
    for one in told:
        if one.weight is not Weight.UNKNOWN:
            sign, style = _SIGNS[one.weight]
            print_line(console, Text.assemble((f"{sign} {one.place}  {one.name}", style), f"  {one.text}"))
            if one.fix:
                print_line(console, Text(f"    {one.fix}", style="italic"))
    unknown = [one for one in told if one.weight is Weight.UNKNOWN]
    for trouble in together((one.place, f"{one.way.value} {_named(one)}{one.text}", one.fix) for one in unknown):
        for line in trouble_lines(trouble):
            print_line(console, line)


def _named(one: Sighting) -> str:
    """Return the name of what was not looked at, unless it says no more than the place."""
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

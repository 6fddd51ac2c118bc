"""Renders platform profiles as a table, as YAML and as JSON, and the differences between two."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from leastway.cli.render.lines import print_line, print_table
from leastway.grant import Profile, ProfileChange, Tag, profile_digest, profile_effects, profile_name, profile_reasons

__all__ = ["print_difference", "print_profiles", "profile_json", "profile_text", "profiles_json"]

_SHORT = len("sha256:") + 12


def print_profiles(console: Console, profiles: Mapping[str, Sequence[Profile]]) -> None:
    """Print a line for each version, the oldest first, with the beginning of its digest."""
    columns = ("profile", "version", "published", ("addresses", {"justify": "right"}), "digest", "")
    rows: list[tuple[str, ...]] = []
    for name, versions in profiles.items():
        for profile in versions:
            latest = "latest" if profile is versions[-1] else ""
            digest = profile_digest(profile)[:_SHORT]
            number = str(len(profile.addresses))
            rows.append((name, profile.version, str(profile.published), number, digest, latest))
    print_table(console, columns, rows)


def profiles_json(profiles: Mapping[str, Sequence[Profile]]) -> Any:
    """Return every version as JSON values; `latest` marks the latest of each name."""
    return [
        {**profile_json(profile), "latest": profile is versions[-1]}
        for versions in profiles.values()
        for profile in versions
    ]


def profile_json(profile: Profile) -> dict[str, Any]:
    """Return a profile as JSON values, with the field names of a profile file, and its digest."""
    return {"digest": profile_digest(profile), **_fields(profile)}


def profile_text(profile: Profile) -> str:
    """Return a profile as a YAML profile file, with its digest in a comment."""
    lines = [f"# {profile_name(profile)}, {profile_digest(profile)}"]
    for name, value in {"apiVersion": "leastway.dev/v1alpha1", "kind": "Profile", **_fields(profile)}.items():
        if isinstance(value, list) and not value:
            lines.append(f"{name}: []")
        elif isinstance(value, list):
            lines += [f"{name}:", *(f"  - {_word(item)}" for item in value)]
        elif isinstance(value, dict):
            lines += [f"{name}:", *(f"  {key}: {_word(item)}" for key, item in value.items())]
        elif value is not None:
            lines.append(f"{name}: {_word(value)}")
    return "\n".join(lines) + "\n"


def print_difference(console: Console, old: Profile, new: Profile, change: ProfileChange) -> None:
    """Print the differences, one line for each added or removed address and each other field."""
    print_line(console, Text(f"{_dated(old)} → {_dated(new)}", style="bold"))
    for text, style in _lines(change):
        print_line(console, Text(f"  {text}", style=style))
    if not change:
        print_line(console, "  no differences that have an effect")


def _lines(change: ProfileChange) -> Iterator[tuple[str, str]]:
    for address in change.removed_addresses:
        yield f"- address {address}", "red"
    for address in change.added_addresses:
        yield f"+ address {address}", "green"
    for name, (before, after) in change.changed.items():
        yield f"~ {name}  {_plain(before)} → {_plain(after)}", "yellow"


def _dated(profile: Profile) -> str:
    return f"{profile_name(profile)} (published {profile.published}, {len(profile.addresses)} addresses)"


def _fields(profile: Profile) -> dict[str, Any]:
    effects = profile_effects(profile)
    about = {
        "published": str(profile.published),
        "checked": str(profile.checked) if profile.checked else None,
        "sources": list(profile.sources),
    }
    return {"name": effects["name"], "version": effects["version"], **about, **profile_reasons(profile), **effects}


def _plain(value: object) -> str:
    return f"{value.key}={value.value}" if isinstance(value, Tag) else str(value)


def _word(text: str) -> str:
    """Return a text in double quotes, which YAML reads like JSON."""
    return json.dumps(text)

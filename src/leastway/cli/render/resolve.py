"""Prints a resolution: for each resource its definition, why that one, its inputs, and what it waits for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.text import Text

from leastway.cli.render.lines import print_line

__all__ = ["print_resolution"]

_LABEL = 12
_WITHOUT_CONDITIONS = 2
"""The members of a criterion that has only its id and its text."""


def print_resolution(console: Console, found: Mapping[str, Any]) -> None:
    """Print a resolution in the form of `leastway.resolve.as_json`, in the order of provisioning."""
    place = f"{found['organization']}/{found['application']}/{found['environment']}"
    print_line(console, f"{place} ({found['environment_type']}), {_counted(len(found['resources']), 'resource')}")
    for number, one in enumerate(found["resources"], 1):
        print_line(console, "")
        print_line(console, Text(f"{number}. {one['resource']}", style="bold"))
        for label, text in _lines(one):
            print_line(console, f"   {label:<{_LABEL}}{text}")
    if found["left_out"]:
        print_line(console, "")
        print_line(console, f"Left out, because no definition matches: {', '.join(found['left_out'])}")
    for each in found["problems"]:
        print_line(console, "")
        print_line(console, f"{each['where']}: {each['what']}", style="red")
    if found["missing"]:
        print_line(console, "")
        print_line(console, f"No definition matches: {', '.join(found['missing'])}", style="red")


def _lines(one: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from _labelled("definition", _definition(one))
    yield from _labelled("account", [one["account"]] if one["account"] else [])
    for name in ("params", "values", "secrets"):
        yield from _labelled(name, list(_leaves(one[name])))
    yield from _labelled("unknown", [f"{each['path']} needs {', '.join(each['needs'])}" for each in one["unknown"]])
    yield from _labelled("waits for", [f"{each['resource']} ({each['because']})" for each in one["depends_on"]])


def _definition(one: Mapping[str, Any]) -> Iterator[str]:
    if one["definition"] is not None:
        pinned = ", to which it is pinned" if one.get("pinned") else ""
        version = f", version {one['definition_version']}{pinned}" if one["definition_version"] else ""
        yield f"{one['definition']} ({one['driver']}{version})"
        text = one["criterion"]["text"]
        yield f"matches by {text}" if len(one["criterion"]) > _WITHOUT_CONDITIONS else "matches everything of its class"
        for each in one["others"]:
            yield f"wins over {each['definition']} ({each['criterion']['text']}): {each['why_not']}"
        return
    yield "none" if one["type"] != "workload" else "none is needed"
    for each in one["others"]:
        yield f"not {each['definition']} ({each['criterion']['text']}): {each['why_not']}"


def _labelled(label: str, texts: Any) -> Iterator[tuple[str, str]]:
    for number, text in enumerate(texts):
        yield ("" if number else label), text


def _leaves(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, Mapping) and (value or not path):
        for name, member in value.items():
            yield from _leaves(member, f"{path}.{name}" if path else name)
    else:
        yield f"{path}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

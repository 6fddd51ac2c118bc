"""Label and field selectors of lists.

Source: Kubernetes documentation, "Labels and Selectors" and "Field Selectors". Fields: `metadata.name` and
`metadata.namespace`, which every kind has.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from leastway.sandbox.kube.status import bad_request

__all__ = ["Matches", "field_selector", "label_selector", "named_in_field_selector"]

Matches = Callable[[dict[str, Any]], bool]

_SET = re.compile(r"\s*(\S+)\s+(in|notin)\s*\(([^)]*)\)\s*")
_EQUAL = re.compile(r"\s*([^\s=!]+)\s*(==|=|!=)\s*([^\s=!]*)\s*")
_EXISTS = re.compile(r"\s*(!?)\s*([^\s=!()]+)\s*")
_COMMA = re.compile(r",(?![^(]*\))")


def label_selector(text: str) -> Matches:
    """Return the test that a label selector makes; one that cannot be read is a bad request."""
    tests = [_label_test(part) for part in _COMMA.split(text) if part.strip()]
    return lambda each: all(test(each["metadata"].get("labels") or {}) for test in tests)


def _label_test(part: str) -> Callable[[dict[str, str]], bool]:
    if match := _SET.fullmatch(part):
        key, operator, inside = match.groups()
        values = {value.strip() for value in inside.split(",")}
        if operator == "in":
            return lambda labels: labels.get(key) in values
        return lambda labels: labels.get(key) not in values
    if match := _EQUAL.fullmatch(part):
        key, operator, value = match.groups()
        if operator == "!=":
            return lambda labels: labels.get(key) != value
        return lambda labels: labels.get(key) == value
    if match := _EXISTS.fullmatch(part):
        absent, key = match.groups()
        return lambda labels: (key in labels) is not bool(absent)
    raise bad_request(f"unable to parse requirement: {part.strip()}")


def field_selector(text: str) -> Matches:
    """Return the test that a field selector makes; a field that is not supported is a bad request."""
    tests: list[tuple[str, bool, str]] = []
    for part in filter(None, text.split(",")):
        match = _EQUAL.fullmatch(part)
        if match is None:
            raise bad_request(f"invalid selector: '{part}'; can't understand '{part}'")
        field, operator, value = match.groups()
        if field not in ("metadata.name", "metadata.namespace"):
            raise bad_request(f'field label not supported: "{field}"')
        tests.append((field.removeprefix("metadata."), operator != "!=", value))
    return lambda each: all((each["metadata"].get(key, "") == value) is wanted for key, wanted, value in tests)


def named_in_field_selector(text: str) -> str:
    """Return the name that a field selector pins, or an empty text: authorization sees a list of one name by it."""
    for part in text.split(","):
        match = _EQUAL.fullmatch(part)
        if match and match[1] == "metadata.name" and match[2] != "!=":
            return match[3]
    return ""

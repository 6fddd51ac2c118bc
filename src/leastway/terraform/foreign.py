"""JSON of others, parsed: what has the expected form is returned, and another form counts as empty.

Plans and states come from programs that a module chooses, so none of their parts is certain to be there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["fields_of", "is_marked", "items_of", "objects_in", "texts_in"]


def fields_of(value: object) -> Mapping[str, Any]:
    """Return an object."""
    return value if isinstance(value, dict) else {}


def items_of(value: object) -> list[Any]:
    """Return a list."""
    return value if isinstance(value, list) else []


def objects_in(value: object) -> list[Mapping[str, Any]]:
    """Return the objects of a list."""
    return [each for each in items_of(value) if isinstance(each, dict)]


def texts_in(value: object) -> Iterator[str]:
    """Yield the texts and numbers in a JSON value, as text."""
    stack = [value]
    while stack:
        match stack.pop():
            case str() as text:
                yield text
            case bool() | None:
                pass
            case int() | float() as number:
                yield str(number)
            case dict() as fields:
                stack += fields.values()
            case list() as items:
                stack += items


def is_marked(*marks: object) -> bool:
    """Return whether something in these values is true, as Terraform marks what is sensitive or not known."""
    stack = list(marks)
    while stack:
        mark = stack.pop()
        if mark is True:
            return True
        if isinstance(mark, dict | list):
            stack += mark.values() if isinstance(mark, dict) else mark
    return False

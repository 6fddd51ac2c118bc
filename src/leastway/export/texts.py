"""Change every string in a JSON value; keys stay unchanged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["with_texts"]


def with_texts(value: Any, change: Callable[[str], Any]) -> Any:
    """Return `value` with `change` applied to each of its strings, at any depth."""
    match value:
        case str():
            return change(value)
        case dict():
            return {key: with_texts(item, change) for key, item in value.items()}
        case list():
            return [with_texts(item, change) for item in value]
        case _:
            return value

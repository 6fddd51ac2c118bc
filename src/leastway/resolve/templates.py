"""Inputs with placeholders: finding the placeholders, and replacing them by values.

A text that is one placeholder becomes its value, of any type. In a longer text, a value that is not a string becomes
JSON. A secret makes the text around it a secret. Names of members are taken as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from leastway.primitives import Secret
from leastway.registry import Placeholder, keeps_type, parse_placeholders
from leastway.resolve.values import hidden, joined

__all__ = ["placeholders_in", "resolved"]


def placeholders_in(value: Any, path: str = "") -> Iterator[tuple[str, Placeholder]]:
    """Yield each placeholder below `value`, with its path such as `.variables.bucket`."""
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield from placeholders_in(member, f"{path}.{name}")
    elif isinstance(value, list | tuple):
        for number, member in enumerate(value):
            yield from placeholders_in(member, f"{path}[{number}]")
    elif isinstance(value, str | Secret):
        for part in parse_placeholders(value.reveal() if isinstance(value, Secret) else value):
            if isinstance(part, Placeholder):
                yield path, part


def resolved(value: Any, replace: Callable[[Placeholder, str], Any], path: str = "") -> Any:
    """Return `value` with each placeholder replaced by what `replace` returns for it and its path."""
    if isinstance(value, Mapping):
        return {name: resolved(member, replace, f"{path}.{name}") for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [resolved(member, replace, f"{path}[{number}]") for number, member in enumerate(value)]
    if isinstance(value, Secret):
        return _secret(value, replace, path)
    return _text(value, replace, path) if isinstance(value, str) else value


def _text(text: str, replace: Callable[[Placeholder, str], Any], path: str) -> Any:
    parts = parse_placeholders(text)
    values = [replace(part, path) if isinstance(part, Placeholder) else part for part in parts]
    return values[0] if keeps_type(parts) else joined(values)


def _secret(secret: Secret, replace: Callable[[Placeholder, str], Any], path: str) -> Any:
    """Return the value of a secret text; every leaf of it is a secret, even if it comes from a value that is none."""
    parts = parse_placeholders(secret.reveal())
    if keeps_type(parts):
        return hidden(resolved(secret.reveal(), replace, path))
    values = [replace(part, path) if isinstance(part, Placeholder) else Secret(part) for part in parts]
    return joined(values) if values else secret

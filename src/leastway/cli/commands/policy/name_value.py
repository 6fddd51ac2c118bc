"""Parses flags of the form `NAME=VALUE`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click

__all__ = ["pairs"]


def pairs(texts: Iterable[str], flag: str) -> Iterator[tuple[str, str]]:
    """Yield name and value of each text. Errors: click.UsageError for a text without a name or `=`."""
    for text in texts:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise click.UsageError(f"{flag} takes NAME=VALUE, not {text!r}")
        yield name, value

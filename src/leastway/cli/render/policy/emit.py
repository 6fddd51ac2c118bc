"""One JSON document on standard output."""

from __future__ import annotations

import json

import click

__all__ = ["emit"]


def emit(value: object) -> None:
    """Print `value` as JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))

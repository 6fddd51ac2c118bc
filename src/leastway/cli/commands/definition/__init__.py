"""`leastway definition`: commands on resource definitions and their modules."""

from __future__ import annotations

from typing import Final

import click

from leastway.cli.group import LazyGroup

__all__ = ["command"]

_COMMANDS: Final = {
    "check": ("check", "Find what does not fit the platform in a Terraform module."),
}


@click.group(name="definition", cls=LazyGroup, package=__name__, table=_COMMANDS)
def command() -> None:
    """Check resource definitions and the Terraform modules that they use."""

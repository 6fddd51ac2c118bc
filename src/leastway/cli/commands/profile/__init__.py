"""`leastway profile`: commands on platform profiles."""

from __future__ import annotations

from typing import Final

import click

from leastway.cli.group import LazyGroup

__all__ = ["command"]

_COMMANDS: Final = {
    "list": ("list", "List the bundled profiles."),
    "show": ("show", "Print a profile, in the format of a profile file."),
    "diff": ("diff", "Show what differs between two profiles, and what that changes in a grant."),
}


@click.group(name="profile", cls=LazyGroup, package=__name__, table=_COMMANDS)
def command() -> None:
    """List, show and compare platform profiles, offline.

    A PROFILE is NAME for the latest bundled version, NAME@VERSION for another one, or the path of a file.
    """

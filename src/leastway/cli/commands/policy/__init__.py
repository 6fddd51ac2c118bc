"""`leastway policy`: commands on policies alone, one per file."""

from __future__ import annotations

from typing import Final

import click

from leastway.cli.group import LazyGroup

__all__ = ["command"]

_COMMANDS: Final = {
    "eval": ("eval", "Decide one request, and say why."),
    "test": ("test", "Run files of expected decisions."),
    "compare": ("compare", "Prove that one set of policies allows nothing that another does not."),
    "lint": ("lint", "Find problems in policies."),
}


@click.group(name="policy", cls=LazyGroup, package=__name__, table=_COMMANDS)
def command() -> None:
    """Decide, test, compare and lint IAM policies, offline.

    Exit codes: 0 allowed, passed, proved or no findings; 2 an invalid file or flag; 3 denied, failed, refuted or
    findings; 4 unknown, or something could not be checked.
    """

"""Arguments and flags that several commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from leastway.shown import shown, shown_lines

__all__ = [
    "adopt_flag",
    "believe",
    "choose",
    "confirm",
    "give_up_option",
    "grant_argument",
    "json_flag",
    "trust_marks_flag",
    "yes_flag",
]

F = TypeVar("F", bound=Callable[..., Any])

grant_argument = click.argument(
    "grant", type=click.Path(path_type=Path, dir_okay=False), default=Path("grant.yaml"), metavar="[GRANT]"
)
"""The grant file, `grant.yaml` in this folder by default."""

json_flag = click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output, and nothing else.")

adopt_flag = click.option(
    "--adopt", is_flag=True, help="Also take over what CloudFormation or Terraform owns; they will report drift."
)

trust_marks_flag = click.option(
    "--trust-marks",
    is_flag=True,
    help="Also change and remove what carries the grant's mark and is not known to leastway's store.",
)

give_up_option = click.option(
    "--give-up",
    "given_up",
    multiple=True,
    metavar="PLACE",
    help="Do not look at this account (its id) or cluster (ACCOUNT/REGION/CLUSTER) any more, for good.",
)

yes_flag = click.option("--yes", is_flag=True, help="Do not ask before changing anything.")


def confirm(question: str, *, yes: bool) -> None:
    """Ask, unless told `yes`; without a terminal to ask on, refuse.

    Raises click.Abort when the answer is no, UsageError when nobody can answer.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("nobody is here to ask: run again with --yes")
    click.confirm(shown_lines(question), abort=True, err=True)


def believe(unbelieved: Sequence[object], *, yes: bool) -> bool:
    """Ask whether the grant's mark is to be believed on objects that leastway's store does not know, naming each.

    Nobody is asked, and nothing is believed, where there is no such object, no terminal, or `yes` was given: that is
    consent to what leastway made itself.
    """
    from leastway.cli.terminal import say

    if not unbelieved or yes or not sys.stdin.isatty():
        return False
    say("These carry the grant's mark, and leastway's store does not know that leastway made them:", err=True)
    for address in unbelieved:
        say(f"  {address}", err=True)
    return click.confirm("Are they the grant's all the same, to be changed and removed as such?", err=True)


def choose(question: str, answers: Sequence[str]) -> str | None:
    """Ask for one of `answers`, or return None where nobody is here to ask.

    Raises click.Abort when there is no answer.
    """
    if not sys.stdin.isatty():
        return None
    return str(click.prompt(shown(question), type=click.Choice(list(answers)), err=True))

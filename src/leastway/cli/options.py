"""Arguments, flags and questions that several commands share."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from leastway.errors import InvalidInputError
from leastway.shown import shown, shown_lines

__all__ = [
    "GrantPath",
    "SuggestingChoice",
    "account_option",
    "adopt_flag",
    "allow_option",
    "believe",
    "choose",
    "cluster_option",
    "confirm",
    "docs_url_option",
    "evidence_option",
    "external_ids_option",
    "finish_flag",
    "from_listed_flag",
    "give_up_option",
    "grant_argument",
    "json_flag",
    "junit_option",
    "keys_from_option",
    "log_options",
    "organization_option",
    "place_argument",
    "platform_profile_option",
    "sarif_flag",
    "trust_marks_flag",
    "yes_flag",
]

F = TypeVar("F", bound=Callable[..., Any])
_ENVIRONMENT = "APP/ENV"


class GrantPath(click.Path):
    """The path of a file, which is looked for before anything that takes time is imported."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, dir_okay=False)

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        """Return the path. Errors: InvalidInputError when nothing is there."""
        path = super().convert(value, param, ctx)
        name = os.fsdecode(path)
        if not os.path.lexists(name):
            fix = f"create it with `leastway init {shlex.quote(name)}`, or give the path of a grant"
            raise InvalidInputError("the file does not exist", where=name, fix=fix)
        return path


class _Place(click.ParamType[tuple[str, str]]):
    """An environment of an application, as messages and states name it."""

    name = _ENVIRONMENT

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """Return the ids of the application and of the environment. Errors: click.UsageError."""
        application, slash, environment = str(value).partition("/")
        if not application or not slash or not environment or "/" in environment:
            self.fail(f"{value!r} is not an application and an environment: write {_ENVIRONMENT}", param, ctx)
        return application, environment


def place_argument(*, required: bool = True) -> Callable[[F], F]:
    """Return the argument `place`: the ids of an application and of its environment, or None."""
    metavar = _ENVIRONMENT if required else f"[{_ENVIRONMENT}]"
    return click.argument("place", type=_Place(), metavar=metavar, required=required)


grant_argument = click.argument("grant", type=GrantPath(), default=Path("grant.yaml"), metavar="[GRANT]")
"""The grant file, `grant.yaml` in this folder by default."""

json_flag = click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output, and nothing else.")

junit_option = click.option(
    "--junit",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also write the results to this file as JUnit XML, for continuous integration.",
)

allow_option = click.option(
    "--allow",
    "allowed",
    multiple=True,
    metavar="RULE[@FILE]=REASON",
    help="Accept a finding, with a reason. Repeatable.",
)

sarif_flag = click.option("--sarif", is_flag=True, help="Print SARIF 2.1.0, for code scanners.")

docs_url_option = click.option(
    "--docs-url",
    default="",
    metavar="URL",
    help="With --sarif: where your copy of the documentation site is, for links. Default: the pages on this machine.",
)

adopt_flag = click.option(
    "--adopt", is_flag=True, help="Also adopt what CloudFormation or Terraform owns; these tools will report drift."
)

trust_marks_flag = click.option(
    "--trust-marks",
    is_flag=True,
    help="Also change and remove objects that carry the grant's mark but are unknown to leastway's store.",
)

give_up_option = click.option(
    "--give-up",
    "given_up",
    multiple=True,
    metavar="PLACE",
    help="Permanently stop reading this account (its id) or cluster (ACCOUNT/REGION/CLUSTER). Repeatable.",
)

account_option = click.option(
    "--account",
    "accounts",
    multiple=True,
    metavar="ID",
    help="Only this account, with its clusters; also with wildcards (1111*). Repeatable.",
)

cluster_option = click.option(
    "--cluster",
    "clusters",
    multiple=True,
    metavar="NAME",
    help="Only this cluster: a name or ACCOUNT/REGION/CLUSTER, also with wildcards (prod-*). Repeatable.",
)

finish_flag = click.option(
    "--finish", is_flag=True, help="End changes of external ids: roles no longer accept the old ones."
)

external_ids_option = click.option(
    "--external-ids",
    "side",
    type=click.Choice(["live", "stored"]),
    help="Which external id the platform presents, where a live role and leastway's store disagree.",
)

keys_from_option = click.option(
    "--keys-from",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder with the keys of the platform's IAM users. Default: where apply writes them.",
)

platform_profile_option = click.option(
    "--platform-profile", help="An AWS profile of the platform's own principal, if the platform lends you one."
)

from_listed_flag = click.option(
    "--from-listed", is_flag=True, help="This machine's address is one of the platform's listed addresses."
)

evidence_option = click.option(
    "--evidence",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The evidence file to write. Default: a dated file in the state folder.",
)

organization_option = click.option("--organization", metavar="ID", help="Default: the organization of the token.")

_LEVELS = ("warning", "info", "debug")


def log_options(command: F) -> F:
    """Add -v and --log-level, which show the calls to AWS and Kubernetes."""

    def start(context: click.Context, _parameter: click.Parameter, value: str | bool | None) -> None:
        if value:
            from leastway.cli.call_log import start_logging

            start_logging(context, "info" if value is True else str(value))

    verbose = click.option(
        "-v",
        "--verbose",
        is_flag=True,
        expose_value=False,
        callback=start,
        help="Show each call to AWS and Kubernetes on standard error: operation, place, time, request id.",
    )
    level = click.option(
        "--log-level",
        type=click.Choice(_LEVELS),
        expose_value=False,
        callback=start,
        help="info is -v; debug also shows each attempt of a call that is sent again.  [default: warning]",
    )
    return verbose(level(command))


class SuggestingChoice(click.Choice[str]):
    """One of a list of names; the error for another one suggests a similar one."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return `value` if it is one of the names."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            import difflib

            close = difflib.get_close_matches(value.lower(), self.choices, n=1, cutoff=0.5)
            if not close:
                raise
            raise click.BadParameter(f"{error.message} Did you mean {close[0]!r}?", ctx, param) from error


yes_flag = click.option("--yes", is_flag=True, help="Change things without asking.")


def confirm(question: str, *, yes: bool) -> None:
    """Ask `question`, unless `yes`.

    Errors: click.Abort when the answer is no, UsageError when there is no terminal to ask for it.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("there is no terminal to ask for confirmation: run again with --yes")
    click.confirm(shown_lines(question), abort=True, err=True)


def believe(unbelieved: Sequence[object], *, yes: bool) -> bool:
    """Ask whether to accept the grant's mark on objects that are unknown to leastway's store, and name each.

    Return False without asking where there is no such object, no terminal, or `yes` was given: --yes is consent to
    change what leastway created itself.
    """
    from leastway.cli.terminal import say

    if not unbelieved or yes or not sys.stdin.isatty():
        return False
    say("These objects carry the grant's mark, but are unknown to leastway's store:", err=True)
    for address in unbelieved:
        say(f"  {address}", err=True)
    return click.confirm("Do they belong to the grant, so that leastway may change and remove them?", err=True)


def choose(question: str, answers: Sequence[str]) -> str | None:
    """Ask for one of `answers`; return None where there is no terminal to ask for it.

    Errors: click.Abort when there is no answer.
    """
    if not sys.stdin.isatty():
        return None
    return str(click.prompt(shown(question), type=click.Choice(list(answers)), err=True))

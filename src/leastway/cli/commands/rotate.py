"""`leastway rotate`: replace the keys of the platform's users, without a moment in which no key works."""

from __future__ import annotations

import datetime as dt
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from leastway.cli.options import account_option, confirm, grant_argument, json_flag, log_options, yes_flag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from leastway.app.rotate import Rotation, Rotations

__all__ = ["command"]

_SHAPE = re.compile(r"(0|[1-9][0-9]{0,5})(s|m|h|d)")
_LONGEST = dt.timedelta(days=3653)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Duration(click.ParamType[dt.timedelta]):
    """A duration of less than 10 years."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> dt.timedelta:
        """Return the duration; a usage error says how to write one."""
        if isinstance(value, dt.timedelta):
            return value
        if value == "0":
            return dt.timedelta()
        found = _SHAPE.fullmatch(str(value))
        duration = dt.timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else _LONGEST
        if duration >= _LONGEST:
            raise click.BadParameter(f"{value!r} is not a duration: write it like 30m, 12h or 7d", ctx, param)
        return duration


@click.command(name="rotate")
@grant_argument
@account_option
@click.option(
    "--confirmed",
    multiple=True,
    metavar="PLACE",
    help="Say that this place has the key that was asked for. Repeatable.",
)
@click.option("--older-than", type=Duration(), metavar="DURATION", help="Leave keys that are not older, e.g. 90d.")
@click.option(
    "--drain",
    type=Duration(),
    metavar="DURATION",
    default="1h",
    show_default=True,
    help="How long the old key must be unused before it is made inactive.",
)
@click.option(
    "--soak",
    type=Duration(),
    metavar="DURATION",
    default="7d",
    show_default=True,
    help="How long the old key stays inactive before it is deleted.",
)
@click.option(
    "--update-platform",
    is_flag=True,
    help="Replace the key in cloud accounts through Humanitec's API, or leastway's: HUMANITEC_ORG, HUMANITEC_TOKEN and"
    " HUMANITEC_API_PREFIX, or ~/.humctl.",
)
@click.option("--rollback", is_flag=True, help="Go back to the old key, at any time before it is deleted.")
@click.option(
    "--keys-to",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the keys. Default: the one in the state folder.",
)
@yes_flag
@log_options
@json_flag
def command(
    grant: Path,
    accounts: tuple[str, ...],
    confirmed: tuple[str, ...],
    older_than: dt.timedelta | None,
    drain: dt.timedelta,
    soak: dt.timedelta,
    update_platform: bool,
    rollback: bool,
    keys_to: Path | None,
    yes: bool,
    as_json: bool,
) -> int:
    """Replace the access keys of the platform's users in GRANT (grant.yaml).

    A new key is created, proved, and stored in a private file. Each place that holds the key must then be given the new
    one, and confirmed: when asked, or with --confirmed. --yes confirms no place. Afterwards the old key is made
    inactive once nothing uses it, and deleted later.

    The command can be interrupted at any point; run it again to continue. It exits with 0 when every rotation is
    finished, and with 1 while one waits: it says for what, or until when.
    """
    from leastway.app.open_grant import targeting
    from leastway.app.rotate import RotationState, open_rotations
    from leastway.app.wiring import opened
    from leastway.cli.progress import TerminalProgress
    from leastway.cli.render.as_json import emit
    from leastway.cli.render.lines import console_on
    from leastway.cli.render.rotate import print_beginning, print_rotations, rotations_json
    from leastway.cli.terminal import complain
    from leastway.errors import ExitCode, LeastwayError
    from leastway.humanitec import api_from_environment
    from leastway.reconcile import Pace

    platform = api_from_environment(where="--update-platform") if update_platform else None
    asks = sys.stdin.isatty() and not yes and not as_json
    with (
        opened(grant, keys=keys_to) as whole_grant,
        TerminalProgress(quiet=as_json) as progress,
        open_rotations(targeting(whole_grant, accounts, ()), pace=Pace(drain, soak), progress=progress) as rotations,
    ):
        before = rotations.look()
        _confirm_places(rotations, before, confirmed)
        new = [
            one
            for one in before
            if not one.is_open and not rollback and _is_due(one, older_than, whole_grant.clock.now())
        ]
        begun = [one for one in before if one.is_open]
        left = [one for one in before if one not in new and one not in begun]
        progress.rest()
        if rollback:
            if begun:
                confirm(f"Go back to the old key of {_users(begun)}?", yes=yes)
            done = rotations.roll_back([one.account for one in (begun or before)])
            left = [one for one in before if begun and one not in begun]
        else:
            if new:
                if not as_json:
                    print_beginning(console_on(), new, whole_grant.clock.now())
                confirm(f"Create a new key for {_users(new)}?", yes=yes)
            done = rotations.go_on([one.account for one in (*begun, *new)])
        again = rotations.roll_back if rollback else rotations.go_on
        refused: list[LeastwayError] = []
        if platform is not None:
            updated, refused = rotations.give_keys(platform, done)
            done = _after(again, updated, done)
        progress.rest()
        if asks and (said := _ask_places(rotations, done)):
            done = _after(again, said, done)
        progress.rest()
        now = whole_grant.clock.now()
    if as_json:
        emit("rotate", rotations_json((*done, *left)))
        for error in refused:
            complain(error)
    else:
        for error in refused:
            complain(error)
        print_rotations(console_on(), done, left, grant, now)
    failed = any(one.problem for one in (*done, *left)) or any(one.state is RotationState.ROTATING for one in done)
    return ExitCode.INCOMPLETE if failed else ExitCode.DONE


def _after(
    again: Callable[[list[str]], tuple[Rotation, ...]], accounts: list[str], done: tuple[Rotation, ...]
) -> tuple[Rotation, ...]:
    """Continue the rotations of `accounts`, and return them all."""
    after = {one.account: one for one in again(list(dict.fromkeys(accounts)))}
    return tuple(after.get(one.account, one) for one in done)


def _is_due(one: Rotation, older_than: dt.timedelta | None, now: dt.datetime) -> bool:
    """Return whether a rotation should begin: always, unless there is a problem or the key is too young."""
    if one.problem is not None:
        return False
    if older_than is None or not one.keys:
        return True
    return now - one.keys[0].created > older_than


def _confirm_places(rotations: Rotations, before: Iterable[Rotation], confirmed: tuple[str, ...]) -> None:
    """Record what --confirmed says. Errors: InvalidInputError for a place that waits for nothing."""
    from leastway.errors import InvalidInputError

    waiting = {place.name: one.account for one in before for place in one.unconfirmed}
    known = {place.name for one in before for place in one.places}
    for place in dict.fromkeys(confirmed):
        if place in waiting:
            rotations.confirm(waiting[place], place)
        elif place not in known:
            raise InvalidInputError(
                f"{place} does not wait for a confirmation",
                where="--confirmed",
                fix="give one of " + ", ".join(waiting)
                if waiting
                else "run without it first: it lists the places once the new key exists",
            )


def _ask_places(rotations: Rotations, done: Iterable[Rotation]) -> list[str]:
    """Ask for each place that waits; return the accounts of which one was confirmed."""
    from leastway.cli.render.lines import console_on
    from leastway.cli.render.rotate import print_hand_over
    from leastway.shown import shown

    said: list[str] = []
    for one in done:
        if one.unconfirmed:
            print_hand_over(console_on(), one)
        for place in one.unconfirmed:
            if click.confirm(shown(f"Is {place.name} done?"), err=True):
                rotations.confirm(one.account, place.name)
                said.append(one.account)
    return list(dict.fromkeys(said))


def _users(rotations: list[Rotation]) -> str:
    if len(rotations) == 1:
        return f"{rotations[0].user} in {rotations[0].account}"
    return f"{rotations[0].user} in {len(rotations)} accounts"

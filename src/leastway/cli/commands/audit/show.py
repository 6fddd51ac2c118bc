"""`leastway audit show`: the entries of a log."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from leastway.cli.commands.audit.options import log_argument, needs_cryptography
from leastway.cli.options import json_flag

__all__ = ["command"]

_FORMATS = ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"]
_TIME = click.DateTime(_FORMATS)


@click.command(name="show")
@log_argument
@click.option("--action", metavar="ACTION", help="Only this action; * stands for anything, as in 'token.*'.")
@click.option("--actor", metavar="USER", help="Only what this user did, by id.")
@click.option("--target", metavar="TARGET", help="Only what was done to this target; * stands for anything.")
@click.option("--since", type=_TIME, metavar="TIME", help="Only from this time on: 2026-01-31 or 2026-01-31T12:00:00Z.")
@click.option("--until", type=_TIME, metavar="TIME", help="Only before this time.")
@click.option("--last", type=click.IntRange(min=1), metavar="N", help="Only the last N of these.")
@click.option("--key", metavar="KEY", help="Check the whole log with this verifier key, too.")
@json_flag
def command(
    log: str,
    action: str | None,
    actor: str | None,
    target: str | None,
    since: datetime | None,
    until: datetime | None,
    last: int | None,
    key: str | None,
    as_json: bool,
) -> int:
    """Show the entries of LOG, oldest first. Times are in UTC.

    Without --key nothing is checked: what is shown is what the folder or the server has.

    Exits with 0, or with 3 when the log is not intact.
    """
    needs_cryptography()
    from leastway.app.audit.show import Filter, show
    from leastway.app.server_client import token_for
    from leastway.cli.render.audit.show import exit_code_of, print_shown

    wanted = Filter(action, actor, target, _utc(since), _utc(until))
    shown = show(log, wanted, key, last, token_for(log))
    print_shown(shown, as_json=as_json)
    return exit_code_of(shown)


def _utc(time: datetime | None) -> datetime | None:
    return None if time is None else time.replace(tzinfo=UTC)

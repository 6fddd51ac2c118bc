"""`leastway kill`: turn kill switches of the platform's server on and off, and list them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from leastway.cli.server_options import not_installed
from leastway.cli.terminal import emit, say
from leastway.errors import ExitCode

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime

    from leastway.app.kill_switches import ServerSwitches
    from leastway.service.direct import DirectSwitches
    from leastway.sessions import KillSwitch, Session

__all__ = ["command"]

_direct = click.option(
    "--direct",
    is_flag=True,
    help="Use the server's database itself, also while the server does not answer.",
)
_data = click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), metavar="FOLDER", help="With --direct."
)
_database = click.option(
    "--database", metavar="URL", envvar="LEASTWAY_DATABASE", show_envvar=True, help="With --direct."
)
_organization = click.option(
    "--organization", metavar="ID", help="Default: the organization of the token; needed with --direct."
)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(name="kill")
def command() -> None:
    """Stop hand-outs of the platform's server at once, and show what is stopped.

    The server is named by LEASTWAY_URL, and the token by LEASTWAY_TOKEN_FILE or LEASTWAY_TOKEN. Operators turn a switch
    on, owners turn it off.
    """


@command.command(name="on")
@click.option("--account", metavar="ID", help="Stop one cloud account.")
@click.option("--role", metavar="ARN", help="Stop one role, and every session chained from it.")
@click.option("--definition", metavar="ID", help="Stop one resource definition.")
@click.option("--whole-organization", is_flag=True, help="Stop the organization.")
@click.option("--everything", is_flag=True, help="Stop every organization; needs --direct.")
@click.option("--reason", required=True, help="Why, for those who find it on.")
@_organization
@_direct
@_data
@_database
@_json
def turn_on(
    account: str | None,
    role: str | None,
    definition: str | None,
    whole_organization: bool,
    everything: bool,
    reason: str,
    organization: str | None,
    direct: bool,
    data: Path | None,
    database: str | None,
    as_json: bool,
) -> int:
    """Turn a kill switch on.

    The next request is refused on every process of the server. Sessions that were handed out before are listed: until
    they expire, only a revocation on AWS ends them. The exit code is 3 if nothing of this name exists.
    """
    scope, target = _scope(account, role, definition, whole_organization, everything)
    if everything and not direct:
        raise click.UsageError("--everything needs --direct: it stops the organizations of others too")
    if not direct:
        made = _server(organization).turn_on(scope, target, reason)
        handed_out = made["only_aws_can_end"]
        shown = dict(made)
    else:
        from leastway.sessions import Scope

        if not everything and role is None and organization is None:
            raise click.UsageError("--direct needs --organization for this scope")
        with _opened(data, database) as switches:
            switched = switches.turn_on(
                Scope(scope), organization=None if everything else organization, target=target, reason=reason
            )
        handed_out = [_session(one) for one in switched.handed_out]
        ended = [_session(one) for one in switched.ended]
        shown = {**_switch(switched.switch), "ended_sessions": ended, "only_aws_can_end": handed_out}
        shown["target_is_known"] = switched.is_target_known
    is_unknown = shown["target_is_known"] is False
    code = ExitCode.NEGATIVE if is_unknown else ExitCode.DONE
    if as_json:
        emit("kill-on", shown)
        return code
    say(f"on: {shown['id']} stops {_what(shown)}")
    if is_unknown:
        say("nothing of this name exists, so it stops nothing now: compare the name, and turn on the right switch")
    if not shown["is_durable"]:
        say("the server holds it in memory only, because its database cannot be written; it is written when it can be")
    if handed_out:
        were = "1 session was" if len(handed_out) == 1 else f"{len(handed_out)} sessions were"
        say(f"{were} handed out before; only a revocation on AWS ends what is left:")
        for one in handed_out:
            say(f"  {one['access_key_id']}  {one['role']}  until {one['expires_at']}")
    return code


@command.command(name="off")
@click.argument("switch")
@_organization
@_direct
@_data
@_database
def turn_off(switch: str, organization: str | None, direct: bool, data: Path | None, database: str | None) -> None:
    """Turn the kill switch SWITCH off, by its id. Only owners can."""
    if direct:
        with _opened(data, database) as switches:
            switches.turn_off(switch)
    else:
        _server(organization).turn_off(switch)
    say(f"off: {switch}")


@command.command(name="list")
@click.option("--all", "every", is_flag=True, help="Also those that are off.")
@_organization
@_direct
@_data
@_database
@_json
def list_switches(
    every: bool, organization: str | None, direct: bool, data: Path | None, database: str | None, as_json: bool
) -> None:
    """List the kill switches that are on."""
    if direct:
        with _opened(data, database) as switches:
            found: Sequence[Mapping[str, Any]] = [_switch(one) for one in switches.every()]
    else:
        found = _server(organization).every()
    found = [one for one in found if every or one["is_on"]]
    if as_json:
        emit("kill-list", {"switches": found})
        return
    if not found:
        say("no kill switch is on" if not every else "no kill switch was ever on")
    for one in found:
        state = "on " if one["is_on"] else "off"
        say(f"{state}  {one['id']}  {_what(one)}  since {one['on_at']} by {one['on_by']}: {one['reason']}")


def _scope(
    account: str | None, role: str | None, definition: str | None, whole_organization: bool, everything: bool
) -> tuple[str, str | None]:
    given: list[tuple[str, str | None]] = [
        (scope, target)
        for scope, target in (("account", account), ("role", role), ("definition", definition))
        if target is not None
    ]
    given += [("organization", None)] if whole_organization else []
    given += [("everything", None)] if everything else []
    if len(given) != 1:
        raise click.UsageError("choose one of --account, --role, --definition, --whole-organization, --everything")
    return given[0]


def _server(organization: str | None) -> ServerSwitches:
    from leastway.app.kill_switches import ServerSwitches
    from leastway.app.server_client import ServerClient

    return ServerSwitches(ServerClient.from_environment(), organization)


def _opened(data: Path | None, database: str | None) -> AbstractContextManager[DirectSwitches]:
    from leastway.cli.server_options import settings_of, url_without_password

    try:
        from leastway.service.direct import open_switches
    except ModuleNotFoundError as error:
        raise not_installed(error) from error
    return open_switches(settings_of(data, url_without_password(database), None, ()))


def _switch(switch: KillSwitch) -> dict[str, Any]:
    """Return a switch of the database as the server shows it."""
    return {
        "id": switch.id,
        "scope": switch.scope.value,
        "organization": switch.organization,
        "target": switch.target,
        "reason": switch.reason,
        "is_on": switch.is_on,
        "is_durable": True,
        "on_at": _time(switch.on_at),
        "on_by": switch.on_by,
        "off_at": _time(switch.off_at),
        "off_by": switch.off_by,
    }


def _session(session: Session) -> dict[str, Any]:
    """Return a session of the database as the server shows it."""
    return {
        "id": session.id,
        "account": session.account,
        "definition": session.definition,
        "parent": session.parent,
        "role": session.role,
        "session_name": session.session_name,
        "access_key_id": session.access_key_id,
        "issued_at": _time(session.issued_at),
        "expires_at": _time(session.expires_at),
        "handed_out_at": _time(session.handed_out_at),
        "ended_at": _time(session.ended_at),
        "ended_because": session.ended_because,
    }


def _time(time: datetime | None) -> str | None:
    return None if time is None else f"{time:%Y-%m-%dT%H:%M:%SZ}"


def _what(switch: Mapping[str, Any]) -> str:
    where = f" of organization {switch['organization']}" if switch.get("organization") else ""
    target = switch.get("target")
    return f"{switch['scope']} {target}{where}" if target else f"{switch['scope']}{where}"

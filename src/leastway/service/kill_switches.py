"""Kill switches of an organization: operators turn them on, owners turn them off.

A switch for everything, or for a role in every organization, belongs to who administers the machine:
`leastway kill --direct`.
"""

from __future__ import annotations

from leastway.broker import Switched
from leastway.errors import InvalidInputError
from leastway.service.caller import Caller, NotFoundError
from leastway.service.server import Server
from leastway.sessions import KillSwitch, Scope
from leastway.store import ConflictError
from leastway.tenants import Permission

__all__ = ["LONGEST_REASON", "MOST_ON", "read_kill_switches", "turn_off_kill_switch", "turn_on_kill_switch"]

LONGEST_REASON = 500
MOST_ON = 1_000
"""Switches of one organization at the same time, by its users."""
_LONGEST_TARGET = 2048


def read_kill_switches(server: Server, caller: Caller, organization: str) -> tuple[KillSwitch, ...]:
    """Return the switches that concern the organization, on or off, the newest first.

    Those that are on in the memory of this process alone are among them.
    """
    caller.need(Permission.READ, organization)
    held = [one for one in server.brokerage.gate.held if one.organization in (None, organization)]
    with server.store.reading() as transaction:
        stored = transaction.switches.of(organization)
    known = {one.id for one in stored}
    return (*(one for one in held if one.id not in known), *stored)


def turn_on_kill_switch(
    server: Server, caller: Caller, organization: str, *, scope: Scope, target: str | None, reason: str
) -> Switched:
    """Turn a switch on, at once. Errors: InvalidInputError."""
    caller.need(Permission.OPERATE, organization)
    if scope is Scope.EVERYTHING:
        raise InvalidInputError(
            "this scope is for administrators of the server",
            where="scope",
            fix="use the scope organization, or run leastway kill on --everything --direct on the server's machine",
        )
    if len(reason) > LONGEST_REASON or not reason.isprintable():
        raise InvalidInputError(
            f"it is longer than {LONGEST_REASON} characters, or has characters that do not print", where="reason"
        )
    if target is not None and (len(target) > _LONGEST_TARGET or not target.isprintable()):
        raise InvalidInputError(
            f"it is longer than {_LONGEST_TARGET:,} characters, or has characters that do not print", where="target"
        )
    _leave_room(server, organization, scope)
    return server.brokerage.switching.turn_on(
        scope, organization=organization, target=target, reason=reason, by=caller.user.id, enter=caller.entry
    )


def _leave_room(server: Server, organization: str, scope: Scope) -> None:
    """Errors: ConflictError if many switches of the organization are on; one for all of it can still be turned on.

    Every process reads all switches at each change, so that one organization could delay the others.
    """
    on = [one for one in server.brokerage.gate.on if one.organization == organization]
    is_first = scope is Scope.ORGANIZATION and not any(one.scope is scope for one in on)
    if len(on) >= MOST_ON and not is_first:
        raise ConflictError(
            f"{MOST_ON:,} kill switches of the organization are on already",
            fix="use the scope organization, which stops everything in it, or turn others off",
        )


def turn_off_kill_switch(server: Server, caller: Caller, organization: str, switch: str) -> KillSwitch:
    """Turn a switch off. Errors: NotFoundError."""
    caller.need(Permission.OWN, organization)
    off = server.brokerage.switching.turn_off(switch, organization=organization, by=caller.user.id, enter=caller.entry)
    if off is None:
        raise NotFoundError(
            f"kill switch {switch!r} does not exist or is off already", fix="list the organization's kill switches"
        )
    return off

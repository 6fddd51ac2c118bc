"""What the platform's server gets from a grant in a rehearsal: its cloud accounts, and the rotation of their keys.

A rotation has the durable steps of `leastway rotate`. Its pace is that of a rehearsal: the old key is made inactive and
deleted as soon as the new one is in every place. The cloud accounts in the server are given the new key by its API;
what else holds the key, such as a definition, is not registered there, and is confirmed as a person would.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

from leastway.app.open_grant import OpenGrant
from leastway.app.plan import Planned
from leastway.app.rotate import Rotation, Rotations, RotationState, open_rotations
from leastway.aws import Guests
from leastway.compiler import registrations_of, role_arn
from leastway.custody import RotatedKeys
from leastway.grant import Account, Identity
from leastway.ports import FailedCall, PlatformSide, PlatformStep, RehearsedAccount, RehearsedRole, SessionKeys
from leastway.reconcile import Pace
from leastway.verify import PlatformCaller

__all__ = ["cloud_accounts", "rehearse_rotation"]

_AT_ONCE = Pace(drain=dt.timedelta(), soak=dt.timedelta())
_ACCOUNT = "account/"


def cloud_accounts(open_grant: OpenGrant, planned: Planned, caller: PlatformCaller) -> tuple[RehearsedAccount, ...]:
    """Return what the grant registers with the platform; the key of a user assumes the roles of its account."""
    grant, found = open_grant.grant, []
    for known in registrations_of(grant, planned.external_ids).accounts:
        credentials = {name: value for name, value in known.credentials.items() if isinstance(value, str)}
        found.append(RehearsedAccount(known.id, known.name, known.type, credentials))
    if grant.identity is not Identity.IAM_USER:
        return tuple(found)
    users = caller.users
    return tuple(
        replace(
            one,
            credentials={
                "aws_access_key_id": users[account.id].key_id,
                "aws_secret_access_key": users[account.id].secret,
            },
            roles=tuple(
                RehearsedRole(role_arn(role, account), planned.external_ids.of(account.id, role.name).current)
                for role in account.roles
            ),
        )
        for one, account in zip(found, grant.accounts, strict=True)
        if account.id in users
    )


def rehearse_rotation(open_grant: OpenGrant, side: PlatformSide) -> Iterator[PlatformStep]:
    """Rotate the key of each user, and yield what was done. Errors: LeastwayError if DBOS is not installed."""
    with open_rotations(open_grant, pace=_AT_ONCE) as rotations:
        for account in open_grant.grant.accounts:
            yield from _rotated(open_grant, rotations, account, side)


def _rotated(
    open_grant: OpenGrant, rotations: Rotations, account: Account, side: PlatformSide
) -> Iterator[PlatformStep]:
    user = f"{account.id}/user/{open_grant.grant.platform.user_name}"
    stored = RotatedKeys(open_grant.keys, account.id, open_grant.grant.platform.user_name)
    old = stored.current()
    (begun,) = rotations.go_on([account.id])
    new = stored.new()
    if old is None or new is None:
        yield PlatformStep(f"{user} has a second key", False, _why(begun))
        return
    yield PlatformStep(f"{user} has a second key, which works", True, new.key_id)
    for place in begun.unconfirmed:
        if place.name.startswith(_ACCOUNT):
            taken = side.give_key(place.name.removeprefix(_ACCOUNT), new)
            yield from taken
            if not all(step.passed for step in taken):
                return
        rotations.confirm(account.id, place.name)
    (done,) = rotations.go_on([account.id])
    is_rotated = done.state is RotationState.ROTATED and done.new == new.key_id
    yield PlatformStep(
        f"the key of {user} is rotated", is_rotated, f"{len(done.steps)} steps" if is_rotated else _why(done)
    )
    yield _refused(f"{user} is refused with the key from before", account, old)


def _refused(what: str, account: Account, key: SessionKeys) -> PlatformStep:
    found = Guests().guest(key, account.region).identity()
    is_refused = isinstance(found, FailedCall)
    return PlatformStep(what, is_refused, key.key_id if is_refused else "it still works")


def _why(rotation: Rotation) -> str:
    return str(rotation.problem) if rotation.problem is not None else rotation.state.value

"""What the platform's server gets from a grant in a rehearsal: its cloud accounts, the rotation of keys, and a bucket.

A rotation has the durable steps of `leastway rotate`. Its pace is that of a rehearsal: the old key is made inactive and
deleted as soon as the new one is in every place. The cloud accounts in the server are given the new key by its API;
what else holds the key, such as a definition, is not registered there, and is confirmed as a person would.

The bucket, which runs make and remove, is the first one that the contract of a role allows.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from leastway.app.open_grant import OpenGrant
from leastway.app.plan import Planned
from leastway.app.rotate import Rotation, Rotations, RotationState, open_rotations
from leastway.aws import Guests
from leastway.compiler import registrations_of, role_arn
from leastway.custody import RotatedKeys
from leastway.grant import Account, Identity
from leastway.policy import Effect
from leastway.policy.partly import PartlyKnownPolicies, PartlyKnownRequest, Truth
from leastway.ports import (
    FailedCall,
    PlatformSide,
    PlatformStep,
    RehearsedAccount,
    RehearsedBucket,
    RehearsedRole,
    SessionKeys,
)
from leastway.proof import RoleContract, contract_of, document_of
from leastway.reconcile import Pace
from leastway.verify import PlatformCaller

__all__ = ["cloud_accounts", "rehearse_rotation", "rehearsed_bucket"]

_AT_ONCE = Pace(drain=dt.timedelta(), soak=dt.timedelta())
_ACCOUNT = "account/"
_BUCKET = re.compile(r"arn:[a-z-]+:s3:::([^/]+)")
_IS_A_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_CALLS = ("s3:CreateBucket", "s3:DeleteBucket")


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


def rehearsed_bucket(
    open_grant: OpenGrant, planned: Planned, registered: Sequence[RehearsedAccount], admins: Mapping[str, SessionKeys]
) -> RehearsedBucket | None:
    """Return a bucket that a registered account may make and remove; None if the grant allows none.

    `admins` are the keys of the accounts' administrators, who look for it.
    """
    grant = open_grant.grant
    for account in grant.accounts:
        contract = contract_of(grant, account, planned.external_ids)
        for role in contract.roles.values():
            name = _bucket_of(role)
            for one in registered if name is not None else ():
                own = one.credentials.get("aws_role") == role.arn
                assumed = next((each for each in one.roles if each.arn == role.arn), None)
                if own or assumed is not None:
                    return RehearsedBucket(
                        name or "",
                        account.region,
                        one.id,
                        assumed,
                        grant.name,
                        account.id,
                        document_of(grant, account, contract).content,
                        partial(Guests().guest(admins[account.id], account.region).has_bucket, name or ""),
                    )
    return None


def _bucket_of(role: RoleContract) -> str | None:
    """Return the name of a bucket that the role may make and remove, as far as its policies say."""
    policies = PartlyKnownPolicies(role.bound)
    statements = [each for document in role.bound.identity for each in document.statements]
    for statement in statements:
        if statement.effect is not Effect.ALLOW or statement.resources is None:
            continue
        for pattern in statement.resources.items:
            match = _BUCKET.fullmatch(pattern.replace("?", "x"))
            name = "leastway-rehearsal" if pattern == "*" else match[1].replace("*", "rehearsal") if match else ""
            if not _IS_A_NAME.fullmatch(name):
                continue
            arn = f"{role.arn.partition(':iam:')[0]}:s3:::{name}"
            asked = [PartlyKnownRequest(role.arn, action, arn) for action in _CALLS]
            if all(policies.decide(each).allowed is not Truth.NO for each in asked):
                return name
    return None


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

"""What a revocation means for a plan: nothing is put back while access is revoked, and what a restore left is expected.

Pure. The state of a revocation is read from the marks on the live users and roles (`estate.revocation`), never from the
store: whoever revoked, from whichever machine, every later plan knows it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from leastway.estate import (
    REVOCATION_POLICY,
    Address,
    Estate,
    EstateObject,
    Kind,
    Note,
    Observed,
    OldSessionsMark,
    RevokedMark,
    Role,
    User,
    revocation_of,
    without_closing,
)
from leastway.ports import Observation
from leastway.reconcile.attesting import CreationRecords
from leastway.reconcile.diff import Held

__all__ = [
    "ACCESS",
    "Revocation",
    "expecting",
    "held_back",
    "reopened",
    "restore_notes",
    "revocation_notes",
    "revocations",
    "when",
]

ACCESS: Final = frozenset({Kind.RBAC_BINDING, Kind.ACCESS_ENTRY, Kind.ACCESS_POLICY, Kind.AWS_AUTH_MAPPING})
"""The kinds in a cluster that give access."""


_LONGEST_OF_A_USER: Final = 129_600
"""Seconds: GetSessionToken and GetFederationToken give a user sessions of up to 36 hours (AWS STS API Reference)."""


def sessions_end(kind: Kind, longest: int, issued: dt.datetime) -> dt.datetime:
    """Return when the last session of a user or role ends that was issued at `issued`.

    `longest` is the longest session of a role, in seconds; that of a user is always the same.
    """
    return issued + dt.timedelta(seconds=_LONGEST_OF_A_USER if kind is Kind.USER else longest)


@dataclass(frozen=True, slots=True)
class Revocation:
    """A user or role that is revoked."""

    principal: Address
    mark: RevokedMark


def revocations(observation: Observation) -> tuple[Revocation, ...]:
    """Return the observed users and roles that are revoked, in order."""
    found = (
        Revocation(address, mark)
        for address, one in observation.objects.items()
        if isinstance(one.object, User | Role) and isinstance(mark := revocation_of(one.object), RevokedMark)
    )
    return tuple(sorted(found, key=lambda one: one.principal.order))


def expecting(estate: Estate, observation: Observation, now: dt.datetime) -> Estate:
    """Return the estate in which users and roles keep the inline policy of a revocation.

    The policy that denies old sessions is kept until it is no longer needed; then it is a difference like any other,
    and the next apply removes it.
    """
    return replace(estate, objects=tuple(_expecting(one, observation.objects, now) for one in estate.objects))


def _expecting(wanted: EstateObject, live: Mapping[Address, Observed], now: dt.datetime) -> EstateObject:
    if not isinstance(wanted, User | Role) or wanted.address not in live:
        return wanted
    holder = live[wanted.address].object
    policy = dict(holder.inline).get(REVOCATION_POLICY) if isinstance(holder, User | Role) else None
    if policy is None or not isinstance(holder, User | Role):
        return wanted
    mark = revocation_of(holder)
    if isinstance(mark, OldSessionsMark) and mark.until <= now:
        return wanted
    inline = {**dict(wanted.inline), REVOCATION_POLICY: policy}
    return replace(wanted, inline=tuple(sorted(inline.items())))


def held_back(estate: Estate, found: Iterable[Revocation]) -> dict[Address, Held]:
    """Return what a plan must not put back: users, roles and access in clusters of the accounts that are revoked."""
    since = _accounts(found)
    kinds = ACCESS | {Kind.USER, Kind.ROLE, Kind.ACCESS_KEY}
    return {
        one.address: Held(f"access is revoked {when(since[one.address.place.account])}", "")
        for one in estate
        if one.kind in kinds and one.address.place.account in since
    }


def reopened(observation: Observation, grant: str, made: CreationRecords, *, adopt: bool) -> Observation:
    """Return the observation with the trust policies of other tools' roles as a restore opens them again.

    A plan does not change these roles, so their policies are opened as they were; those of all other roles are written
    as the grant defines them.
    """
    objects = dict(observation.objects)
    for address, one in observation.objects.items():
        is_ours = one.mark is not None and one.mark.grant == grant and not made.doubt(one, observation.objects)
        if isinstance(one.object, Role) and one.owner is not None and not is_ours and not adopt:
            objects[address] = replace(one, object=replace(one.object, trust=without_closing(one.object.trust)))
    return replace(observation, objects=objects)


def revocation_notes(found: Iterable[Revocation]) -> tuple[Note, ...]:
    """Return a note for each account in which access is revoked."""
    return tuple(
        Note(account, f"access is revoked {when(since)}; only `leastway revoke --restore` puts it back")
        for account, since in _accounts(found).items()
    )


def restore_notes(observation: Observation, now: dt.datetime) -> tuple[Note, ...]:
    """Return a note for each user or role that still denies sessions from before a restore."""
    notes = []
    for address, one in sorted(observation.objects.items(), key=lambda each: each[0].order):
        mark = revocation_of(one.object) if isinstance(one.object, User | Role) else None
        if isinstance(mark, OldSessionsMark) and mark.until > now:
            text = (
                f"it denies sessions from before the restore at {_text(mark.before)}; expected until"
                f" {_text(mark.until)}, then apply removes the inline policy {REVOCATION_POLICY}"
            )
            notes.append(Note(str(address), text))
    return tuple(notes)


def when(since: dt.datetime | None) -> str:
    """Return since when access is revoked, in words."""
    return f"since {_text(since)}" if since is not None else "(its mark was changed by hand)"


def _accounts(found: Iterable[Revocation]) -> dict[str, dt.datetime | None]:
    """Return the accounts with revoked users and roles, and since when."""
    since: dict[str, dt.datetime | None] = {}
    for one in found:
        since.setdefault(one.principal.place.account, one.mark.since)
    return since


def _text(time: dt.datetime) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC")

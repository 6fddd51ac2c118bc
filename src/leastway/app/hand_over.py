"""The hand-over of a grant to its platform: roles, external ids, keys, and what to register."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from leastway.app.open_grant import OpenGrant
from leastway.app.plan import Planned
from leastway.compiler import Settled, Usable, settle, usable_principals
from leastway.estate import Address, Kind, Place
from leastway.grant import new_external_id
from leastway.reconcile import Applied, Outcome

__all__ = ["HandOver", "Handed", "hand_over_of_apply", "known_hand_over"]


@dataclass(frozen=True, slots=True)
class Handed:
    """One principal; `key` is the file with a user's key, if it is on this machine.

    `is_installed` is whether an apply found or made it as the grant requires; None if nothing was read.
    """

    principal: Usable
    key: Path | None = None
    is_installed: bool | None = None


@dataclass(frozen=True, slots=True)
class HandOver:
    """Everything that the platform is given. `command` writes the files to register, or is empty."""

    platform: str
    principals: tuple[Handed, ...]
    command: str = ""
    left_out: tuple[Place | Address, ...] = ()


def known_hand_over(open_grant: OpenGrant) -> HandOver:
    """Return the hand-over as the grant and the store know it. Nothing is called."""
    grant = open_grant.grant
    stored = open_grant.store.external_ids(grant.name)
    settled = settle(grant, stored, {}, {account.id: new_external_id() for account in grant.accounts})
    return _of(open_grant, settled)


def hand_over_of_apply(open_grant: OpenGrant, planned: Planned, applied: Applied) -> HandOver:
    """Return the hand-over after an apply, with the principals that it left different from the grant."""
    open_ = {change.address for change in planned.plan.open}
    open_ |= {result.change.address for result in applied.results if result.outcome is not Outcome.DONE}
    open_ |= {problem.where for problem in planned.plan.unreadable if isinstance(problem.where, Address)}
    return _of(open_grant, planned.settled, different=open_)


def _of(open_grant: OpenGrant, settled: Settled, *, different: Iterable[Address] | None = None) -> HandOver:
    grant = open_grant.grant
    wrong = None if different is None else set(different)
    scope = open_grant.scope
    included = [
        replace(one, clusters=tuple(place for place in one.clusters if scope.includes_place(place)))
        for one in usable_principals(grant, settled)
        if scope.includes(one.address)
    ]
    handed = tuple(
        Handed(one, _key(open_grant, one.address), None if wrong is None else one.address not in wrong)
        for one in included
    )
    is_registered = any(one.principal.registration is not None for one in handed)
    command = f"leastway export {grant.platform.name} {shlex.quote(str(grant.source))} --out {grant.platform.name}"
    return HandOver(grant.platform.name, handed, command if is_registered else "", scope.left_out)


def _key(open_grant: OpenGrant, address: Address) -> Path | None:
    account, user = address.place.account, address.name
    if address.kind is not Kind.USER or not open_grant.keys.has(account, user):
        return None
    return open_grant.keys.path(account, user)

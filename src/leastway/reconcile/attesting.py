"""Verify marks: anyone who can tag can set a mark, so the store records what leastway created or adopted.

The records, because a mark alone proves nothing:
1. Before the first write: objects that are about to be created, without an id, and objects that are about to be
   adopted, with their ids. If the run is killed, the next run therefore knows everything that it left behind.
2. After the run: the ids of objects that were created and are visible, and of objects that match the grant.
3. Records of deleted objects are removed.

Each record has the object's unique id (RoleId, UserId, PolicyId, the ARN of an access entry, the uid of a Kubernetes
object). A mark on an object without a record, or on another object of the same name, is only a tag: a desired object is
then adopted like any other existing one, and an object that is not desired is left in place until a person says that
the mark can be trusted. Objects that are about to be created have no id yet, and tags and mappings never have one: for
these, the record alone is enough. A key is covered by its user's record, an access policy by its entry's; the record of
a key is the id of the one that leastway created, so that a status can tell it from others.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from leastway.estate import AccessKey, AccessPolicy, Address, EstateObject, Kind, Observed, Place
from leastway.ports import Store
from leastway.reconcile.plan import ChangeAction, Plan
from leastway.reconcile.results import Applied, Outcome

__all__ = ["TRUST_MARKS", "CreationRecords", "anchor", "creation_records", "record_applied", "record_planned"]

TRUST_MARKS = "--trust-marks"
"""The flag with which a person trusts the marks."""


def anchor(candidate: EstateObject) -> Address:
    """Return the address of the object whose record covers `candidate`."""
    match candidate:
        case AccessKey():
            return Address(Place(candidate.account), Kind.USER, candidate.user)
        case AccessPolicy():
            return Address(candidate.place, Kind.ACCESS_ENTRY, candidate.principal)
        case _:
            return candidate.address


@dataclass(frozen=True, slots=True)
class CreationRecords:
    """What leastway created or adopted for one grant: unique ids by address, empty if there is none (yet).

    `trusted` says that a person has decided to trust all marks.
    """

    ids: Mapping[Address, str]
    trusted: bool = False

    def doubt(self, observed: Observed, objects: Mapping[Address, Observed]) -> str:
        """Return why the mark on `observed` is not verified, or an empty string; `objects` are all observed objects."""
        if self.trusted:
            return ""
        address = anchor(observed.object)
        is_part = address != observed.object.address
        what = f"its {address.kind.value} {address.name}" if is_part else "it"
        known = self.ids.get(address)
        if known is None:
            return f"{what} carries the grant's mark, but leastway's store has no record of it"
        found = objects.get(address) if is_part else observed
        if known and found is not None and found.unique_id and found.unique_id != known:
            return (
                f"{what} carries the grant's mark, but is not the object that leastway created:"
                f" that was {known}, this is {found.unique_id}"
            )
        return ""


def creation_records(store: Store, grant: str, *, trust_marks: bool = False) -> CreationRecords:
    """Return the store's records of the grant's objects; with `trust_marks`, every mark counts as verified."""
    return CreationRecords(store.made(grant), trust_marks)


def record_planned(store: Store, plan: Plan) -> None:
    """Record what `plan` is about to create and to adopt."""
    about: dict[Address, str] = {}
    for change in plan.writes:
        if change.wanted is None or anchor(change.wanted) != change.address:
            continue
        if change.action in (ChangeAction.CREATE, ChangeAction.REPLACE):
            about[change.address] = ""
        elif change.live is not None and change.action is ChangeAction.ADOPT:
            about[change.address] = change.live.unique_id
    _remember(store, plan.grant, about)


def record_applied(store: Store, plan: Plan, applied: Applied, seen: Collection[Observed] = ()) -> None:
    """Record created objects that are visible (`seen`) and objects that match the grant; forget deleted objects."""
    there = [change.live for change in plan if change.action is ChangeAction.NONE and change.live is not None]
    ids = {
        observed.object.address: observed.unique_id
        for observed in (*there, *seen)
        if observed.mark is not None
        and observed.mark.grant == plan.grant
        and anchor(observed.object) == observed.object.address
    }
    created = {
        result.change.address
        for result in applied.having(Outcome.DONE)
        if isinstance(result.change.wanted, AccessKey) and result.change.action is ChangeAction.CREATE
    }
    ids |= {one.object.address: one.unique_id for one in seen if one.object.address in created}
    _remember(store, plan.grant, ids)
    removed = [
        result.change.address for result in applied.having(Outcome.DONE) if result.change.action is ChangeAction.DELETE
    ]
    if removed:
        store.forget_made(plan.grant, removed)


def _remember(store: Store, grant: str, ids: Mapping[Address, str]) -> None:
    known = store.made(grant)
    new = {address: unique_id for address, unique_id in ids.items() if known.get(address) != unique_id}
    if new:
        store.remember_made(grant, new)

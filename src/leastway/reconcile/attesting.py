"""Whether a mark is believed: whoever may tag can set one, so the store says what leastway made and took over.

It is written down so that a mark alone proves nothing:
1. Before the first write: what is about to be made, without an id, and what is about to be taken over, with its id. A
   run that is killed has thereby left nothing that the next one does not know.
2. When the run has ended: the ids of what was seen to be made, and of what is as the grant means it.
3. What was removed is forgotten.

Each object is remembered with its unique id (RoleId, UserId, PolicyId, the ARN of an access entry, Kubernetes' uid)
when leastway makes it or takes it over. A mark on one that is not remembered, or on another one of the same name, is no
more than a tag: a wanted object is then taken over like any other that is there, and one that is not wanted is left,
until a person says that the mark is to be believed. The record of an object that is about to be made has no id yet, and
neither has that of a tag or a mapping: there the record alone is enough. A key is its user's, an access policy its
entry's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from leastway.estate import AccessKey, AccessPolicy, Address, EstateObject, Kind, Observed, Place
from leastway.ports import Store
from leastway.reconcile.plan import ChangeAction, Plan
from leastway.reconcile.results import Applied, Outcome

__all__ = ["TRUST_MARKS", "Made", "anchor", "begin_making", "end_making", "made_by"]

TRUST_MARKS = "--trust-marks"
"""The flag by which a person believes the marks."""


def anchor(candidate: EstateObject) -> Address:
    """Return the address of the object whose record answers for `candidate`."""
    match candidate:
        case AccessKey():
            return Address(Place(candidate.account), Kind.USER, candidate.user)
        case AccessPolicy():
            return Address(candidate.place, Kind.ACCESS_ENTRY, candidate.principal)
        case _:
            return candidate.address


@dataclass(frozen=True, slots=True)
class Made:
    """What leastway made or took over for one grant: unique ids by address, empty where there is none (yet).

    With `trusted`, a person has said that marks are to be believed.
    """

    ids: Mapping[Address, str]
    trusted: bool = False

    def doubt(self, observed: Observed, objects: Mapping[Address, Observed]) -> str:
        """Say why the mark on `observed` is not believed, or nothing; `objects` are all that was found."""
        if self.trusted:
            return ""
        address = anchor(observed.object)
        is_part = address != observed.object.address
        what = f"its {address.kind.value} {address.name}" if is_part else "it"
        known = self.ids.get(address)
        if known is None:
            return f"{what} carries the grant's mark, and leastway's store does not know that leastway made it"
        found = objects.get(address) if is_part else observed
        if known and found is not None and found.unique_id and found.unique_id != known:
            return (
                f"{what} carries the grant's mark, and is not the one that leastway made:"
                f" that was {known}, and this is {found.unique_id}"
            )
        return ""


def made_by(store: Store, grant: str, *, trust_marks: bool = False) -> Made:
    """Return what the store knows of the grant's objects; with `trust_marks` every mark is believed."""
    return Made(store.made(grant), trust_marks)


def begin_making(store: Store, plan: Plan) -> None:
    """Write down what `plan` is about to make and to take over."""
    about: dict[Address, str] = {}
    for change in plan.writes:
        if change.wanted is None or anchor(change.wanted) != change.address:
            continue
        if change.action in (ChangeAction.CREATE, ChangeAction.REPLACE):
            about[change.address] = ""
        elif change.live is not None and change.action is ChangeAction.ADOPT:
            about[change.address] = change.live.unique_id
    _remember(store, plan.grant, about)


def end_making(store: Store, plan: Plan, applied: Applied, seen: Iterable[Observed] = ()) -> None:
    """Write down what was `seen` to be made, and what is there as it is meant; forget what was removed."""
    there = [change.live for change in plan if change.action is ChangeAction.NONE and change.live is not None]
    ids = {
        observed.object.address: observed.unique_id
        for observed in (*there, *seen)
        if observed.mark is not None
        and observed.mark.grant == plan.grant
        and anchor(observed.object) == observed.object.address
    }
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

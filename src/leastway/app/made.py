"""What leastway makes and takes over, written down in the store, so that a mark alone proves nothing.

1. Before the first write: what is about to be made, without an id, and what is about to be taken over, with its id. A
   run that is killed has thereby left nothing that the next one does not know.
2. When the run has ended: the ids of what was seen to be made, and of what is as the grant means it.
3. What was removed is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable

from leastway.app.open_grant import OpenGrant
from leastway.estate import Address, Observed
from leastway.reconcile import Applied, ChangeAction, Made, Outcome, Plan, anchor

__all__ = ["begin", "end", "made_by"]


def made_by(work: OpenGrant, *, trust_marks: bool = False) -> Made:
    """Return what the store knows of the grant's objects; with `trust_marks` every mark is believed."""
    return Made(work.store.made(work.grant.name), trust_marks)


def begin(work: OpenGrant, plan: Plan) -> None:
    """Write down what `plan` is about to make and to take over."""
    about: dict[Address, str] = {}
    for change in plan.writes:
        if change.wanted is None or anchor(change.wanted) != change.address:
            continue
        if change.action in (ChangeAction.CREATE, ChangeAction.REPLACE):
            about[change.address] = ""
        elif change.live is not None and change.action is ChangeAction.ADOPT:
            about[change.address] = change.live.unique_id
    _remember(work, about)


def end(work: OpenGrant, plan: Plan, applied: Applied, seen: Iterable[Observed] = ()) -> None:
    """Write down what was `seen` to be made, and what is there as it is meant; forget what was removed."""
    there = [change.live for change in plan if change.action is ChangeAction.NONE and change.live is not None]
    ids = {
        observed.object.address: observed.unique_id
        for observed in (*there, *seen)
        if observed.mark is not None
        and observed.mark.grant == work.grant.name
        and anchor(observed.object) == observed.object.address
    }
    _remember(work, ids)
    removed = [
        result.change.address for result in applied.having(Outcome.DONE) if result.change.action is ChangeAction.DELETE
    ]
    if removed:
        work.store.forget_made(work.grant.name, removed)


def _remember(work: OpenGrant, ids: dict[Address, str]) -> None:
    known = work.store.made(work.grant.name)
    new = {address: unique_id for address, unique_id in ids.items() if known.get(address) != unique_id}
    if new:
        work.store.remember_made(work.grant.name, new)

"""Plans as JSON values, for programs and saved plans. Field names are those of the classes; nothing is secret."""

from __future__ import annotations

import enum
from dataclasses import fields, is_dataclass
from typing import Any

from leastway.estate import Address, EstateObject, Observed, Place, Unreadable
from leastway.policy import Document, render
from leastway.reconcile.plan import Change

__all__ = ["change_json", "object_json", "observed_json", "unreadable_json"]

Json = Any


def change_json(change: Change) -> Json:
    """Return one change; `steps` counts the states that the object goes through, 2 where addresses change."""
    return {
        "address": str(change.address),
        "place": _place(change.address.place),
        "kind": change.address.kind.value,
        "name": change.address.name,
        "action": change.action.value,
        "reason": change.reason,
        "fix": change.fix,
        "consent": change.consent,
        "differences": [
            {"field": one.field, "before": _value(one.before), "after": _value(one.after)} for one in change.differences
        ],
        "steps": len(change.stages),
        "wanted": object_json(change.wanted) if change.wanted is not None else None,
    }


def object_json(one: EstateObject) -> Json:
    """Return the fields of an object."""
    found = {spec.name: _value(getattr(one, spec.name)) for spec in fields(one)}
    return {name: value for name, value in found.items() if name != "tags" or value}


def observed_json(live: Observed) -> Json:
    """Return a live object with its mark, owner and unique id.

    Who uses it is not included, because it is not always read; nor are its tags, because others may change theirs.
    """
    return {
        "object": {name: value for name, value in object_json(live.object).items() if name != "tags"},
        "mark": _value(live.mark),
        "owner": str(live.owner) if live.owner is not None else None,
        "unique_id": live.unique_id,
    }


def unreadable_json(problem: Unreadable) -> Json:
    """Return what could not be read or compiled, with the reason and fix."""
    return {"where": str(problem.where), "reason": problem.reason, "fix": problem.fix}


def _place(place: Place) -> Json:
    return {"account": place.account, "region": place.region or None, "cluster": place.cluster or None}


def _value(value: object) -> Json:
    match value:
        case Document():
            return render(value)
        case Place():
            return _place(value)
        case Address():
            return str(value)
        case enum.Enum():
            return value.value
        case frozenset():
            return sorted(value)
        case tuple():
            return [_value(item) for item in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {spec.name: _value(getattr(value, spec.name)) for spec in fields(value)}
        case _:
            return value

"""Renders plans, results and answers as JSON values. Field names are those of the classes."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from typing import Any

from leastway.cli.render.sightings import sightings_json
from leastway.cli.terminal import emit
from leastway.estate import Address, EstateObject, Note, Place, Unreadable
from leastway.policy import Document, render
from leastway.reconcile import Applied, Change, Plan
from leastway.verify import Verified

__all__ = [
    "applied_json",
    "change_json",
    "emit",
    "not_included_json",
    "notes_json",
    "plan_json",
    "unreadable_json",
    "verified_json",
]

Json = Any


def plan_json(plan: Plan, remarks: Iterable[Note] = ()) -> Json:
    """Return a plan with every change, including no-ops, and the notes on its grant."""
    return {
        "grant": plan.grant,
        "clean": plan.is_clean,
        "changes": [change_json(change) for change in plan],
        "unreadable": [unreadable_json(problem) for problem in plan.unreadable],
        "beside": sightings_json(plan.sightings),
        "not_included": not_included_json(plan.left_out),
        "notes": notes_json(remarks),
    }


def not_included_json(left_out: Iterable[Place | Address]) -> Json:
    """Return the accounts, clusters and roles of the grant that --account or --cluster left out."""
    return [str(where) for where in left_out]


def notes_json(remarks: Iterable[Note]) -> Json:
    """Return the notes on a grant."""
    return [{"where": note.where, "text": note.text, "unsafe": note.is_unsafe} for note in remarks]


def applied_json(applied: Applied) -> Json:
    """Return the result of each change, with its reason."""
    return [
        {
            "address": str(result.change.address),
            "action": result.change.action.value,
            "outcome": result.outcome.value,
            "reason": result.reason,
            "fix": result.fix,
        }
        for result in applied.results
    ]


def verified_json(answers: Iterable[Verified]) -> Json:
    """Return the answers with their expected and observed verdicts."""
    return [
        {
            "account": answer.probe.account,
            "asked": answer.probe.asked,
            "expected": answer.probe.expected.value,
            "got": answer.got.verdict.value,
            "detail": answer.got.detail,
            "agrees": answer.agrees,
        }
        for answer in answers
    ]


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
        "wanted": _object(change.wanted) if change.wanted is not None else None,
    }


def _object(wanted: EstateObject) -> Json:
    return {spec.name: _value(getattr(wanted, spec.name)) for spec in fields(wanted)}


def _place(place: Place) -> Json:
    return {"account": place.account, "region": place.region or None, "cluster": place.cluster or None}


def unreadable_json(problem: Unreadable) -> Json:
    """Return what could not be read or compiled, with the reason and fix."""
    return {"where": str(problem.where), "reason": problem.reason, "fix": problem.fix}


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

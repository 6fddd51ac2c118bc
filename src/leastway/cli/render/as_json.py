"""Renders plans, results and answers as JSON values. Field names are those of the classes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from leastway.cli.render.sightings import sightings_json
from leastway.cli.terminal import emit
from leastway.estate import Address, Note, Place
from leastway.reconcile import Applied, Plan, change_json, unreadable_json
from leastway.verify import ProbeVerdict, Verified

__all__ = [
    "applied_json",
    "emit",
    "not_included_json",
    "notes_json",
    "plan_json",
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
        "other_access": sightings_json(plan.sightings),
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
            "evidence": answer.got.evidence.name.lower() if answer.got.verdict is not ProbeVerdict.SKIPPED else None,
            "detail": answer.got.detail,
            "agrees": answer.agrees,
        }
        for answer in answers
    ]

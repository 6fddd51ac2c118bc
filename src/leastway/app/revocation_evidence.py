"""The evidence of a revocation: a JSON file for the security team, written even when something failed.

It says what was cut and when, what was tried as the platform before and after, what could not be tried, and what a
revocation cannot cut. It contains no secrets.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path

from leastway.app.evidence import Evidence, dated_file, write_evidence_file
from leastway.app.open_grant import OpenGrant
from leastway.app.revoked import Revoked, Tried
from leastway.estate import EstateObject, Sighting
from leastway.reconcile import Change, CutStep, Outcome

__all__ = ["revocation_evidence", "write_revocation_evidence"]


def write_revocation_evidence(open_grant: OpenGrant, done: Revoked, path: Path | None = None) -> tuple[Path, Evidence]:
    """Write the evidence to `path`, by default a dated file in the state folder; return the path and the evidence."""
    where = path or dated_file(open_grant.settings.evidence, f"{open_grant.grant.name}-revoked", done.finished)
    content = revocation_evidence(open_grant, done)
    write_evidence_file(content, where)
    return where, content


def revocation_evidence(open_grant: OpenGrant, done: Revoked) -> Evidence:
    """Return the evidence as JSON values; times are UTC, in ISO 8601.

    `verdict` is `cut off` only if in each account a request worked before and was refused afterwards, and nothing was
    found that still works. `removed` has the fields of each object, so that it can be put back by hand.
    """
    results = [result for applied in done.removed for result in applied.results]
    return {
        "evidence": "revocation",
        "grant": open_grant.grant.name,
        "platform": {"name": open_grant.grant.platform.name, "principal": open_grant.grant.platform.comes_in_as},
        "started": done.started.isoformat(),
        "finished": done.finished.isoformat(),
        "verdict": done.verdict.value,
        "complete": done.is_complete,
        "given_up": sorted(done.given_up),
        "principals": [_step(step) for step in done.steps],
        "removed": [
            {"what": str(result.change.address), "unique_id": live.unique_id, **_fields(live.object)}
            for result in results
            if result.outcome is Outcome.DONE and result.change.wanted is None
            if (live := result.change.live) is not None
        ],
        "gone_since_earlier_runs": [asdict(removal) for removal in done.earlier],
        "not_recorded": done.not_recorded,
        "failed": [
            {"what": str(result.change.address), "outcome": result.outcome.value, "reason": result.reason}
            for result in results
            if result.outcome is not Outcome.DONE
        ],
        "held": [_held(change) for change in (*done.plan.left, *done.left.open)],
        "checked": {
            "times_in_a_row": done.in_a_row,
            "not_confirmed": dict(done.unconfirmed),
            "still_there": [str(change.address) for change in done.left.writes],
            "unreadable": [{"where": str(one.where), "reason": one.reason} for one in done.left.unreadable],
            "not_read": done.not_looked,
            "accounts_without_proof": list(done.unproved),
        },
        "tried": [_tried(one) for one in done.tried],
        "other_access": [_sighting(one) for one in done.sightings],
        "not_cut": [{"what": one.what, "why": one.why, "look": one.look, "found": None} for one in done.remaining],
    }


def _step(step: CutStep) -> Evidence:
    return {
        "what": str(step.principal),
        "step": step.act.value,
        "outcome": step.outcome.value,
        "detail": step.detail,
        "since": step.at.isoformat() if step.at is not None else None,
        "reason": step.reason,
        "fix": step.fix,
    }


def _held(change: Change) -> Evidence:
    return {"what": str(change.address), "reason": change.reason, "fix": change.fix}


def _tried(one: Tried) -> Evidence:
    return {
        "account": one.probe.account,
        "asked": one.probe.asked,
        "before": one.before.verdict.value,
        "after": one.after.verdict.value if one.after is not None else None,
        "refused": one.refused,
        "detail": (one.after or one.before).detail,
    }


def _sighting(one: Sighting) -> Evidence:
    return {
        "where": str(one.place),
        "way": one.way.value,
        "name": one.name,
        "weight": one.weight.value,
        "text": one.text,
        "fix": one.fix,
    }


def _fields(removed: EstateObject) -> Evidence:
    found = ((spec.name, getattr(removed, spec.name)) for spec in fields(removed) if spec.name != "place")
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in found}

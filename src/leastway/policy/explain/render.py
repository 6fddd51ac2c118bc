"""Formatting an explanation as text for people and as JSON for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.policy.explain.explanation import Element, Explanation, Failure
from leastway.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.policy.evaluate import StatementRef

__all__ = ["as_json", "render_explanation"]


def render_explanation(explanation: Explanation) -> str:
    """Return the explanation as lines of text: the verdict, the deciding statement, the nearest misses."""
    return "\n".join(map(shown, _lines(explanation)))


def _lines(explanation: Explanation) -> Iterator[str]:
    decision = explanation.decision
    yield decision.verdict.value
    if decision.decided_by:
        yield f"  decided by {decision.decided_by}"
    for note in explanation.notes:
        yield f"  {note}"
    for miss in explanation.misses:
        yield f"  nearest: {miss.ref}"
        for failure in miss.failures:
            yield f"    {_sentence(failure)}"
            if failure.hint:
                yield f"      {failure.hint}"


def _sentence(failure: Failure) -> str:
    name = f"{failure.operator} {failure.key}" if failure.element is Element.CONDITION else failure.element.value
    found = ", ".join(failure.found) if failure.found else "nothing"
    wanted = " or ".join(failure.wanted) or "nothing"
    return f"{name}: the request has {found}; {'anything except ' if failure.excluded else ''}{wanted} would match"


def as_json(explanation: Explanation) -> dict[str, object]:
    """Return the explanation as plain values: verdict, decided_by, missing_allow, notes, misses."""
    decision = explanation.decision
    return {
        "verdict": decision.verdict.value,
        "decided_by": _ref(decision.decided_by) if decision.decided_by else None,
        "missing_allow": decision.missing_allow.value if decision.missing_allow else None,
        "notes": list(explanation.notes),
        "misses": [
            {"statement": _ref(miss.ref), "failures": [_failure(failure) for failure in miss.failures]}
            for miss in explanation.misses
        ],
    }


def _ref(ref: StatementRef) -> dict[str, object]:
    return {
        "kind": ref.kind.value,
        "level": ref.level,
        "policy": ref.policy,
        "statement": ref.index,
        "sid": ref.statement.sid,
    }


def _failure(failure: Failure) -> dict[str, object]:
    return {
        "element": failure.element.value,
        "operator": failure.operator,
        "key": failure.key,
        "found": list(failure.found),
        "wanted": list(failure.wanted),
        "excluded": failure.excluded,
        "hint": failure.hint,
    }

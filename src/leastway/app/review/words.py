"""The words and states of one change and one proof, which the tables and the lines of the pictures share."""

from __future__ import annotations

import json
from collections.abc import Iterator

from leastway.export.review import Item, State
from leastway.policy.prove import Unknown
from leastway.proof import Proof
from leastway.reconcile import Change, ChangeAction, change_json

__all__ = [
    "NOT_READ",
    "PROOF_STATES",
    "STATES",
    "change_details",
    "change_state",
    "change_word",
    "count",
    "proof_item",
]

NOT_READ = "not read"
STATES = {"as expected": State.GOOD, "unknown": State.UNKNOWN, NOT_READ: State.NOT_READ, "no claim": State.NOT_READ}
PROOF_STATES = {"proved": State.GOOD, "refuted": State.BAD, "unknown": State.UNKNOWN}
_LONGEST = 600
"""Characters of a value in a difference; the plan as JSON has all of it."""


def change_word(change: Change) -> str:
    """Return the state of an object compared with the grant, for the table and for the edges that depend on it."""
    match change.action:
        case ChangeAction.NONE:
            return "as expected"
        case ChangeAction.FOREIGN:
            return "differs" if change.differences else "as expected"
        case ChangeAction.UNKNOWN:
            return "unknown"
        case ChangeAction.DELETE | ChangeAction.STRAY:
            return "not in the grant"
        case (
            ChangeAction.CREATE | ChangeAction.UPDATE | ChangeAction.ADOPT | ChangeAction.REPLACE | ChangeAction.BLOCKED
        ):
            if change.wanted is None:
                return "not in the grant"
            return "missing" if change.live is None else "differs"


def change_state(change: Change) -> State:
    """Return the state of a change: only what matches the grant is good."""
    return STATES.get(change_word(change), State.BAD)


def change_details(change: Change) -> Iterator[str]:
    """Yield the fix and the differences of a change."""
    if change.fix:
        yield f"fix: {change.fix}"
    for one in change_json(change)["differences"]:
        yield f"{one['field']}: {_short(one['before'])} -> {_short(one['after'])}"


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"


def proof_item(proof: Proof) -> Item:
    """Return a proof as a row, with its counterexample or reason."""
    verdict = proof.verdict
    details = [proof.detail] if proof.detail else []
    if proof.description:
        details += [f"counterexample: {line}" for line in proof.description.split("\n")]
    if isinstance(verdict, Unknown):
        details.append(verdict.reason)
    if proof.unread:
        details.append(f"not read, and assumed not to deny it: {', '.join(proof.unread)}")
    return Item(PROOF_STATES[verdict.word], verdict.word, proof.subject, proof.text, tuple(details))


def count(number: int, word: str) -> str:
    """Return the number with its noun, in the plural if needed."""
    return f"{number} {word}{'' if number == 1 else 's'}"

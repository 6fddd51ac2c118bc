"""The sections of an access review: each puts the answer to one question into words, and judges nothing itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from leastway.app.open_grant import OpenGrant
from leastway.app.plan import Planned
from leastway.app.review.words import (
    NOT_READ,
    change_details,
    change_state,
    change_word,
    count,
    proof_item,
)
from leastway.estate import (
    Note,
    Sighting,
    Unreadable,
    Weight,
)
from leastway.export.review import Item, ReviewSection, State
from leastway.policy.prove import Proved
from leastway.proof import Proof
from leastway.reconcile import ChangeAction
from leastway.verify import ProbeVerdict, Verified, gaps, verdict

__all__ = ["sections"]

_WEIGHTS = {
    Weight.REMARK: (State.NOT_READ, "note"),
    Weight.DIFFERS: (State.BAD, "differs"),
    Weight.UNKNOWN: (State.UNKNOWN, "unknown"),
}


def sections(
    open_grant: OpenGrant,
    proofs: Sequence[Proof],
    planned: Planned | None,
    answers: Sequence[Verified],
    remarks: Sequence[Note],
) -> tuple[ReviewSection, ...]:
    """Return the sections in the order of the page."""
    return (
        _dangers(remarks),
        _plan(planned),
        _proofs(proofs, is_live=planned is not None),
        _verification(planned, answers),
        _other_access(planned),
        _exclusions(open_grant, planned),
        _remarks(remarks),
    )


def _dangers(remarks: Iterable[Note]) -> ReviewSection:
    items = tuple(Item(State.BAD, "dangerous", one.where, one.text) for one in remarks if one.is_unsafe)
    summary = (
        f"{count(len(items), 'part')} of the grant need{'s' if len(items) == 1 else ''} a reason"
        if items
        else "The grant has nothing that needs a reason"
    )
    return ReviewSection("dangers", "Dangerous on purpose", State.BAD if items else State.GOOD, f"{summary}.", items)


def _remarks(remarks: Iterable[Note]) -> ReviewSection:
    places: dict[str, list[str]] = {}
    for one in remarks:
        if not one.is_unsafe:
            places.setdefault(one.text, []).append(one.where)
    items = tuple(Item(State.NOT_READ, "note", _first(where), text) for text, where in places.items())
    state, word = (State.NOT_READ, "to read") if items else (State.GOOD, "")
    return ReviewSection("notes", "Notes", state, f"{count(len(items), 'note')}.", items, word)


def _first(places: Sequence[str]) -> str:
    return places[0] if len(places) == 1 else f"{places[0]} and {len(places) - 1} more"


def _plan(planned: Planned | None) -> ReviewSection:
    title = "Plan: does everything match the grant?"
    if planned is None:
        return ReviewSection("plan", title, State.NOT_READ, "Not read.")
    plan = planned.plan
    counts = Counter(change_word(change) for change in plan)
    said = ", ".join(f"{number} {word}" for word, number in sorted(counts.items())) or "no objects"
    state = State.GOOD if plan.is_clean else State.UNKNOWN if plan.is_unknown else State.BAD
    items = tuple(
        Item(
            change_state(change),
            change_word(change),
            str(change.address),
            f"{change.action.value}: {change.reason}",
            tuple(change_details(change)),
        )
        for change in plan
        if change_state(change) is not State.GOOD
    )
    return ReviewSection("plan", title, state, f"{len(plan.changes)} objects: {said}.", items)


def _proofs(proofs: Sequence[Proof], *, is_live: bool) -> ReviewSection:
    counts = Counter(proof.verdict.word for proof in proofs)
    state = State.BAD if counts["refuted"] else State.GOOD if proofs and not counts["unknown"] else State.UNKNOWN
    said = ", ".join(f"{counts[word]} {word}" for word in ("proved", "refuted", "unknown") if counts[word])
    what = "what is installed" if is_live else "what the grant compiles to"
    dates = sorted({proof.verdict.basis.catalog_date.isoformat() for proof in proofs})
    basis = f" A wildcard means the actions of the catalog of {', '.join(dates)}." if dates else ""
    items = tuple(proof_item(proof) for proof in proofs if not isinstance(proof.verdict, Proved))
    summary = f"{len(proofs)} claims about {what}: {said or 'nothing to prove'}.{basis}"
    return ReviewSection("proofs", "Proofs: can the platform do more than the grant?", state, summary, items)


def _verification(planned: Planned | None, answers: Sequence[Verified]) -> ReviewSection:
    title = "Verification: does the access work, and is the rest denied?"
    if planned is None:
        return ReviewSection("verification", title, State.NOT_READ, "Not read.")
    whole = {ProbeVerdict.ALLOWED: State.GOOD, ProbeVerdict.DENIED: State.BAD}.get(verdict(answers), State.UNKNOWN)
    counts = Counter(_answer_word(answer) for answer in answers)
    said = ", ".join(f"{number} {word}" for word, number in sorted(counts.items())) or "none"
    items = [Item(State.UNKNOWN, "unknown", gap.account, str(gap)) for gap in gaps(answers)]
    items += [_answer(answer) for answer in answers]
    return ReviewSection("verification", title, whole, f"{len(answers)} checks: {said}.", tuple(items))


def _answer_word(answer: Verified) -> str:
    if answer.agrees and answer.got.evidence.is_weaker:
        return "as expected by weaker evidence"
    if answer.agrees:
        return "as expected"
    return "differs" if answer.differs else answer.got.verdict.value


def _answer(answer: Verified) -> Item:
    is_tried = not answer.got.evidence.is_weaker
    state = State.GOOD if answer.agrees and is_tried else State.BAD if answer.differs else State.UNKNOWN
    detail = (answer.got.detail,) if answer.got.detail else ()
    text = f"{answer.probe.asked}: must be {answer.probe.expected.value}, is {answer.got.verdict.value}"
    return Item(state, _answer_word(answer), answer.probe.account, text, detail)


def _other_access(planned: Planned | None) -> ReviewSection:
    title = "Other access of the platform"
    if planned is None:
        return ReviewSection("other-access", title, State.NOT_READ, "Not read.")
    items = tuple(map(_sighting, planned.plan.sightings))
    states = {item.state for item in items}
    state = State.UNKNOWN if State.UNKNOWN in states else State.BAD if State.BAD in states else State.GOOD
    if planned.plan.unreadable and state is State.GOOD:
        state = State.UNKNOWN
    summary = f"{count(len(items), 'finding')}." if items else "None was found in what could be read."
    return ReviewSection("other-access", title, state, summary, items)


def _sighting(one: Sighting) -> Item:
    state, word = _WEIGHTS[one.weight]
    text = f"{one.way.value} {one.name}: {one.text}"
    return Item(state, word, str(one.place), text, (f"fix: {one.fix}",) if one.fix else ())


def _exclusions(open_grant: OpenGrant, planned: Planned | None) -> ReviewSection:
    title = "What was not read"
    if planned is None:
        return ReviewSection("not-read", title, State.NOT_READ, "Nothing was read: no account and no cluster.")
    items = [_unread(problem) for problem in planned.plan.unreadable]
    items += [_sighting(one) for one in planned.plan.sightings if one.weight is Weight.UNKNOWN]
    listed = {problem.where for problem in planned.plan.unreadable}
    items += [
        Item(State.UNKNOWN, "unknown", str(change.address), change.reason)
        for change in planned.plan
        if change.action is ChangeAction.UNKNOWN and not {change.address, change.address.place} & listed
    ]
    items += [Item(State.NOT_READ, NOT_READ, str(where), "it was not included") for where in planned.plan.left_out]
    items += [Item(State.NOT_READ, NOT_READ, where, "it was given up") for where in sorted(open_grant.given_up)]
    summary = (
        f"{count(len(items), 'thing')} could not be read or was not included." if items else "Everything was read."
    )
    return ReviewSection("not-read", title, State.UNKNOWN if items else State.GOOD, summary, tuple(items))


def _unread(problem: Unreadable) -> Item:
    return Item(
        State.UNKNOWN, "unknown", str(problem.where), problem.reason, (f"fix: {problem.fix}",) if problem.fix else ()
    )

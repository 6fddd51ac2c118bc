"""Review a grant: put what plan, prove and verify find into words, for the page of `leastway export html`.

Without `live`, nothing is called: the page shows what the grant compiles to, the proofs about that, and "not read" for
everything else. With `live`, the accounts are read once, and the same functions judge as for `plan`, `prove --live` and
`verify`. External ids are cut to their first four characters.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from leastway import __version__
from leastway.app.open_grant import OpenGrant
from leastway.app.plan import Planned, expected_ids, make_plan, plan_remarks
from leastway.app.progress import Progress
from leastway.app.prove import prove_compiled, prove_planned
from leastway.app.verify import caller_of, verify_grant
from leastway.compiler import compile_for_mode, notes
from leastway.errors import LeastwayError
from leastway.estate import (
    Address,
    AuthMode,
    EstateObject,
    Note,
    Role,
    Sighting,
    Unreadable,
    Weight,
    asked_ids,
)
from leastway.export.picture import Edge, NodeKind, picture_of
from leastway.export.review import AccountReview, Item, Review, ReviewedEdge, Section, State, page_of
from leastway.grant import profile_digest, profile_name
from leastway.policy.prove import Proved, Refuted, Unknown
from leastway.primitives import write_private
from leastway.proof import Claim, Look, Proof
from leastway.reconcile import Change, ChangeAction, change_json
from leastway.verify import ProbeVerdict, Verified, gaps, verdict

__all__ = ["Reviewed", "make_review", "write_review"]

_NOT_READ = "not read"
_LONGEST = 600
"""Characters of a value in a difference; the plan as JSON has all of it."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The page as HTML text, and what it was made from: `planned` is None and `answers` are empty without `live`."""

    page: str
    proofs: tuple[Proof, ...]
    planned: Planned | None = None
    answers: tuple[Verified, ...] = ()


def make_review(open_grant: OpenGrant, *, live: bool = False, progress: Progress | None = None) -> Reviewed:
    """Return the page of the grant. With `live`, accounts and clusters are read, and the access is tried."""
    if not live:
        proofs = prove_compiled(open_grant, progress=progress)
        return Reviewed(page_of(_review(open_grant, proofs, None, ())), proofs)
    planned = make_plan(open_grant, look=Look.EVERYWHERE, progress=progress)
    proofs = prove_planned(open_grant, planned, progress=progress)
    answers = verify_grant(open_grant, planned, caller_of(open_grant), progress=progress)
    return Reviewed(page_of(_review(open_grant, proofs, planned, answers)), proofs, planned, answers)


def write_review(path: Path, page: str) -> None:
    """Write the page to the file `path`, for its owner only: it shows who has which access. Errors: LeastwayError."""
    try:
        if path.is_symlink():
            raise OSError(0, "it is a link, and leastway does not write through links")
        write_private(path, page)
    except OSError as error:
        fix = "give another file with --out"
        raise LeastwayError(f"the page cannot be written: {error.strerror}", where=str(path), fix=fix) from error


def _review(
    open_grant: OpenGrant, proofs: Sequence[Proof], planned: Planned | None, answers: Sequence[Verified]
) -> Review:
    grant = open_grant.grant
    remarks = plan_remarks(open_grant, planned) if planned else notes(grant)
    hide = _hiding(_external_ids(open_grant, planned))
    facts = [
        ("grant", f"{grant.name} ({grant.source.name})"),
        *((f"digest of {name}", digest) for name, digest in grant.digests),
        ("platform profile", profile_name(grant.platform)),
        ("digest of the profile", profile_digest(grant.platform)),
        ("principal of the platform", str(grant.platform.principal)),
        ("identity", grant.identity.value),
        ("accounts and clusters", f"{len(grant.accounts)} and {sum(len(one.clusters) for one in grant.accounts)}"),
        (
            "accounts read",
            planned.now.isoformat(timespec="seconds") if planned else "no: this page shows the grant alone",
        ),
        ("page made", f"{open_grant.clock.now().isoformat(timespec='seconds')} by leastway {__version__}"),
    ]
    sections = (
        _dangers(remarks),
        _plan(planned),
        _proofs(proofs, is_live=planned is not None),
        _verification(planned, answers),
        _other_access(planned),
        _exclusions(open_grant, planned),
        _remarks(remarks),
    )
    texts = [] if planned else [_OFFLINE]
    review = Review(grant.name, tuple(facts), tuple(texts), sections, tuple(_accounts(open_grant, proofs, planned)))
    return _hidden(review, hide)


_OFFLINE = (
    "No account was read: so no line has a state, and the picture shows every cluster as if its"
    " authentication mode were API. `leastway export html --live` reads the accounts and tries the access."
)


def _dangers(remarks: Iterable[Note]) -> Section:
    items = tuple(Item(State.BAD, "dangerous", one.where, one.text) for one in remarks if one.is_unsafe)
    summary = (
        f"{_count(len(items), 'part')} of the grant need a reason"
        if items
        else "The grant has nothing that needs a reason"
    )
    return Section("dangers", "Dangerous on purpose", State.BAD if items else State.GOOD, f"{summary}.", items)


def _remarks(remarks: Iterable[Note]) -> Section:
    places: dict[str, list[str]] = {}
    for one in remarks:
        if not one.is_unsafe:
            places.setdefault(one.text, []).append(one.where)
    items = tuple(Item(State.NOT_READ, "note", _first(where), text) for text, where in places.items())
    state, word = (State.NOT_READ, "to read") if items else (State.GOOD, "")
    return Section("notes", "Notes", state, f"{_count(len(items), 'note')}.", items, word)


def _first(places: Sequence[str]) -> str:
    return places[0] if len(places) == 1 else f"{places[0]} and {len(places) - 1} more"


def _plan(planned: Planned | None) -> Section:
    title = "Plan: does everything match the grant?"
    if planned is None:
        return Section("plan", title, State.NOT_READ, "Not read.")
    plan = planned.plan
    counts = Counter(_word(change) for change in plan)
    said = ", ".join(f"{number} {word}" for word, number in sorted(counts.items())) or "no objects"
    state = State.GOOD if plan.is_clean else State.UNKNOWN if plan.is_unknown else State.BAD
    items = tuple(
        Item(
            _state(change),
            _word(change),
            str(change.address),
            f"{change.action.value}: {change.reason}",
            tuple(_details(change)),
        )
        for change in plan
        if _state(change) is not State.GOOD
    )
    return Section("plan", title, state, f"{len(plan.changes)} objects: {said}.", items)


def _word(change: Change) -> str:
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


_STATES = {"as expected": State.GOOD, "unknown": State.UNKNOWN, _NOT_READ: State.NOT_READ, "no claim": State.NOT_READ}
_WORST = ("unknown", "not in the grant", "missing", "differs", "as expected")


def _state(change: Change) -> State:
    return _STATES.get(_word(change), State.BAD)


def _details(change: Change) -> Iterator[str]:
    if change.fix:
        yield f"fix: {change.fix}"
    for one in change_json(change)["differences"]:
        yield f"{one['field']}: {_short(one['before'])} -> {_short(one['after'])}"


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"


def _proofs(proofs: Sequence[Proof], *, is_live: bool) -> Section:
    counts = Counter(_proof_word(proof) for proof in proofs)
    state = State.BAD if counts["refuted"] else State.GOOD if proofs and not counts["unknown"] else State.UNKNOWN
    said = ", ".join(f"{counts[word]} {word}" for word in ("proved", "refuted", "unknown") if counts[word])
    what = "what is installed" if is_live else "what the grant compiles to"
    dates = sorted({proof.verdict.basis.catalog_date.isoformat() for proof in proofs})
    basis = f" A wildcard means the actions of the catalog of {', '.join(dates)}." if dates else ""
    items = tuple(_proof(proof) for proof in proofs if not isinstance(proof.verdict, Proved))
    summary = f"{len(proofs)} claims about {what}: {said or 'nothing to prove'}.{basis}"
    return Section("proofs", "Proofs: can the platform do more than the grant?", state, summary, items)


def _proof_word(proof: Proof) -> str:
    match proof.verdict:
        case Proved():
            return "proved"
        case Refuted():
            return "refuted"
        case Unknown():
            return "unknown"


_PROOF_STATES = {"proved": State.GOOD, "refuted": State.BAD, "unknown": State.UNKNOWN}


def _proof(proof: Proof) -> Item:
    verdict = proof.verdict
    details = [proof.detail] if proof.detail else []
    if isinstance(verdict, Refuted) and verdict.counterexample:
        details += [f"counterexample: {line}" for line in verdict.counterexample.describe().split("\n")]
    if isinstance(verdict, Unknown):
        details.append(verdict.reason)
    if proof.unread:
        details.append(f"not read, and assumed not to deny it: {', '.join(proof.unread)}")
    word = _proof_word(proof)
    return Item(_PROOF_STATES[word], word, proof.subject, proof.text, tuple(details))


def _verification(planned: Planned | None, answers: Sequence[Verified]) -> Section:
    title = "Verification: does the access work, and is the rest denied?"
    if planned is None:
        return Section("verification", title, State.NOT_READ, "Not read.")
    whole = {ProbeVerdict.ALLOWED: State.GOOD, ProbeVerdict.DENIED: State.BAD}.get(verdict(answers), State.UNKNOWN)
    counts = Counter(_answer_word(answer) for answer in answers)
    said = ", ".join(f"{number} {word}" for word, number in sorted(counts.items())) or "none"
    items = [Item(State.UNKNOWN, "unknown", gap.account, str(gap)) for gap in gaps(answers)]
    items += [_answer(answer) for answer in answers]
    return Section("verification", title, whole, f"{len(answers)} checks: {said}.", tuple(items))


def _answer_word(answer: Verified) -> str:
    if answer.agrees:
        return "as expected"
    return "differs" if answer.differs else answer.got.verdict.value


def _answer(answer: Verified) -> Item:
    state = State.GOOD if answer.agrees else State.BAD if answer.differs else State.UNKNOWN
    detail = (answer.got.detail,) if answer.got.detail else ()
    text = f"{answer.probe.asked}: must be {answer.probe.expected.value}, is {answer.got.verdict.value}"
    return Item(state, _answer_word(answer), answer.probe.account, text, detail)


def _other_access(planned: Planned | None) -> Section:
    title = "Other access of the platform"
    if planned is None:
        return Section("other-access", title, State.NOT_READ, "Not read.")
    items = tuple(map(_sighting, planned.plan.sightings))
    states = {item.state for item in items}
    state = State.UNKNOWN if State.UNKNOWN in states else State.BAD if State.BAD in states else State.GOOD
    if planned.plan.unreadable and state is State.GOOD:
        state = State.UNKNOWN
    summary = f"{_count(len(items), 'finding')}." if items else "None was found in what could be read."
    return Section("other-access", title, state, summary, items)


_WEIGHTS = {
    Weight.REMARK: (State.NOT_READ, "note"),
    Weight.DIFFERS: (State.BAD, "differs"),
    Weight.UNKNOWN: (State.UNKNOWN, "unknown"),
}


def _sighting(one: Sighting) -> Item:
    state, word = _WEIGHTS[one.weight]
    text = f"{one.way.value} {one.name}: {one.text}"
    return Item(state, word, str(one.place), text, (f"fix: {one.fix}",) if one.fix else ())


def _exclusions(open_grant: OpenGrant, planned: Planned | None) -> Section:
    title = "What was not read"
    if planned is None:
        return Section("not-read", title, State.NOT_READ, "Nothing was read: no account and no cluster.")
    items = [_unread(problem) for problem in planned.plan.unreadable]
    items += [Item(State.NOT_READ, _NOT_READ, str(where), "it was not included") for where in planned.plan.left_out]
    items += [Item(State.NOT_READ, _NOT_READ, where, "it was given up") for where in sorted(open_grant.given_up)]
    summary = f"{_count(len(items), 'place')} not read." if items else "Everything was read."
    return Section("not-read", title, State.UNKNOWN if items else State.GOOD, summary, tuple(items))


def _unread(problem: Unreadable) -> Item:
    return Item(
        State.UNKNOWN, "unknown", str(problem.where), problem.reason, (f"fix: {problem.fix}",) if problem.fix else ()
    )


def _accounts(open_grant: OpenGrant, proofs: Sequence[Proof], planned: Planned | None) -> Iterator[AccountReview]:
    """Yield each account. The picture also has live objects that the grant does not have, and clusters not read."""
    grant = open_grant.grant
    objects: dict[Address, EstateObject] = {}
    words: dict[Address, str] = {}
    if planned is None:
        objects = {one.address: one for one in compile_for_mode(grant, AuthMode.API).estate}
    else:
        for change in planned.plan:
            words[change.address] = _word(change)
            if (each := change.wanted or (change.live.object if change.live else None)) is not None:
                objects[change.address] = each
        closed = {problem.where for problem in planned.compiled.unreadable}
        for one in compile_for_mode(grant, AuthMode.API).estate:
            if one.address.place in closed:
                objects.setdefault(one.address, one)
    by_account: dict[str, list[EstateObject]] = {}
    for address, each in objects.items():
        by_account.setdefault(address.place.account, []).append(each)
    proofs_of: dict[str, list[Proof]] = {}
    for proof in proofs:
        proofs_of.setdefault(proof.account, []).append(proof)
    for account in dict.fromkeys([*(str(one.id) for one in grant.accounts), *by_account, *proofs_of]):
        edges = picture_of(account, grant.platform.name, by_account.get(account, ())).edges
        here = proofs_of.get(account, [])
        reviewed = tuple(_edge(edge, words if planned else None, here) for edge in edges)
        yield AccountReview(account, reviewed, tuple(map(_proof, here)))


def _edge(edge: Edge, words: Mapping[Address, str] | None, proofs: Sequence[Proof]) -> ReviewedEdge:
    if words is None:
        word = _NOT_READ
    else:
        found = {words.get(address, "unknown") for address in edge.objects}
        word = next((each for each in _WORST if each in found), "unknown")
    proof = _proof_of(edge, proofs)
    return ReviewedEdge(edge, _STATES.get(word, State.BAD), word, _PROOF_STATES.get(proof, State.NOT_READ), proof)


def _proof_of(edge: Edge, proofs: Sequence[Proof]) -> str:
    """Return the worst verdict of the claims that an edge depends on; proofs are about IAM, not about Kubernetes."""
    if edge.target.kind is NodeKind.ROLE:
        subject, claims = edge.target.key, {Claim.TRUST}
    elif edge.target.kind is NodeKind.POLICY:
        subject, claims = edge.source.key, {Claim.RIGHTS, Claim.BOUNDARY, Claim.WIDENING}
    else:
        return "no claim"
    found = {_proof_word(proof) for proof in proofs if proof.subject == subject and proof.claim in claims}
    return next((word for word in ("refuted", "unknown", "proved") if word in found), "no claim")


def _external_ids(open_grant: OpenGrant, planned: Planned | None) -> set[str]:
    """Return every external id that a text may contain: those of the grant and the store, and those of live roles."""
    known = planned.external_ids if planned else expected_ids(open_grant.grant, open_grant.store)
    found = {one for ids in known.by_role.values() for one in ids.known}
    if planned:
        live = (one.object for one in planned.observation.objects.values())
        found |= {one for role in live if isinstance(role, Role) for one in asked_ids(role.trust).ids}
    return {one for one in found if one}


def _hiding(ids: Collection[str]) -> Callable[[str], str]:
    """Return a function that cuts every external id in a text to its first four characters."""
    longest_first = sorted(ids, key=len, reverse=True)

    def hide(text: str) -> str:
        for one in longest_first:
            if one in text:
                text = text.replace(one, f"{one[:4]}…")
        return text

    return hide


def _hidden(review: Review, hide: Callable[[str], str]) -> Review:
    def items(found: Iterable[Item]) -> tuple[Item, ...]:
        return tuple(replace(one, text=hide(one.text), details=tuple(map(hide, one.details))) for one in found)

    sections = tuple(replace(one, items=items(one.items)) for one in review.sections)
    accounts = tuple(replace(one, proofs=items(one.proofs)) for one in review.accounts)
    return replace(review, sections=sections, accounts=accounts)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"

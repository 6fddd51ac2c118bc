"""The accounts of an access review: who reaches what, and the state and proof of each line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from leastway.app.open_grant import OpenGrant
from leastway.app.plan import Planned
from leastway.app.review.words import (
    NOT_READ,
    PROOF_STATES,
    STATES,
    change_word,
    proof_item,
)
from leastway.compiler import compile_for_mode
from leastway.estate import (
    Address,
    AuthMode,
    EstateObject,
)
from leastway.export.picture import LIMITED, Edge, NodeKind, picture_of
from leastway.export.review import NO_CLAIM, AccountReview, ReviewedEdge, State
from leastway.proof import Claim, Proof

__all__ = ["accounts"]

_WORST = ("unknown", "not in the grant", "missing", "differs", "as expected")


def accounts(open_grant: OpenGrant, proofs: Sequence[Proof], planned: Planned | None) -> Iterator[AccountReview]:
    """Yield each account. The picture also has live objects that the grant does not have, and clusters not read."""
    grant = open_grant.grant
    objects: dict[Address, EstateObject] = {}
    words: dict[Address, str] = {}
    if planned is None:
        objects = {one.address: one for one in compile_for_mode(grant, AuthMode.API).estate}
    else:
        for change in planned.plan:
            words[change.address] = change_word(change)
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
        yield AccountReview(account, reviewed, tuple(map(proof_item, here)))


def _edge(edge: Edge, words: Mapping[Address, str] | None, proofs: Sequence[Proof]) -> ReviewedEdge:
    if words is None:
        word = NOT_READ
    else:
        found = {words.get(address, "unknown") for address in edge.objects}
        word = next((each for each in _WORST if each in found), "unknown")
    proof = _proof_of(edge, proofs)
    return ReviewedEdge(edge, STATES.get(word, State.BAD), word, PROOF_STATES.get(proof, State.NOT_READ), proof)


def _proof_of(edge: Edge, proofs: Sequence[Proof]) -> str:
    """Return the worst verdict of the claims that an edge depends on; proofs are about IAM, not about Kubernetes."""
    if edge.target.kind is NodeKind.ROLE:
        subject, claims = edge.target.key, {Claim.TRUST}
    elif edge.target.kind is NodeKind.POLICY:
        subject, claims = edge.source.key, {Claim.RIGHTS, Claim.BOUNDARY, Claim.WIDENING}
        if edge.label == LIMITED:
            claims.add(Claim.NEEDS)  # what a boundary denies, a need may be missing
    else:
        return NO_CLAIM
    found = {proof.verdict.word for proof in proofs if proof.subject == subject and proof.claim in claims}
    return next((word for word in ("refuted", "unknown", "proved") if word in found), NO_CLAIM)

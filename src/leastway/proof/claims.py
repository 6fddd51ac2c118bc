"""What is claimed of each user and role of an account, and the proof of it.

A policy that could not be read never helps a proof: it is taken to allow everything where that would do harm. What
it might deny is not counted on either way; the proof names it (`Proof.unread`).
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace

from leastway.estate import Role, RoleIds, Stage, Trusting
from leastway.policy import Document, PolicyKind, PolicySet, parse_policy
from leastway.policy.catalog import Catalog
from leastway.policy.prove import (
    Basis,
    Proved,
    Refuted,
    Unknown,
    Verdict,
    admits_only,
    basis_of,
    cannot_widen,
    compare,
    impossible,
    possible,
)
from leastway.proof.contract import Need, RoleContract
from leastway.proof.holdings import Holding, opened

__all__ = ["Claim", "Claims", "Proof"]

_NOBODY = Document(PolicyKind.TRUST, ())


class Claim(enum.Enum):
    """The kinds of claim."""

    RIGHTS = "rights"
    BOUNDARY = "boundary"
    TRUST = "trust"
    WIDENING = "widening"
    NEEDS = "needs"


@dataclass(frozen=True, slots=True)
class Proof:
    """One claim about one user or role, and its verdict. `detail` says what a refuted claim comes to."""

    account: str
    subject: str
    """The ARN of the user or role."""
    claim: Claim
    text: str
    verdict: Verdict
    detail: str = ""
    unread: tuple[str, ...] = ()
    """Policies that could not be read: they are taken to deny nothing of what the verdict shows."""
    unmet: tuple[str, ...] = ()
    """The needs that nothing can meet."""


@dataclass(frozen=True, slots=True)
class Claims:
    """Proves claims about the users and roles of one account."""

    account: str
    catalog: Catalog

    def rights(self, held: Holding, bound: PolicySet, named: Sequence[str] = ()) -> Proof:
        """That it may do nothing beyond `bound` and the policies `named` by the grant, which nobody reads."""
        verdict = self._within(held.rights, bound, held)
        text = f"{held.name} may do nothing that the grant does not give"
        if isinstance(verdict, Proved) and held.unread:
            strange = [policy for policy in held.unread if policy not in named]
            most = self._within(held.at_most, bound if strange else opened(bound), held)
            missing = [policy for policy in named if policy not in held.unread]
            if not isinstance(most, Proved):
                verdict = self._unread(most, strange or held.unread)
            elif missing:
                verdict = Unknown(most.basis, f"{', '.join(missing)} is not attached, and what it denies is not known")
        return self._proof(held, Claim.RIGHTS, text, _unless_bounded(held, verdict))

    def boundary(self, held: Holding, bound: PolicySet) -> Proof:
        """That its boundary keeps it within `bound` whatever is attached to it."""
        verdict = self._within(opened(PolicySet(boundary=held.rights.boundary)), bound, held)
        text = f"the boundary of {held.name} holds whatever is attached to it within the grant"
        wanted = held.object.boundary
        if isinstance(verdict, Refuted) and wanted and not held.rights.boundary:
            verdict = Unknown(verdict.basis, f"the boundary {wanted} could not be read")
        return replace(self._proof(held, Claim.BOUNDARY, text, verdict), unread=())

    def trust(self, held: Holding, contract: RoleContract | None) -> Proof:
        """That only the principal of the contract may take the role; without a contract, that nobody may."""
        role = held.object
        if not isinstance(role, Role):
            raise TypeError("only roles have a trust policy")
        if contract is None:
            text = f"{held.name} is not of the grant, and lets nobody in"
            installed, nobody = PolicySet(resource=role.trust), PolicySet(resource=_NOBODY)
            verdict = compare(installed, nobody, catalog=self.catalog, resource_account=self.account)
        else:
            which = _with_ids(contract.external_ids)
            text = f"{held.name} lets in {contract.assumed_by} alone, with {which}, from the listed addresses"
            verdict = admits_only(
                role.trust,
                contract.assumed_by,
                external_ids=contract.external_ids.accepted,
                addresses=contract.addresses,
                role_arn=role.arn,
                catalog=self.catalog,
            )
        return replace(self._proof(held, Claim.TRUST, text, verdict), unread=())

    def widening(self, held: Holding, roles: Sequence[str]) -> Proof:
        """That it cannot widen its own access; `roles` are those that it is meant to take."""
        text = f"{held.name} cannot widen its own access"
        verdict = self._widening(held, held.rights, roles)
        if isinstance(verdict, Proved) and held.unread:
            most = self._widening(held, held.at_most, roles)
            if not isinstance(most, Proved):
                verdict = self._unread(most, held.unread)
        return self._proof(held, Claim.WIDENING, text, _unless_bounded(held, verdict))

    def needs(self, held: Holding, needs: Sequence[Need], role: RoleContract | None = None) -> Proof:
        """That each need has a request that is allowed, the way into `role` included."""
        asked = [(need.text, self._can(held, need)) for need in needs]
        if role and isinstance(held.object, Role):
            asked[:0] = [(way.text, self._can_come_in(held.object, role, way)) for way in role.ways_in]
        text = f"{held.name} serves its purpose: each of {len(asked)} needs has a request that is allowed"
        verdicts = [verdict for _, verdict in asked]
        unmet = [(name, verdict) for name, verdict in asked if isinstance(verdict, Refuted)]
        if unmet:
            names = tuple(name for name, _ in unmet)
            detail = f"nothing allows {'; '.join(names)}"
            return replace(self._proof(held, Claim.NEEDS, text, unmet[0][1]), detail=detail, unmet=names)
        unknown = [verdict for verdict in verdicts if isinstance(verdict, Unknown)]
        verdict = next(iter((*unknown, *verdicts)), Proved(self._basis()))
        if role and role.unread and not unknown:
            verdict = Unknown(verdict.basis, f"what {', '.join(role.unread)} allows could not be read")
        elif held.unread_boundary and not unknown:
            verdict = Unknown(verdict.basis, f"the boundary {held.unread_boundary} could not be read, and may deny it")
        return self._proof(held, Claim.NEEDS, text, verdict)

    def stays_out(self, role: Trusting, callers: Sequence[str]) -> Proof:
        """That a role which the grant does not name lets in none of `callers`."""
        text = f"role {role.name} is not of the grant, and lets in nobody of it"
        verdict: Verdict = Proved(self._basis())
        for caller in callers:
            verdict = impossible(
                PolicySet(resource=role.trust),
                _taking(role.arn),
                by=caller,
                resource_account=self.account,
                catalog=self.catalog,
            )
            if not isinstance(verdict, Proved):
                break
        detail = f"{caller} may take it" if isinstance(verdict, Refuted) else ""
        return Proof(self.account, role.arn, Claim.TRUST, text, verdict, detail)

    def not_read(self, subject: str, name: str, reason: str) -> Proof:
        """That nothing is known of a user or role of the grant, which could not be read."""
        text = f"{name} keeps to the grant"
        return Proof(
            self.account, subject, Claim.RIGHTS, text, Unknown(self._basis(), f"it could not be read: {reason}")
        )

    def absent(self, subject: str, name: str) -> Proof:
        """That a user or role of the grant is not there, so that nothing of what it is for is possible."""
        text = f"{name} serves its purpose"
        return Proof(self.account, subject, Claim.NEEDS, text, Refuted(self._basis()), detail="it does not exist")

    def _within(self, rights: PolicySet, bound: PolicySet, held: Holding) -> Verdict:
        return compare(rights, bound, caller=held.object.arn, catalog=self.catalog)

    def _widening(self, held: Holding, rights: PolicySet, roles: Sequence[str]) -> Verdict:
        """Return whether it may change rights, or take a role whose rights are not those of the grant."""
        verdict = cannot_widen(held.object.arn, rights, catalog=self.catalog)
        if not isinstance(verdict, Proved):
            return verdict
        return impossible(rights, _taking_others(roles), by=held.object.arn, catalog=self.catalog)

    def _can(self, held: Holding, need: Need) -> Verdict:
        return possible(held.rights, need.document, by=held.object.arn, catalog=self.catalog)

    def _can_come_in(self, role: Role, contract: RoleContract, way_in: Need) -> Verdict:
        return possible(
            PolicySet(resource=role.trust),
            way_in.document,
            by=contract.assumed_by,
            resource_account=self.account,
            catalog=self.catalog,
        )

    def _proof(self, held: Holding, claim: Claim, text: str, verdict: Verdict) -> Proof:
        unread = () if isinstance(verdict, Unknown) else held.unread
        return Proof(self.account, held.object.arn, claim, text, verdict, unread=unread)

    def _unread(self, verdict: Verdict, policies: Sequence[str]) -> Unknown:
        return Unknown(verdict.basis, f"{', '.join(policies)} could not be read, and may allow more")

    def _basis(self) -> Basis:
        return basis_of((), self.catalog)


def _unless_bounded(held: Holding, verdict: Verdict) -> Verdict:
    """Return `verdict`, but nothing is refuted by a request that a boundary may deny which could not be read."""
    if isinstance(verdict, Refuted) and held.unread_boundary:
        return Unknown(verdict.basis, f"the boundary {held.unread_boundary} could not be read, and may deny more")
    return verdict


def _taking(role: str) -> Document:
    """Return the policy of whoever takes one role."""
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role}
    return parse_policy({"Version": "2012-10-17", "Statement": statement}, kind=PolicyKind.IDENTITY)


def _with_ids(ids: RoleIds) -> str:
    """Return which external ids are meant; more than one are named, since one of them is there for a time only."""
    if len(ids.accepted) == 1:
        return "the external id"
    others = " or ".join(ids.others)
    if ids.stage is Stage.CHANGING:
        return f"the external id {ids.told} or, until `leastway apply --finish`, {others}"
    return f"the external id {ids.told} or {others}, of which none was chosen yet"


def _taking_others(roles: Sequence[str]) -> Document:
    """Return the policy of whoever takes other roles than `roles`."""
    where = {"NotResource": list(roles)} if roles else {"Resource": "*"}
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", **where}
    return parse_policy({"Version": "2012-10-17", "Statement": statement}, kind=PolicyKind.IDENTITY)

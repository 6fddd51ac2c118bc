"""Claims about the users and roles of an account, and their proofs.

A policy that could not be read never supports a proof: where more access would break the claim, it is assumed to allow
everything. Nothing is assumed about what it denies; the proof lists it (`Proof.unread`).
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from leastway.estate import Role, RoleIds, Stage, TrustingRole, is_identity_provider
from leastway.policy import Document, Effect, PolicyKind, PolicySet, parse_policy
from leastway.policy.catalog import Catalog
from leastway.policy.prove import (
    Basis,
    Proved,
    Refuted,
    Replay,
    TokenConditions,
    Unknown,
    Verdict,
    admits_only,
    basis_of,
    cannot_widen,
    compare,
    impossible,
    possible,
)
from leastway.proof.contract import Need, RoleContract, Tokens
from leastway.proof.examples import Examples
from leastway.proof.holdings import Holding, opened
from leastway.shown import shown

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
    """One claim about one user or role, and its verdict. `detail` explains a refuted claim."""

    account: str
    subject: str
    """The ARN of the user or role."""
    claim: Claim
    text: str
    verdict: Verdict
    detail: str = ""
    unread: tuple[str, ...] = ()
    """Policies that could not be read: they are assumed to deny nothing that the verdict shows."""
    unmet: tuple[str, ...] = ()
    """The needs for which no request is allowed."""
    policies: tuple[str, ...] = ()
    """What the identity policies of the subject are called, by the numbers that a counterexample has."""

    @property
    def description(self) -> str:
        """The counterexample in words, one sentence a line, with the name of the policy that allows it; or empty."""
        example = self.verdict.counterexample if isinstance(self.verdict, Refuted) else None
        if example is None:
            return ""
        by = example.allowed_by
        if by is None or by.kind is not PolicyKind.IDENTITY or by.policy >= len(self.policies):
            return example.describe()
        name = shown(self.policies[by.policy])
        return f"{example.describe()}\nIdentity policy {by.policy} is {name}."


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims about the users and roles of one account; each method proves one."""

    account: str
    catalog: Catalog
    examples: Examples = field(default_factory=Examples)
    """Those of the accounts before."""

    def rights(self, held: Holding, bound: PolicySet, named: Sequence[str] = ()) -> Proof:
        """Prove that it can do nothing beyond `bound` and the policies `named` by the grant, whose text is not read."""
        verdict = self._within(held.rights, bound, held)
        text = f"{held.name} can do nothing beyond the grant"
        if isinstance(verdict, Proved) and held.unread:
            strange = [policy for policy in held.unread if policy not in named]
            most = self._within(held.at_most, bound if strange else opened(bound), held)
            missing = [policy for policy in named if policy not in held.unread]
            if not isinstance(most, Proved):
                verdict = self._unread(most, strange or held.unread)
            elif missing:
                verdict = Unknown(most.basis, f"{', '.join(missing)} is not attached, and what it denies is unknown")
        return self._proof(held, Claim.RIGHTS, text, _unless_bounded(held, verdict))

    def boundary(self, held: Holding, bound: PolicySet) -> Proof:
        """Prove that its permissions boundary keeps it within `bound`, whatever policies are attached."""
        verdict = self._within(opened(PolicySet(boundary=held.rights.boundary)), bound, held)
        text = f"the permissions boundary of {held.name} keeps it within the grant, whatever policies are attached"
        wanted = held.object.boundary
        if isinstance(verdict, Refuted) and wanted and not held.rights.boundary:
            verdict = Unknown(verdict.basis, f"the permissions boundary {wanted} could not be read")
        return replace(self._proof(held, Claim.BOUNDARY, text, verdict), unread=())

    def trust(self, held: Holding, contract: RoleContract | None) -> Proof:
        """Prove that only the principal of the contract can assume the role; without a contract, that nobody can."""
        role = held.object
        if not isinstance(role, Role):
            raise TypeError("only roles have a trust policy")
        if contract is None:
            text = f"{held.name} is not part of the grant, and admits nobody"
            installed, nobody = PolicySet(resource=role.trust), PolicySet(resource=_NOBODY)
            verdict = compare(installed, nobody, catalog=self.catalog, resource_account=self.account)
        else:
            text = f"{held.name} can be assumed only by {_admitted(contract)}"
            verdict = admits_only(
                role.trust,
                contract.assumed_by,
                tokens=_conditions(contract.tokens) if contract.tokens is not None else None,
                external_ids=contract.external_ids.accepted,
                addresses=contract.addresses,
                is_open_to_all_addresses=not contract.addresses,
                role_arn=role.arn,
                catalog=self.catalog,
            )
        proof = replace(self._proof(held, Claim.TRUST, text, verdict), unread=())
        if contract is not None and contract.tokens is not None and isinstance(verdict, Refuted):
            return replace(proof, detail=_who_else(role.trust, contract.tokens))
        return proof

    def widening(self, held: Holding, roles: Sequence[str]) -> Proof:
        """Prove that it cannot widen its own access; `roles` are the ARNs of those that it is meant to assume."""
        text = f"{held.name} cannot widen its own access"
        verdict = self._widening(held, held.rights, roles)
        if isinstance(verdict, Proved) and held.unread:
            most = self._widening(held, held.at_most, roles)
            if not isinstance(most, Proved):
                verdict = self._unread(most, held.unread)
        return self._proof(held, Claim.WIDENING, text, _unless_bounded(held, verdict))

    def needs(self, held: Holding, needs: Sequence[Need], role: RoleContract | None = None) -> Proof:
        """Prove that each need has an allowed request; for a role, its ways in are needs too."""
        replay = Replay(held.rights, by=held.object.arn, catalog=self.catalog)
        asked = [(need.text, self._can(held, need, replay)) for need in needs]
        if role and isinstance(held.object, Role):
            asked[:0] = [(way.text, self._can_assume(held.object, role, way)) for way in role.ways_in]
        text = f"{held.name} works as intended: {_each_of(len(asked))} has an allowed request"
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
            verdict = Unknown(
                verdict.basis, f"the permissions boundary {held.unread_boundary} could not be read, and may deny it"
            )
        return self._proof(held, Claim.NEEDS, text, verdict)

    def stays_out(self, role: TrustingRole, callers: Sequence[str], tokens: Tokens | None = None) -> Proof:
        """Prove that a role which the grant does not name can be assumed by none of `callers`, given as ARNs.

        Of the identity provider of `tokens`, only these tokens count: its other identities are not the grant's.
        """
        text = f"role {role.name} is not part of the grant, and admits none of its principals"
        verdict: Verdict = Proved(self._basis())
        for caller in callers:
            verdict = impossible(
                PolicySet(resource=role.trust),
                _presenting(tokens, role.arn)
                if tokens is not None and is_identity_provider(caller)
                else _assuming(role.arn),
                by=_anybody(caller),
                resource_account=self.account,
                catalog=self.catalog,
            )
            if not isinstance(verdict, Proved):
                break
        detail = f"{caller} can assume it" if isinstance(verdict, Refuted) else ""
        return Proof(self.account, role.arn, Claim.TRUST, text, verdict, detail)

    def not_read(self, subject: str, name: str, reason: str) -> Proof:
        """Return an unknown proof for a user or role of the grant that could not be read."""
        text = f"{name} can do nothing beyond the grant"
        return Proof(
            self.account, subject, Claim.RIGHTS, text, Unknown(self._basis(), f"it could not be read: {reason}")
        )

    def absent(self, subject: str, name: str) -> Proof:
        """Return a refuted proof for a user or role of the grant that does not exist: none of its needs is met."""
        text = f"{name} works as intended"
        return Proof(self.account, subject, Claim.NEEDS, text, Refuted(self._basis()), detail="it does not exist")

    def _within(self, rights: PolicySet, bound: PolicySet, held: Holding) -> Verdict:
        return compare(rights, bound, caller=held.object.arn, catalog=self.catalog)

    def _widening(self, held: Holding, rights: PolicySet, roles: Sequence[str]) -> Verdict:
        """Return whether it can change permissions, or assume a role that the grant does not name."""
        verdict = cannot_widen(held.object.arn, rights, catalog=self.catalog)
        if not isinstance(verdict, Proved):
            return verdict
        return impossible(rights, _assuming_others(roles), by=held.object.arn, catalog=self.catalog)

    def _can(self, held: Holding, need: Need, replay: Replay) -> Verdict:
        by, names = held.object.arn, (self.account,)
        text = f"{by}: {need.text}"
        verdict = self._shown_before(text, need, names, replay, by)
        if verdict is None:
            verdict = possible(held.rights, need.document, by=by, catalog=self.catalog)
            self._keep(text, verdict, names, by)
        if isinstance(verdict, Refuted) and held.unread:
            most = possible(held.at_most, need.document, by=by, catalog=self.catalog)
            if not isinstance(most, Refuted):
                return Unknown(most.basis, f"{', '.join(held.unread)} could not be read, and may allow it")
        return verdict

    def _can_assume(self, role: Role, contract: RoleContract, way_in: Need) -> Verdict:
        by, names = _anybody(contract.assumed_by), (self.account, *contract.external_ids.accepted)
        trust, text = PolicySet(resource=role.trust), f"{role.arn}: {way_in.text}"
        verdict = self._shown_before(text, way_in, names, Replay(trust, by=by, catalog=self.catalog), by)
        if verdict is None:
            account, like = self.account, way_in.document
            verdict = possible(trust, like, by=by, resource_account=account, catalog=self.catalog)
            self._keep(text, verdict, names, by)
        return verdict

    def _shown_before(self, text: str, need: Need, names: Sequence[str], replay: Replay, by: str) -> Verdict | None:
        """Return the proof of a need by the example of another account, or None."""
        example = self.examples.like(text, names, by=by)
        return replay.possible(need.document, example) if example is not None else None

    def _keep(self, text: str, verdict: Verdict, names: Sequence[str], by: str) -> None:
        if isinstance(verdict, Proved) and verdict.example is not None:
            self.examples.keep(text, verdict.example, names, by=by)

    def _proof(self, held: Holding, claim: Claim, text: str, verdict: Verdict) -> Proof:
        unread = () if isinstance(verdict, Unknown) else held.unread
        return Proof(self.account, held.object.arn, claim, text, verdict, unread=unread, policies=held.policies)

    def _unread(self, verdict: Verdict, policies: Sequence[str]) -> Unknown:
        return Unknown(verdict.basis, f"{', '.join(policies)} could not be read, and may allow more")

    def _basis(self) -> Basis:
        return basis_of((), self.catalog)


def _each_of(needs: int) -> str:
    return "its one need" if needs == 1 else f"each of {needs} needs"


def _unless_bounded(held: Holding, verdict: Verdict) -> Verdict:
    """Return `verdict`, or Unknown instead of Refuted if a boundary that could not be read may deny the request."""
    if isinstance(verdict, Refuted) and held.unread_boundary:
        return Unknown(
            verdict.basis, f"the permissions boundary {held.unread_boundary} could not be read, and may deny more"
        )
    return verdict


def _assuming(role: str) -> Document:
    """Return a policy that allows to assume one role."""
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role}
    return parse_policy({"Version": "2012-10-17", "Statement": statement}, kind=PolicyKind.IDENTITY)


def _who_else(trust: Document, tokens: Tokens) -> str:
    """Return whom a trust policy admits as well, by a subject as people know them; empty if it is not its subjects."""
    for statement in trust.statements:
        for _, key, values in statement.tests() if statement.effect is Effect.ALLOW else ():
            for value in values if key.lower() == f"{tokens.host}:sub".lower() else ():
                if value not in tokens.subjects:
                    return f"it also admits {tokens.oidc.too_wide(value) or tokens.oidc.example(value)}"
    return ""


def _anybody(principal: str) -> str:
    """Return who makes requests as the principal: of a whole account somebody in it, since its root assumes no role."""
    whole, is_root, _ = principal.rpartition(":root")
    return f"{whole}:role/anybody" if is_root else principal


def _presenting(tokens: Tokens, role: str) -> Document:
    """Return a policy that allows to assume one role with these tokens."""
    condition = {
        "StringEquals": {f"{tokens.host}:aud": tokens.audience},
        "StringLike": {f"{tokens.host}:sub": list(tokens.subjects)},
    }
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Resource": role,
        "Condition": condition,
    }
    return parse_policy({"Version": "2012-10-17", "Statement": statement}, kind=PolicyKind.IDENTITY)


def _admitted(contract: RoleContract) -> str:
    """Return who may assume the role, for a sentence."""
    where = ", from the listed addresses" if contract.addresses else ", from any address"
    tokens = contract.tokens
    if tokens is not None:
        return f"tokens of {tokens.host} with the subject {' or '.join(tokens.subjects)}, for {tokens.audience}{where}"
    whole = "anybody in " if contract.assumed_by.endswith(":root") else ""
    ids, form = contract.external_ids, contract.external_id_form
    parts = f" of {form.described(ids.current)}" if form is not None and len(ids.accepted) == 1 else ""
    return f"{whole}{contract.assumed_by}, with {_with_ids(ids)}{parts}{where}"


def _conditions(tokens: Tokens) -> TokenConditions:
    return TokenConditions(tokens.host, tokens.audience, tokens.subjects)


def _with_ids(ids: RoleIds) -> str:
    """Return the external ids for a sentence; several are listed, since all but one are accepted only for a time."""
    if len(ids.accepted) == 1:
        return "the external id"
    others = " or ".join(ids.others)
    if ids.stage is Stage.CHANGING:
        return f"the external id {ids.current} or, until `leastway apply --finish`, {others}"
    return f"the external id {ids.current} or {others}; neither was chosen yet"


def _assuming_others(roles: Sequence[str]) -> Document:
    """Return a policy that allows to assume any role except `roles`."""
    where = {"NotResource": list(roles)} if roles else {"Resource": "*"}
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", **where}
    return parse_policy({"Version": "2012-10-17", "Statement": statement}, kind=PolicyKind.IDENTITY)

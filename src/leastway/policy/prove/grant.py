"""The proof of a grant: all that its principal can reach lies within what was meant, and what was meant works."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from leastway.policy.evaluate import PolicySet
from leastway.policy.model import Document, Effect, PolicyKind, Statement, Values
from leastway.policy.prove.admits import admits_only
from leastway.policy.prove.asking import DEFAULT_TIMEOUT
from leastway.policy.prove.compare import compare
from leastway.policy.prove.possible import possible
from leastway.policy.prove.reachable import Check, Contract, Reachable, RoleAccess
from leastway.policy.prove.widening import cannot_widen

if TYPE_CHECKING:
    from leastway.policy.catalog import Catalog
    from leastway.policy.prove.verdict import Verdict

__all__ = ["prove_reachable"]


def prove_reachable(
    reachable: Reachable, contract: Contract, *, catalog: Catalog, timeout: float = DEFAULT_TIMEOUT
) -> Iterator[Check]:
    """Yield each check on `reachable`, as soon as it is done; `timeout`, in seconds, is for each.

    1. The principal and each role may do nothing that the contract does not allow.
    2. Each role lets in the principal alone, with the external id, from the listed addresses.
    3. Nothing that they may do widens their access.
    4. The principal can take each role, and each need of the contract has a request that is allowed.
    """
    accesses = reachable.accesses()
    for arn, policies in accesses:
        verdict = compare(policies, contract.allowed, catalog=catalog, timeout=timeout, caller=arn)
        yield Check("does nothing beyond the contract", arn, verdict)
    for role in reachable.roles:
        verdict = admits_only(
            role.trust, reachable.principal_arn, contract, role_arn=role.arn, catalog=catalog, timeout=timeout
        )
        yield Check("lets in the principal alone", role.arn, verdict)
    for arn, policies in accesses:
        verdict = cannot_widen(arn, policies, accepted=contract.accepted, catalog=catalog, timeout=timeout)
        yield Check("cannot widen its access", arn, verdict)
    for role in reachable.roles:
        yield Check("can be taken by the principal", role.arn, _can_take(reachable, role, catalog, timeout))
    by_arn = dict(accesses)
    for need in contract.needs:
        verdict = possible(by_arn[need.by], need.like, by=need.by, catalog=catalog, timeout=timeout)
        yield Check(need.what, need.by, verdict)


def _can_take(reachable: Reachable, role: RoleAccess, catalog: Catalog, timeout: float) -> Verdict:
    nothing = Document(PolicyKind.IDENTITY, ())
    policies = () if reachable.policies is None else reachable.policies or (nothing,)
    own = PolicySet(identity=policies, boundary=reachable.boundary, resource=role.trust)
    like = Statement(Effect.ALLOW, actions=Values.of("sts:AssumeRole"), resources=Values.of(role.arn))
    return possible(
        own,
        Document(PolicyKind.IDENTITY, (like,)),
        by=reachable.principal_arn,
        resource_account=role.arn.split(":")[4],
        catalog=catalog,
        timeout=timeout,
    )

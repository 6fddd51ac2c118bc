"""Is some request of a kind allowed? Keeps a proof from being vacuous; `impossible` is the opposite question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.policy.evaluate import Caller, PolicySet, compile_policies
from leastway.policy.evaluate.layer import Layer
from leastway.policy.model import PolicyKind
from leastway.policy.prove.asking import DEFAULT_TIMEOUT, prove_none
from leastway.policy.prove.basis import basis_of
from leastway.policy.prove.requests.callers import ANY_ACCOUNT
from leastway.policy.prove.requests.counterexample import counterexample_of
from leastway.policy.prove.requests.willing import with_willing_others
from leastway.policy.prove.requests.witness import Found
from leastway.policy.prove.verdict import Proved, Refuted, Unknown, Verdict

if TYPE_CHECKING:
    from leastway.policy.catalog import Catalog
    from leastway.policy.model import Document
    from leastway.policy.prove.requests.counterexample import Counterexample

__all__ = ["Replay", "impossible", "possible"]


class Replay:
    """Examples of what was possible elsewhere, tried again: far faster than a search, and as certain if they hold."""

    def __init__(self, policies: PolicySet, *, by: str, catalog: Catalog) -> None:
        """Compile `policies` once for many examples; `by` is an ARN. Errors: PolicyError when it cannot be a caller."""
        self._policies, self._catalog = policies, catalog
        (allowing,) = with_willing_others([policies], Caller.parse(by).account or ANY_ACCOUNT)
        self._compiled = compile_policies(allowing)

    def possible(self, like: Document, example: Counterexample) -> Proved | None:
        """Return what `possible` proves, if `evaluate` confirms `example`; None if it does not, which proves nothing.

        The example must be a request that AWS can receive from the caller: one found by `possible` for another caller,
        with the names of this one.
        """
        request = example.request
        alike = Layer(PolicyKind.IDENTITY, (like,)).candidates(request.action).allow(request)
        if alike is None or not self._compiled.decide(request).allowed:
            return None
        basis = basis_of([self._policies, PolicySet(identity=(like,))], self._catalog, caller_is_known=True)
        return Proved(basis, counterexample_of(Found(request, example.absent), self._compiled, ()))


def possible(
    policies: PolicySet,
    like: Document,
    *,
    by: str,
    resource_account: str | None = None,
    catalog: Catalog,
    timeout: float = DEFAULT_TIMEOUT,
) -> Verdict:
    """Prove that `policies` allow `by` some request that matches an Allow statement of `like`, and return one.

    `by` is an ARN. Errors: PolicyError when it cannot be a caller.
    """
    verdict = impossible(policies, like, by=by, resource_account=resource_account, catalog=catalog, timeout=timeout)
    match verdict:
        case Proved(basis):
            return Refuted(basis)
        case Refuted(basis, example):
            return Proved(basis, example)
        case Unknown():
            return verdict


def impossible(
    policies: PolicySet,
    like: Document,
    *,
    by: str,
    resource_account: str | None = None,
    catalog: Catalog,
    timeout: float = DEFAULT_TIMEOUT,
) -> Verdict:
    """Prove that `policies` allow `by` no request that matches an Allow statement of `like`, or return one.

    `by` is an ARN. Errors: PolicyError when it cannot be a caller.
    """
    return prove_none(
        policies,
        (),
        like=like,
        caller=Caller.parse(by),
        resource_account=resource_account,
        catalog=catalog,
        timeout=timeout,
    )

"""Is some request of a kind allowed? Keeps a proof from being vacuous; `impossible` is the opposite question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.policy.evaluate import Caller, PolicySet
from leastway.policy.prove.asking import DEFAULT_TIMEOUT, prove_none
from leastway.policy.prove.verdict import Proved, Refuted, Unknown, Verdict

if TYPE_CHECKING:
    from leastway.policy.catalog import Catalog
    from leastway.policy.model import Document

__all__ = ["impossible", "possible"]


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

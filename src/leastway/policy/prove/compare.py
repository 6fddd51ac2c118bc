"""Does one set of policies allow anything that another does not?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.policy.evaluate import Caller, PolicySet
from leastway.policy.prove.basis import basis_of
from leastway.policy.prove.callers import ANY_ACCOUNT, CallerCase, anyone, every_caller, only
from leastway.policy.prove.counterexample import counterexample_of
from leastway.policy.prove.limits import Deadline
from leastway.policy.prove.question import Question
from leastway.policy.prove.verdict import Proved, Refuted, Unknown, Verdict
from leastway.policy.prove.willing import with_willing_others

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leastway.policy.catalog import Catalog

__all__ = ["DEFAULT_TIMEOUT", "compare"]

DEFAULT_TIMEOUT = 30.0
"""Seconds."""


def compare(
    new: PolicySet,
    old: PolicySet,
    *,
    catalog: Catalog,
    timeout: float = DEFAULT_TIMEOUT,
    caller: Caller | str | None = None,
    resource_account: str | None = None,
) -> Verdict:
    """Prove that `new` allows nothing that `old` does not, or show a request that it does.

    `timeout` is in seconds. Without `caller`, the verdict is about everyone: whoever has the identity policies, and
    all whom resource policies may name. What neither side has, resource policies or identity policies, is taken to be
    willing (`willing`).
    Errors: PolicyError for a caller that no request can have.
    """
    who = Caller.parse(caller) if isinstance(caller, str) else caller
    callers = _callers([new, old], who, resource_account, catalog)
    new, old = with_willing_others([new, old], (who.account if who else None) or ANY_ACCOUNT)
    answer = Question([new], [old], catalog=catalog, tick=Deadline(timeout)).ask(callers)
    basis = basis_of([new, old], catalog, caller_is_known=who is not None)
    if answer.found is not None:
        return Refuted(basis, counterexample_of(answer.found, [new], [old]))
    return Unknown(basis, "; ".join(answer.doubts)) if answer.doubts else Proved(basis)


def _callers(
    sets: Sequence[PolicySet], caller: Caller | None, resource_account: str | None, catalog: Catalog
) -> list[CallerCase]:
    if caller is not None:
        return [only(caller, resource_account, catalog)]
    if any(policies.resource for policies in sets):
        return list(every_caller(sets, resource_account or ANY_ACCOUNT, catalog))
    return [anyone()]

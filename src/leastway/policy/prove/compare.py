"""Does one set of policies allow anything that another does not?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.policy.evaluate import Caller, PolicySet
from leastway.policy.prove.asking import DEFAULT_TIMEOUT, prove_none

if TYPE_CHECKING:
    from leastway.policy.catalog import Catalog
    from leastway.policy.prove.verdict import Verdict

__all__ = ["compare"]


def compare(
    new: PolicySet,
    old: PolicySet,
    *,
    catalog: Catalog,
    timeout: float = DEFAULT_TIMEOUT,
    caller: Caller | str | None = None,
    resource_account: str | None = None,
    says_nothing: bool = False,
) -> Verdict:
    """Prove that `new` allows nothing that `old` does not, or return a request that only `new` allows.

    `timeout` is in seconds. Without `caller`, the verdict is about all callers: those who have the identity policies,
    and those whom resource policies may name. Resource policies or identity policies that neither side has are assumed
    to allow everything (`willing`). `resource_account` owns the resources, by default it is the caller's account. With
    `says_nothing`, a proof states whether `new` allows nothing at all. Errors: PolicyError for an invalid caller.
    """
    who = Caller.parse(caller) if isinstance(caller, str) else caller
    return prove_none(
        new,
        [old],
        caller=who,
        resource_account=resource_account,
        catalog=catalog,
        timeout=timeout,
        says_nothing=says_nothing,
    )

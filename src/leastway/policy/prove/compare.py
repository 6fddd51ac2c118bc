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
    """Prove that `new` allows nothing that `old` does not, or show a request that it does.

    `timeout` is in seconds. Without `caller`, the verdict is about everyone: whoever has the identity policies, and
    all whom resource policies may name. What neither side has, resource policies or identity policies, is taken to be
    willing (`willing`). `resource_account` is whose the resources are, by default the caller's. With `says_nothing`,
    what is proved says whether `new` allows nothing at all. Errors: PolicyError for a caller that no request can have.
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

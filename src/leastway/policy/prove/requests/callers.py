"""Callers who each represent a set of callers, and what is certain about the context of their requests.

Identity policies, boundaries and the like are decided in the same way for every user and role that has them, so one
caller represents all; its context keys are free. A resource's own policy distinguishes callers: see `everyone`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leastway.policy.evaluate import Caller, CallerKind
from leastway.policy.model import PolicyError
from leastway.policy.prove.formulas.formula import RESOURCE, Aspect, Literal
from leastway.policy.prove.texts.text import TextSet
from leastway.policy.requests import realistic_request
from leastway.policy.wildcards import Wildcard
from leastway.primitives import Partition

if TYPE_CHECKING:
    from leastway.policy.catalog import Catalog
    from leastway.policy.evaluate import PolicySet
    from leastway.policy.prove.formulas.search import Model
    from leastway.policy.variables import Context
    from leastway.policy.wildcards import Pattern

__all__ = [
    "ANY_ACCOUNT",
    "OF_ACCOUNT",
    "OF_ARN",
    "OF_SERVICE",
    "OF_USER",
    "CallerCase",
    "any_caller",
    "caller_named",
    "facts_about",
    "kinds_of_account",
    "management_accounts",
    "only",
    "usual_context",
]

ANY_ACCOUNT = "111122223333"
"""The account where one is needed and none is given: the id in AWS's own examples."""
OF_ARN, OF_ACCOUNT, OF_USER = "aws:principalarn", "aws:principalaccount", "aws:username"
OF_SERVICE = "aws:principalservicename"
_SERVICE_NAMES = "aws:principalservicenameslist"
_VIA_SERVICE = "aws:viaawsservice"
_OF_OWNER = "aws:resourceaccount"
_NAME = "example"
_ACCOUNT_ID = re.compile(r"[0-9]{12}")


@dataclass(frozen=True, slots=True)
class CallerCase:
    """A caller who represents a set of callers, and what is certain about the context of their requests."""

    caller: Caller
    resource_account: str | None
    usual: frozenset[str]
    """The keys that AWS puts into each of their requests."""
    facts: tuple[Literal, ...] = ()
    narrowed: Callable[[Model], Iterator[CallerCase]] | None = None
    """If their account is open: the cases of single accounts that a model may refer to.

    No model then means that there is none for any account; a model must be confirmed for a single account.
    """

    alike: Callable[[Model], Iterator[CallerCase]] | None = None
    """If any caller is acceptable: the cases of single callers that a model may refer to."""

    @property
    def partition(self) -> str:
        """The partition of the caller's ARN; `aws` for callers without an ARN."""
        return self.caller.arn.split(":")[1] if self.caller.arn.startswith("arn:") else Partition.AWS

    def who_else(self, model: Model) -> Iterator[CallerCase]:
        """Yield cases of single callers who may represent this one in `model`, the most likely first."""
        return self.alike(model) if self.alike else iter(())

    def caller_of(self, model: Model) -> Caller:
        """Return the caller that the context of `model` names, if this case represents it; else the representative."""
        name = model.get(OF_SERVICE if self.caller.kind is CallerKind.SERVICE else OF_ARN)
        found = caller_named(name) if isinstance(name, str) else None
        if found is None or (found.kind, found.account) != (self.caller.kind, self.caller.account):
            return self.caller
        return found


def management_accounts(sets: Iterable[PolicySet]) -> list[str]:
    """Return the management accounts of `sets`: SCPs do not apply to their principals, nor RCPs to their resources."""
    return sorted({policies.management_account for policies in sets if policies.management_account})


def kinds_of_account(sets: Sequence[PolicySet]) -> list[str]:
    """Return an account that represents all others, and the management accounts of `sets`."""
    management = management_accounts(sets)
    others = itertools.chain((ANY_ACCOUNT,), map(str, range(999_999_999_999, 999_999_999_000, -1)))
    return [next(account for account in others if account not in management), *management]


def any_caller(account: str, catalog: Catalog, partition: str = Partition.AWS) -> CallerCase:
    """Return the case of any user or role that has the policies, for policies that do not name callers."""
    caller = Caller.parse(f"arn:{partition}:iam::{account}:user/{_NAME}")
    usual = frozenset(usual_context(caller, catalog))
    return CallerCase(caller, account, usual, alike=lambda model: _alike(model, account, partition, catalog))


def _alike(model: Model, account: str, partition: str, catalog: Catalog) -> Iterator[CallerCase]:
    """Yield the cases of the users and roles that `model` may refer to, with resources in their own account."""
    arn, named = model.get(OF_ARN), model.get(OF_USER)
    found = caller_named(arn) if isinstance(arn, str) else None
    if found is not None and found.has_policies and not found.is_service_linked:
        yield only(found, found.account, catalog)
    resource = model.get(RESOURCE)
    of_resource = resource.split(":")[4:5] if isinstance(resource, str) else []
    accounts = [model.get(OF_ACCOUNT), *of_resource, model.get(_OF_OWNER), account]
    name = named if isinstance(named, str) and named else _NAME
    for owner in dict.fromkeys(item for item in accounts if isinstance(item, str) and _ACCOUNT_ID.fullmatch(item)):
        for kind in ("user", "role"):
            who = caller_named(f"arn:{partition}:iam::{owner}:{kind}/{name}")
            if who is not None:
                case = only(who, owner, catalog)
                of_owner = Literal(_OF_OWNER, Aspect.VALUE, TextSet.matching([(owner,)]))
                yield replace(case, facts=(*case.facts, of_owner))


def only(caller: Caller, resource_account: str | None, catalog: Catalog) -> CallerCase:
    """Return the case of one caller, with the context that its requests always have."""
    usual = usual_context(caller, catalog)
    return CallerCase(caller, resource_account or caller.account, frozenset(usual), tuple(facts_about(caller, usual)))


def caller_named(name: str) -> Caller | None:
    """Return the caller of that name; None if the name cannot be a caller."""
    try:
        return Caller.parse(name)
    except PolicyError:
        return None


def usual_context(caller: Caller, catalog: Catalog) -> Context:
    """Return what AWS puts into each request of `caller`."""
    return realistic_request(caller, "sts:GetCallerIdentity", catalog=catalog).context


def facts_about(caller: Caller, usual: Context) -> Iterator[Literal]:
    """Yield what is certain about the keys that identify the caller; `usual` has their constant values."""
    for key, value in usual.items():
        if isinstance(value, str) and key != _VIA_SERVICE:
            patterns: list[Pattern] = [(value,)]
            if key == OF_ARN and caller.kind is CallerKind.SESSION:
                patterns.append(_with_some_path(value))
            yield Literal(key, Aspect.VALUE, TextSet.matching(patterns))
    if caller.kind is not CallerKind.USER:
        yield Literal(OF_USER, Aspect.PRESENT, holds=False)
    if caller.kind is not CallerKind.SERVICE:
        yield Literal(OF_SERVICE, Aspect.PRESENT, holds=False)
        yield Literal(_SERVICE_NAMES, Aspect.PRESENT, holds=False)
    for key in (OF_ARN, OF_ACCOUNT):
        if caller.account is None and key not in usual:
            yield Literal(key, Aspect.PRESENT, holds=False)


def _with_some_path(role_arn: str) -> Pattern:
    """Return the pattern of a role's ARN with a path: the ARN of a session does not contain its role's path."""
    start, slash, name = role_arn.partition("/")
    return (start + slash, Wildcard.STAR, slash + name)

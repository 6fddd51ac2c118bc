"""For whom a question is asked.

Identity policies, boundaries and the like are decided alike for every user and role that has them, so one caller
stands for all; what its context says of it is free. A resource's own policy tells callers apart, by name and account:
there, one caller stands for all whom the policies name in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastway.policy.evaluate import Caller, CallerKind
from leastway.policy.model import PolicyError
from leastway.policy.prove.formula import Aspect, Literal
from leastway.policy.prove.text import TextSet
from leastway.policy.requests import realistic_request
from leastway.policy.wildcards import Pattern, tokens_of

if TYPE_CHECKING:
    from leastway.policy.catalog import Catalog
    from leastway.policy.evaluate import PolicySet
    from leastway.policy.prove.search import Model

__all__ = ["ANY_ACCOUNT", "CallerCase", "every_caller", "only", "whoever"]

ANY_ACCOUNT = "111122223333"
"""Where an account is needed and none is given: the id of AWS's own examples."""
_OTHER_ACCOUNT = "999999999999"
_ARN, _USERNAME, _VIA_SERVICE = "aws:principalarn", "aws:username", "aws:viaawsservice"
_STRANGERS = ("user/", "role/", "role/aws-service-role/example.amazonaws.com/")
_OUTSIDERS = ("example.amazonaws.com", f"arn:aws:iam::{_OTHER_ACCOUNT}:saml-provider/example", "*")
"""A service, somebody whom an identity provider vouches for, and somebody anonymous."""


@dataclass(frozen=True, slots=True)
class CallerCase:
    """A caller who stands for others, and what is certain about the context of their requests."""

    caller: Caller
    resource_account: str | None
    facts: tuple[Literal, ...] = ()

    def caller_of(self, model: Model) -> Caller:
        """Return the caller whom the context of `model` speaks of, if it is one of those that are meant."""
        arn = model.get(_ARN)
        found = _parse(arn) if isinstance(arn, str) else None
        if found is None or (found.kind, found.account) != (self.caller.kind, self.caller.account):
            return self.caller
        return found


def whoever(account: str) -> CallerCase:
    """Return the case of whoever has the policies, where no policy names a caller."""
    return CallerCase(Caller.parse(f"arn:aws:iam::{account}:user/example"), account)


def only(caller: Caller, resource_account: str | None, catalog: Catalog) -> CallerCase:
    """Return the case of one caller, of whom the context says what it always says."""
    return CallerCase(caller, resource_account or caller.account, (*_facts_about(caller, catalog),))


def every_caller(sets: Sequence[PolicySet], resource_account: str, catalog: Catalog) -> Iterator[CallerCase]:
    """Yield cases for all callers whom the resource policies of `sets` can tell apart, the unnamed ones first."""
    has_identity = any(policies.identity for policies in sets)
    names = sorted({name for policies in sets for name in _names(policies)})
    named = [caller for name in names if (caller := _parse(name)) is not None]
    accounts = {caller.account for caller in named if caller.account} | {resource_account, _OTHER_ACCOUNT}
    for account in sorted(accounts, reverse=True):
        for kind in _STRANGERS:
            yield _stranger(f"arn:aws:iam::{account}:{kind}", names, resource_account, catalog)
        if has_identity:  # else it may do what any user may to whom all is allowed
            yield only(Caller.parse(account), resource_account, catalog)
    for caller in (*map(Caller.parse, _OUTSIDERS), *named):
        yield only(caller, resource_account, catalog)


def _names(policies: PolicySet) -> Iterator[str]:
    for statement in policies.resource.statements if policies.resource else ():
        for principal in (statement.principal, statement.not_principal):
            yield from (name for _, name in principal.names()) if principal else ()


def _parse(name: str) -> Caller | None:
    """Return the caller of that name; None for what no request's caller can be."""
    try:
        return Caller.parse(name)
    except PolicyError:
        return None


def _stranger(prefix: str, names: Iterable[str], resource_account: str, catalog: Catalog) -> CallerCase:
    """Return the case of the users or roles whose ARN begins with `prefix` and whom no policy names."""
    taken = frozenset(names)
    example = next(arn for number in range(len(taken) + 1) if (arn := f"{prefix}example{number or ''}") not in taken)
    caller = Caller.parse(example)
    facts = [fact for fact in _facts_about(caller, catalog) if fact.subject not in (_ARN, _USERNAME)]
    patterns: list[Pattern] = [tokens_of(f"{prefix.replace('arn:aws:', 'arn:?*:')}?*")]
    facts.append(Literal(_ARN, Aspect.VALUE, TextSet.matching(patterns, segmented=True)))
    facts.append(Literal(_ARN, Aspect.VALUE, TextSet.matching([(name,) for name in taken]), holds=False))
    return CallerCase(caller, resource_account, tuple(facts))


def _facts_about(caller: Caller, catalog: Catalog) -> Iterator[Literal]:
    known = realistic_request(caller, "sts:GetCallerIdentity", catalog=catalog).context
    for key, value in known.items():
        if isinstance(value, str) and key != _VIA_SERVICE:
            yield Literal(key, Aspect.VALUE, TextSet.matching([(value,)]))
    if caller.kind is not CallerKind.USER:
        yield Literal(_USERNAME, Aspect.PRESENT, holds=False)

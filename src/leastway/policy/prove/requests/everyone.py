"""The callers of a question about resource policies, which can distinguish callers.

They distinguish them by name and account, and by context keys. One caller represents all that the policies treat in
the same way: each caller that they name; for each account that they mention, and for any other account, an unnamed
caller of each kind; a service, a federated caller of an identity provider, and an anonymous caller.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from leastway.policy.evaluate import Caller
from leastway.policy.partitions import SERVICE_SUFFIXES, partition_of
from leastway.policy.prove.basis import documents_of
from leastway.policy.prove.formulas.formula import Aspect, Literal
from leastway.policy.prove.requests.callers import (
    OF_ACCOUNT,
    OF_ARN,
    OF_SERVICE,
    OF_USER,
    CallerCase,
    caller_named,
    facts_about,
    management_accounts,
    only,
    usual_context,
)
from leastway.policy.prove.texts.text import TextSet
from leastway.policy.wildcards import tokens_of

if TYPE_CHECKING:
    from leastway.policy.catalog import Catalog
    from leastway.policy.evaluate import PolicySet
    from leastway.policy.prove.formulas.search import Model

__all__ = ["every_caller"]

_ACCOUNT_ID = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")
_ANY_ACCOUNT_ID = "?" * 12
_MOST_ACCOUNTS = 8
"""The number of accounts mentioned only in conditions that are examined one by one; all others are one case."""
_LINKED = "role/aws-service-role/"
_KINDS = ("iam::{}:user/", "iam::{}:role/", "iam::{}:" + _LINKED, "sts::{}:federated-user/", "iam::{}:root")
_LINKED_ROLES = (f"arn:*:iam::*:{_LINKED}*", "arn:*:iam::*:role/AWSServiceRoleFor*")
_SERVICES = tuple(f"?*.{suffix}" for suffix in SERVICE_SUFFIXES)
_OTHERS = ("arn:{}:iam::999999999999:saml-provider/example", "*")


def every_caller(sets: Sequence[PolicySet], resource_account: str, catalog: Catalog) -> Iterator[CallerCase]:
    """Yield cases for all callers that the resource policies of `sets` can distinguish, the unnamed ones first."""
    names = sorted({name for policies in sets for name in _names(policies)})
    named = [caller for name in names if (caller := caller_named(name)) is not None]
    accounts = {caller.account for caller in named if caller.account} | {resource_account, *management_accounts(sets)}
    in_conditions = sorted(_accounts_in_conditions(sets) - accounts)
    known = frozenset(accounts.union(in_conditions[:_MOST_ACCOUNTS]))
    partition = partition_of(sets)
    strangers = _Strangers(frozenset(names), known, resource_account, catalog, partition)
    for kind in _KINDS:
        yield strangers.of_any_other_account(kind)
    for account in sorted(known, reverse=True):
        for kind in _KINDS:
            yield strangers.of(account, kind)
    yield strangers.service()
    for caller in (*(Caller.parse(other.format(partition)) for other in _OTHERS), *named):
        yield only(caller, resource_account, catalog)


def _names(policies: PolicySet) -> Iterator[str]:
    for statement in policies.resource.statements if policies.resource else ():
        for principal in (statement.principal, statement.not_principal):
            yield from (name for _, name in principal.names()) if principal else ()


def _accounts_in_conditions(sets: Sequence[PolicySet]) -> set[str]:
    return {
        account
        for policies in sets
        for document in documents_of(policies)
        for statement in document.statements
        for _, key, values in statement.tests()
        if key.lower() in (OF_ARN, OF_ACCOUNT)
        for value in values
        for account in _ACCOUNT_ID.findall(value)
    }


class _Strangers:
    """Callers that no policy names. `known`: the accounts that are examined one by one."""

    def __init__(
        self, names: frozenset[str], known: frozenset[str], resource_account: str, catalog: Catalog, partition: str
    ) -> None:
        self._names = names
        self._known = known
        self._resource_account = resource_account
        self._catalog = catalog
        self._partition = partition

    def of(self, account: str, kind: str) -> CallerCase:
        """Return the case of the callers of one account."""
        return self._case(Caller.parse(self._unnamed(f"arn:{self._partition}:{kind.format(account)}")), kind, account)

    def of_any_other_account(self, kind: str) -> CallerCase:
        """Return the case of the callers of all accounts that are not in `known`."""
        example = f"arn:{self._partition}:{kind.format(_unlike(self._known))}"
        case = self._case(Caller.parse(self._unnamed(example)), kind, _ANY_ACCOUNT_ID)
        facts = (
            *(fact for fact in case.facts if fact.subject != OF_ACCOUNT),
            Literal(OF_ACCOUNT, Aspect.VALUE, _like(_ANY_ACCOUNT_ID)),
            Literal(OF_ACCOUNT, Aspect.VALUE, _texts(self._known), holds=False),
            Literal(OF_ARN, Aspect.VALUE, _like(*(f"arn:*:*::{account}:*" for account in self._known)), holds=False),
        )
        return replace(case, facts=facts, narrowed=functools.partial(self._narrowed, kind))

    def service(self) -> CallerCase:
        """Return the case of the AWS services that no policy names."""
        examples = (f"example{number or ''}.amazonaws.com" for number in itertools.count())
        caller = Caller.parse(next(name for name in examples if name not in self._names))
        usual = usual_context(caller, self._catalog)
        facts = [fact for fact in facts_about(caller, usual) if fact.subject != OF_SERVICE]
        facts.append(Literal(OF_SERVICE, Aspect.VALUE, _like(*_SERVICES)))
        facts.append(Literal(OF_SERVICE, Aspect.VALUE, _texts(self._names), holds=False))
        return CallerCase(caller, self._resource_account, frozenset(usual), tuple(facts))

    def _case(self, caller: Caller, kind: str, account: str) -> CallerCase:
        usual = usual_context(caller, self._catalog)
        facts = [fact for fact in facts_about(caller, usual) if not fact.holds or fact.subject not in (OF_ARN, OF_USER)]
        arns = f"arn:?*:{kind.format(account)}"
        facts.append(Literal(OF_ARN, Aspect.VALUE, _like(arns + "?*" if arns.endswith("/") else arns)))
        facts.append(Literal(OF_ARN, Aspect.VALUE, _texts(self._names), holds=False))
        if not caller.is_service_linked:
            facts.append(Literal(OF_ARN, Aspect.VALUE, _like(*_LINKED_ROLES), holds=False))
        return CallerCase(caller, self._resource_account, frozenset(usual), tuple(facts))

    def _unnamed(self, start: str) -> str:
        """Return an ARN that starts with `start`; no policy names it, unless `start` is the whole ARN."""
        if not start.endswith("/"):
            return start
        return next(arn for number in itertools.count() if (arn := f"{start}example{number or ''}") not in self._names)

    def _narrowed(self, kind: str, model: Model) -> Iterator[CallerCase]:
        """Yield the case of some account, then of those that `model` may refer to; it may have letters for digits."""
        arn, account = model.get(OF_ARN), model.get(OF_ACCOUNT)
        meant = [arn.split(":")[4]] if isinstance(arn, str) else []
        meant += [account] if isinstance(account, str) else []
        digits = (re.sub("[^0-9]", digit, text) for text in meant for digit in "9876543210")
        for found in dict.fromkeys((_unlike(self._known), *digits)):
            if _ACCOUNT_ID.fullmatch(found) and found not in self._known:
                yield self.of(found, kind)


def _unlike(known: frozenset[str]) -> str:
    return next(str(account) for account in range(999999999999, 0, -1) if str(account) not in known)


def _like(*patterns: str) -> TextSet:
    return TextSet.matching([tokens_of(pattern) for pattern in patterns], segmented=True)


def _texts(texts: Iterable[str]) -> TextSet:
    return TextSet.matching([(text,) for text in sorted(texts)])

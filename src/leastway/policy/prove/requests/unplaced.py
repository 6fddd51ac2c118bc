"""Principals whose name does not determine the callers, such as the canonical user id of an account.

A proof must hold for any meaning: each name in turn is treated as everyone, and all names as nobody, as evaluation
does. A unique id instead of an ARN is nobody: IAM shows it after the user or role was deleted. Source: IAM User Guide,
"AWS JSON policy elements: Principal".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from leastway.policy.evaluate import Closeness
from leastway.policy.evaluate.principal import PrincipalNames
from leastway.policy.model import Principal, PrincipalType, Values
from leastway.policy.prove.requests.callers import caller_named

if TYPE_CHECKING:
    from leastway.policy.evaluate import PolicySet
    from leastway.policy.model import Document

__all__ = ["taken_for_everyone", "unplaced_names"]

_UNIQUE_ID = re.compile(r"A[A-Z]{3}[A-Z0-9]{12,}")
_MOST_NAMES = 16
_Name = tuple[PrincipalType, str]


def unplaced_names(sets: Sequence[PolicySet]) -> Iterator[frozenset[_Name]]:
    """Yield the sets of undetermined names in `sets` to treat as everyone: each name alone, and all of them."""
    names = {
        name
        for policies in sets
        for statement in (policies.resource.statements if policies.resource else ())
        for principal in (statement.principal, statement.not_principal)
        if principal is not None
        for name in principal.names()
        if _is_unplaced(*name)
    }
    if len(names) <= _MOST_NAMES:
        yield from (frozenset({name}) for name in sorted(names))
    if len(names) > 1:
        yield frozenset(names)


def taken_for_everyone(policies: PolicySet, names: frozenset[_Name]) -> PolicySet:
    """Return `policies` with everyone instead of `names`."""
    return replace(policies, resource=_changed(policies.resource, names)) if policies.resource else policies


def _changed(document: Document, names: frozenset[_Name]) -> Document:
    def everyone(principal: Principal | None) -> Principal | None:
        is_meant = principal is not None and not names.isdisjoint(principal.names())
        return Principal(everyone=True) if is_meant else principal

    statements = (
        replace(one, principal=everyone(one.principal), not_principal=everyone(one.not_principal))
        for one in document.statements
    )
    return replace(document, statements=tuple(statements))


def _is_unplaced(principal_type: PrincipalType, name: str) -> bool:
    if principal_type is PrincipalType.AWS and (name == "*" or _UNIQUE_ID.fullmatch(name)):
        return False
    caller = caller_named(name)
    names = PrincipalNames.of(Principal(((principal_type, Values.of(name)),)))
    return caller is None or caller.closeness(names) is Closeness.NONE

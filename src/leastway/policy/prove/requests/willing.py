"""Assumed policies for the other side of a question that has only one side of a request.

A role's trust policy and a KMS key's policy must allow a request, and so must the policy of a resource in another
account. If a question has no resource policy, each resource is assumed to delegate to the caller's account, as
`"Principal": {"AWS": "ACCOUNT"}` does: then only the caller's policies decide. Conversely, if a question has only
resource policies, each caller's own policies are assumed to allow everything.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from leastway.policy.model import Document, Effect, PolicyKind, Principal, PrincipalType, Statement, Values
from leastway.policy.prove.basis import documents_of
from leastway.policy.prove.requests.callers import ANY_ACCOUNT, kinds_of_account

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from leastway.policy.evaluate import PolicySet

__all__ = ["is_willing", "with_willing_others"]

_SID = "TakenToBeWilling"
_ACCOUNT_ID = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")

_EVERYTHING = Values.of("*")


def with_willing_others(sets: Sequence[PolicySet], account: str | None) -> list[PolicySet]:
    """Return `sets` with the policies that none of them has: a resource policy that trusts `account`, or identity ones.

    Without `account`, each account that the sets mention is trusted.
    """
    if not any(policies.resource for policies in sets):
        accounts = [*kinds_of_account(sets), *sorted(_accounts_of(sets))]
        trusting = _trusting((account,) if account else tuple(dict.fromkeys((ANY_ACCOUNT, *accounts))))
        return [replace(policies, resource=trusting) for policies in sets]
    if not any(policies.identity for policies in sets):
        willing = _allowing([policies.resource for policies in sets if policies.resource])
        return [replace(policies, identity=(willing,)) for policies in sets]
    return list(sets)


def is_willing(statement: Statement) -> bool:
    """Whether `statement` was added by `with_willing_others`."""
    return statement.sid == _SID


def _accounts_of(sets: Iterable[PolicySet]) -> set[str]:
    """Return the account ids in the resources and conditions of `sets`."""
    statements = [one for policies in sets for document in documents_of(policies) for one in document.statements]
    texts = [text for one in statements for text in one.resources or one.not_resources or ()]
    texts += [text for one in statements for _, _, values in one.tests() for text in values]
    return {account for text in texts for account in _ACCOUNT_ID.findall(text)}


def _trusting(accounts: Sequence[str]) -> Document:
    principal = Principal(((PrincipalType.AWS, Values.of(*accounts)),))
    statement = Statement(Effect.ALLOW, _SID, actions=_EVERYTHING, resources=_EVERYTHING, principal=principal)
    return Document(PolicyKind.RESOURCE, (statement,))


def _allowing(resource_policies: Iterable[Document]) -> Document:
    """Return a policy that allows every action of the resource policies; other actions do not depend on them."""
    statements = [statement for policy in resource_policies for statement in policy.statements]
    named = tuple(dict.fromkeys(action for statement in statements for action in statement.actions or ("*",)))
    actions = Values(named) if named else _EVERYTHING
    return Document(PolicyKind.IDENTITY, (Statement(Effect.ALLOW, _SID, actions=actions, resources=_EVERYTHING),))

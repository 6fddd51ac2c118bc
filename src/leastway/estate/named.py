"""Principals of the platform: which ones are relevant, and which of them a trust policy names.

- A principal is relevant if it belongs to the grant, if it is the platform's own principal in another account, or if it
  is in the account and its name begins like the platform's. Role paths and case are ignored, as in aws-auth.
- A trust policy that names the root of its own account names nobody in particular: who can assume the role depends on
  the policies of the callers.
- The root of the account of the platform's own principal stands for every principal in that account.
Source: IAM User Guide, "AWS JSON policy elements: Principal".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from leastway.errors import InvalidInputError
from leastway.estate.identity_provider import is_identity_provider
from leastway.estate.sighting import Watch, Weight
from leastway.policy import Document, Effect
from leastway.policy.model import PrincipalType
from leastway.primitives import Arn

__all__ = ["named_by", "sessions_of", "weight_of"]


def weight_of(watch: Watch, principal: str, account: str) -> Weight | None:
    """Return the weight of access of a principal, an ARN in any form, to something in `account`.

    None if the principal is not relevant. If only its name begins like the platform's, its owner is unknown.
    """
    try:
        arn = Arn.parse(principal)
    except InvalidInputError:
        return None
    if _bare(arn) in _known(watch):
        return Weight.DIFFERS
    name = arn.name.lower()
    if arn.account != account or not name.startswith(tuple(one.lower() for one in watch.names)):
        return None
    is_the_user = arn.resource_type == "user" and name == watch.user.lower()
    return Weight.DIFFERS if is_the_user else Weight.REMARK


@lru_cache(maxsize=256)
def _known(watch: Watch) -> frozenset[str]:
    return frozenset(_bare(Arn.parse(one)) for one in (*watch.principals, watch.outsider))


def named_by(trust: Document, watch: Watch) -> Iterator[str]:
    """Yield the ARNs that `trust` names in an Allow: principals of `watch`, and sessions of their roles."""
    names = set(_names(trust))
    if not names.isdisjoint(_names_of_outsider(watch.outsider)):
        yield watch.outsider
    for principal in sorted(watch.principals):
        if not names.isdisjoint({"*", principal}):
            yield principal
        sessions = sessions_of(principal)
        yield from sorted(name for name in names if sessions and name.startswith(sessions))


def _names_of_outsider(outsider: str) -> set[str]:
    """Return the names that stand for the platform; an account does not stand for identities of its providers."""
    if is_identity_provider(outsider):
        return {"*", outsider}
    return {"*", outsider, outsider.split(":")[4], _root(outsider)}


def _names(trust: Document) -> Iterator[str]:
    for statement in trust.statements:
        if statement.effect is not Effect.ALLOW:
            continue
        if statement.principal is None:
            yield "*"  # a NotPrincipal, which admits everybody except a few
            continue
        for kind, name in statement.principal.names():
            if kind in (PrincipalType.AWS, PrincipalType.FEDERATED):
                yield name


def _root(arn: str) -> str:
    partition, account = arn.split(":")[1], arn.split(":")[4]
    return f"arn:{partition}:iam::{account}:root"


def sessions_of(principal: str) -> str:
    """Return the prefix of the ARNs of the sessions of a role, or an empty text for a user."""
    arn = Arn.parse(principal)
    if arn.resource_type != "role":
        return ""
    return f"arn:{arn.partition}:sts::{arn.account}:assumed-role/{arn.name}/"


def _bare(arn: Arn) -> str:
    return str(arn.without_path() if arn.resource_type == "role" else arn).lower()

"""Who is one to look for, and whom a trust policy names of them.

- A principal is looked for when it is one of the grant's, the platform's own of another account, or one of the account
  whose name begins like the platform's. Paths of roles and case do not count: aws-auth knows neither.
- A role in the same account that names the account's root lets in whoever the account lets take it: that is a matter
  of the callers' own policies, and no naming of anybody.
- The account of the platform's own principal is another one, and its root stands for everybody in it.
Source: IAM User Guide, "AWS JSON policy elements: Principal".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from leastway.errors import InvalidInputError
from leastway.estate.sighting import Watch, Weight
from leastway.policy import Document, Effect
from leastway.policy.model import PrincipalType
from leastway.primitives import Arn

__all__ = ["named_by", "sessions_of", "weight_of"]


def weight_of(watch: Watch, principal: str, account: str) -> Weight | None:
    """Return what it means that a principal, an ARN in whatever form, is let in somewhere in `account`.

    None where it is nobody to look for. A name that only begins like the platform's may be anybody's.
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
    """Yield the ARNs of whom `trust` names in an Allow: of `watch`, or a session of one of its roles."""
    names = set(_names(trust))
    account = watch.outsider.split(":")[4]
    if not names.isdisjoint({"*", watch.outsider, account, _root(watch.outsider)}):
        yield watch.outsider
    for principal in sorted(watch.principals):
        if not names.isdisjoint({"*", principal}):
            yield principal
        sessions = sessions_of(principal)
        yield from sorted(name for name in names if sessions and name.startswith(sessions))


def _names(trust: Document) -> Iterator[str]:
    for statement in trust.statements:
        if statement.effect is not Effect.ALLOW:
            continue
        if statement.principal is None:
            yield "*"  # a NotPrincipal, which lets in all but a few
            continue
        for kind, name in statement.principal.names():
            if kind is PrincipalType.AWS:
                yield name


def _root(arn: str) -> str:
    partition, account = arn.split(":")[1], arn.split(":")[4]
    return f"arn:{partition}:iam::{account}:root"


def sessions_of(principal: str) -> str:
    """Return what the ARNs of a role's sessions begin with, or nothing for a user."""
    arn = Arn.parse(principal)
    if arn.resource_type != "role":
        return ""
    return f"arn:{arn.partition}:sts::{arn.account}:assumed-role/{arn.name}/"


def _bare(arn: Arn) -> str:
    return str(arn.without_path() if arn.resource_type == "role" else arn).lower()

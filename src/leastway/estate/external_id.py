"""External ids: those that a role should accept, and those that an installed trust policy requires.

Source: IAM User Guide, "How to use an external ID when granting access to your AWS resources to a third party".
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from leastway.estate.address import Address, Kind, Place
from leastway.policy import Document, Effect, Statement
from leastway.policy.model import BaseOperator

__all__ = ["AskedIds", "ExternalIds", "RoleIds", "RoleKey", "Stage", "asked_ids", "external_id_in", "role_address"]

RoleKey = tuple[str, str]
"""An account and the name of a role in it; the empty name stands for the account's own id, which new roles get."""


def role_address(key: RoleKey) -> Address:
    """Return the address of a role."""
    return Address(Place(key[0]), Kind.ROLE, key[1])


class Stage(enum.Enum):
    """The stage of a role in a change of its external id."""

    SETTLED = "settled"
    """There is one id."""
    SEVERAL = "several"
    """The role had several ids when it was first read, and it is undecided which one remains."""
    CHANGING = "changing"
    """The new id and the old ones are accepted until `apply --finish`."""
    FINISHING = "finishing"
    """`apply --finish` was run: only the new id is desired, but the old ones may still be installed."""


@dataclass(frozen=True, slots=True)
class RoleIds:
    """The external ids of one role: the one that the platform is given, and the others of the `stage`."""

    current: str
    others: tuple[str, ...] = ()
    stage: Stage = Stage.SETTLED

    @property
    def known(self) -> tuple[str, ...]:
        """All of them."""
        return (self.current, *self.others)

    @property
    def accepted(self) -> tuple[str, ...]:
        """The ids that the role should accept; the one that the platform is given comes first."""
        return (self.current,) if self.stage is Stage.FINISHING else self.known

    @property
    def claimed(self) -> tuple[str, ...]:
        """The ids that no other account may have. Another account may have an old id, which will be removed."""
        return self.known if self.stage is Stage.SEVERAL else (self.current,)


@dataclass(frozen=True, slots=True)
class ExternalIds:
    """The external ids of every role of a grant; the account's own id has the empty role name."""

    by_role: Mapping[RoleKey, RoleIds]

    @classmethod
    def of_accounts(cls, ids: Mapping[str, str]) -> ExternalIds:
        """Return the external ids of accounts whose roles all use the id of the account."""
        return cls({(account, ""): RoleIds(external_id) for account, external_id in ids.items()})

    def of(self, account: str, role: str = "") -> RoleIds:
        """Return the ids of a role, or those of the account if the role has none of its own."""
        return self.by_role.get((account, role)) or self.by_role[account, ""]


@dataclass(frozen=True, slots=True)
class AskedIds:
    """The external ids that an installed trust policy accepts, in its order.

    `unclear` is the text of a condition on the external id from which the accepted ids cannot be read; it is empty if
    there are `ids`.
    """

    ids: tuple[str, ...] = ()
    unclear: str = ""


def external_id_in(trust: Document) -> str | None:
    """Return the first external id that a trust policy accepts, or None if it has none."""
    return next(iter(asked_ids(trust).ids), None)


def asked_ids(trust: Document, principal: str = "") -> AskedIds:
    """Return the external ids that a trust policy requires of `principal`, or of anybody if it does not name it.

    An Allow requires them with StringEquals, a Deny with StringNotEquals. With both, the ids in both are accepted.
    """
    allows = [one for one in trust.statements if one.effect is Effect.ALLOW]
    mine = [one for one in allows if _names(one, principal)] or allows
    allowed, unclear = _tested(mine, _ASKS)
    kept, _ = _tested((one for one in trust.statements if one.effect is Effect.DENY), _DENIES_OTHERS)
    found = tuple(one for one in allowed if one in kept) or allowed or kept
    return AskedIds(found, "" if found else unclear)


_KEY = "sts:externalid"
_ASKS = frozenset({BaseOperator.STRING_EQUALS, BaseOperator.STRING_LIKE})
_DENIES_OTHERS = frozenset({BaseOperator.STRING_NOT_EQUALS, BaseOperator.STRING_NOT_LIKE})
_PATTERNS = frozenset({BaseOperator.STRING_LIKE, BaseOperator.STRING_NOT_LIKE})


def _tested(statements: Iterable[Statement], operators: frozenset[BaseOperator]) -> tuple[tuple[str, ...], str]:
    """Return the ids that the statements test with one of `operators`, and the text of another test of the id."""
    found: dict[str, None] = {}
    unclear = ""
    for statement in statements:
        for operator, key, values in statement.tests():
            if key.lower() != _KEY:
                continue
            for value in values:
                is_pattern = operator.base in _PATTERNS and ("*" in value or "?" in value)
                if operator.base in operators and not is_pattern and "${" not in value:
                    found[value] = None
                else:
                    unclear = unclear or f"{operator.text} {value}"
    return tuple(found), unclear


def _names(statement: Statement, principal: str) -> bool:
    """Return whether the statement names `principal` by its ARN, its account or a wildcard."""
    if not principal or statement.principal is None:
        return False
    account = principal.split(":")[4]
    mine = {principal, "*", account}
    return any(name in mine or name.endswith(f"::{account}:root") for _, name in statement.principal.names())

"""AWS accounts and external ids that belong to one organization alone: the one whose check passed first.

A claim stays when the organization deletes its account, so that no other organization can take over what it used.
External ids are kept as SHA-256, which is enough to compare them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from leastway.store.platform_schema import account_claims

__all__ = ["AccountClaim", "AccountClaims"]


@dataclass(frozen=True, slots=True, order=True)
class AccountClaim:
    """What an organization claims."""

    kind: str
    value: str

    @classmethod
    def of_account(cls, aws_account: str) -> AccountClaim:
        """Return the claim to an AWS account."""
        return cls("aws-account", aws_account)

    @classmethod
    def of_external_id(cls, external_id: str) -> AccountClaim:
        """Return the claim to an external id."""
        return cls("external-id", hashlib.sha256(external_id.encode()).hexdigest())


class AccountClaims:
    """Claims of organizations, within one transaction."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def are_free(self, organization: str, claims: Iterable[AccountClaim]) -> bool:
        """Return whether no other organization has one of these claims."""
        return all(self._holder(claim) in (None, organization) for claim in claims)

    def take(self, organization: str, claims: Iterable[AccountClaim]) -> bool:
        """Take what is free; return False if another organization has one of them: then roll the transaction back."""
        make = postgresql.insert if self._connection.dialect.name == "postgresql" else sqlite.insert
        for claim in sorted(claims):  # in one order, so that two transactions do not wait for each other
            values = {"kind": claim.kind, "value": claim.value, "organization": organization, "claimed_at": self._now}
            self._connection.execute(make(account_claims).values(values).on_conflict_do_nothing())
            if self._holder(claim) != organization:
                return False
        return True

    def _holder(self, claim: AccountClaim) -> str | None:
        query = select(account_claims.c.organization).where(
            account_claims.c.kind == claim.kind, account_claims.c.value == claim.value
        )
        found: str | None = self._connection.scalar(query)
        return found

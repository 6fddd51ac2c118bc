"""What the broker needs to know about cloud accounts."""

from __future__ import annotations

from typing import Protocol

from leastway.ports import SessionKeys
from leastway.sessions import AccountRoles

__all__ = ["Accounts"]


class Accounts(Protocol):
    """The cloud accounts of all organizations. Thread-safe; each call reads the store."""

    def roles(self, organization: str, account: str) -> AccountRoles | None:
        """Return what an account may assume, or None if the organization has no such account.

        Roles in an AWS account that belongs to another organization are left out.
        """
        ...

    def key(self, organization: str, account: str, version: int) -> SessionKeys:
        """Return the access key of an `aws` account. Errors: LeastwayError if custody does not open it."""
        ...

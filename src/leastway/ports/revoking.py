"""Cutting off users and roles of one account, and undoing it.

These calls are apart from `Site`, because a revocation must work on objects that nobody can read completely, that other
tools own, or that do not match the grant. Rules for implementations:
- Nothing is read apart from what is needed for these calls, and no policy of others is changed.
- Each call can be repeated: what is done already is left as it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from leastway.estate import Address, Owner
from leastway.policy import Document

__all__ = ["PrincipalState", "Revoker"]


@dataclass(frozen=True, slots=True)
class PrincipalState:
    """A live user or role: `policy` is the inline policy of a revocation or restore, if there is one.

    `keys` says for each access key whether it is active. `longest_session` is in seconds. `read_at` is the time of the
    service, which decides when a session was issued.
    """

    read_at: dt.datetime
    unique_id: str = ""
    grant: str = ""
    owner: Owner | None = None
    policy: Document | None = None
    is_closed: bool = False
    keys: Mapping[str, bool] = field(default_factory=dict)
    longest_session: int = 3600


class Revoker(Protocol):
    """The calls of a revocation in one account."""

    def state(self, principal: Address, /) -> PrincipalState | None:
        """Read a user or role; None if it does not exist."""
        ...

    def close(self, role: Address, since: dt.datetime, /) -> str:
        """Deny everyone to assume the role, in addition to what its trust policy says.

        If there is no room for that, or IAM no longer accepts the rest, the policy is replaced; return the replaced
        text then, and an empty one otherwise.
        """
        ...

    def open(self, role: Address, /) -> None:
        """Remove the statement that denies everyone. LeastwayError if nothing would be left of the trust policy."""
        ...

    def put(self, principal: Address, policy: Document, /) -> None:
        """Write the inline policy of the revocation, in place of an earlier one."""
        ...

    def set_key(self, user: Address, key: str, /, *, active: bool) -> None:
        """Activate or deactivate an access key; one that no longer exists is not an error."""
        ...

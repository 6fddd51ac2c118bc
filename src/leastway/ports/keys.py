"""The access keys of a user, and where a new one is stored.

CreateAccessKey returns the secret of a key only once. A crash between that call and `keep` leaves a key whose secret
nobody has. `intend` records beforehand which keys existed, so that the next run recognizes the orphaned key as ours.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Protocol

from leastway.ports.guests import SessionKeys
from leastway.primitives import Secret

__all__ = ["KeyCustody", "StagedKeys", "UserKey", "UserKeys"]


class KeyCustody(Protocol):
    """Keeps a user's new key."""

    def intend(self, account: str, user: str, existing: frozenset[str]) -> None:
        """Record durably the key ids that exist before a key is created."""
        ...

    def intention(self, account: str, user: str) -> frozenset[str] | None:
        """Return what `intend` recorded if no key was kept since; None if there is no open intention."""
        ...

    def keep(self, account: str, user: str, key_id: str, secret: Secret) -> None:
        """Store the key, durably, and close the intention."""
        ...


@dataclass(frozen=True, slots=True)
class UserKey:
    """One access key as AWS reports it; `last_used` is None if it was never used, `service` is the last one."""

    id: str
    is_active: bool
    created: dt.datetime
    last_used: dt.datetime | None = None
    service: str = ""
    region: str = ""


class UserKeys(Protocol):
    """The access keys of one user. Errors: LeastwayError."""

    def all(self) -> tuple[UserKey, ...]:
        """Read every key with its last use, the oldest first."""
        ...

    def create(self) -> str:
        """Create a key, hand it to custody, and return its id.

        An intention must be open in custody: a key that has appeared since is the orphan of an interrupted run. It is
        deleted if it was never used; LeastwayError if it was, or if there are several.
        """
        ...

    def activate(self, key_id: str, *, active: bool) -> None:
        """Make a key active or inactive."""
        ...

    def delete(self, key_id: str) -> None:
        """Delete a key; one that does not exist is not an error."""
        ...


class StagedKeys(KeyCustody, Protocol):
    """The stored keys of one user during a rotation; as custody, it keeps the new one.

    Every method may be repeated after it was interrupted.
    """

    def new(self) -> SessionKeys | None:
        """Return the key that is not in use yet, or None."""
        ...

    def current(self) -> SessionKeys | None:
        """Return the stored key that is in use, or None: a person may have deleted it after handing it over."""
        ...

    def old(self) -> SessionKeys | None:
        """Return the stored key that was in use before, or None."""
        ...

    def switch(self, new_id: str) -> None:
        """Make the new key the current one, and the current one the old one."""
        ...

    def switch_back(self, new_id: str) -> None:
        """Undo `switch`, if it was done."""
        ...

    def forget_old(self) -> None:
        """Delete the old key, which no longer exists in AWS."""
        ...

    def forget_new(self) -> None:
        """Delete the new key, which no longer exists in AWS, and close the intention."""
        ...

"""Where the first access key of a user is stored, and how a lost one is found.

CreateAccessKey returns the secret of a key only once. A crash between that call and `keep` leaves a key whose secret
nobody has. `intend` records beforehand which keys existed, so that the next run recognizes the orphaned key as ours.
"""

from __future__ import annotations

from typing import Protocol

from leastway.primitives import Secret

__all__ = ["KeyCustody"]


class KeyCustody(Protocol):
    """Keeps a user's first key."""

    def intend(self, account: str, user: str, existing: frozenset[str]) -> None:
        """Record durably the key ids that exist before a key is created."""
        ...

    def intention(self, account: str, user: str) -> frozenset[str] | None:
        """Return what `intend` recorded if no key was kept since; None if there is no open intention."""
        ...

    def keep(self, account: str, user: str, key_id: str, secret: Secret) -> None:
        """Store the key, durably, and close the intention."""
        ...

"""Where the first access key of a user goes, and how a lost one is found again.

The secret of a key is shown once, by CreateAccessKey. A crash between that call and `keep` leaves a key whose secret
nobody has; `intend` writes down beforehand which keys were there, so that the next run knows the orphan for its own.
"""

from __future__ import annotations

from typing import Protocol

from leastway.primitives import Secret

__all__ = ["KeyCustody"]


class KeyCustody(Protocol):
    """Keeps a user's first key."""

    def intend(self, account: str, user: str, existing: frozenset[str]) -> None:
        """Write down, durably, the key ids that exist before a key is made."""
        ...

    def intention(self, account: str, user: str) -> frozenset[str] | None:
        """Return what `intend` wrote while no key was kept since; None when there is no open intention."""
        ...

    def keep(self, account: str, user: str, key_id: str, secret: Secret) -> None:
        """Store the key, durably, and close the intention."""
        ...

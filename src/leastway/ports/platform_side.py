"""The platform's server in a rehearsal: what it is asked to do with the accounts of a grant, and how that went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from leastway.ports.guests import SessionKeys
from leastway.primitives import Secret

__all__ = ["PlatformSide", "PlatformStep", "RehearsedAccount", "RehearsedRole"]


@dataclass(frozen=True, slots=True)
class RehearsedRole:
    """A role that an account assumes in addition to its own."""

    arn: str
    external_id: str


@dataclass(frozen=True, slots=True)
class RehearsedAccount:
    """A cloud account to register: its credentials by the members of its type, and further roles."""

    id: str
    name: str
    type: str
    credentials: Mapping[str, str | Secret]
    roles: tuple[RehearsedRole, ...] = ()


@dataclass(frozen=True, slots=True)
class PlatformStep:
    """One thing that was tried: what, whether it went as expected, and what was seen."""

    what: str
    passed: bool
    detail: str = ""


class PlatformSide(Protocol):
    """A running server. Each method returns its steps in the order in which they were done."""

    def use(self) -> tuple[PlatformStep, ...]:
        """Register the accounts, check them, take credentials, and stop and start the hand-outs."""
        ...

    def give_key(self, account: str, key: SessionKeys) -> tuple[PlatformStep, ...]:
        """Give a registered account a new access key, and take sessions with it."""
        ...

    def after_revocation(self) -> tuple[PlatformStep, ...]:
        """Show that no account passes its check while the grant is revoked."""
        ...

    def after_restore(self) -> tuple[PlatformStep, ...]:
        """Show that every account passes again, and that new sessions work."""
        ...

    def audit(self) -> tuple[PlatformStep, ...]:
        """Verify the audit log of all of it."""
        ...

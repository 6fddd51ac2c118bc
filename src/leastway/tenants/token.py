"""API tokens: 256 random bits, of which the store keeps the SHA-256 alone.

A slow hash protects what people choose; these tokens are random, so one fast hash is enough and can be looked up.
The prefix lets scanners for secrets recognise a token in a repository.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from leastway.primitives import Secret
from leastway.tenants.role import Permission

__all__ = ["NewToken", "Token", "token_digest"]

_PREFIX = "lwt_"
_BYTES = 32


@dataclass(frozen=True, slots=True)
class Token:
    """What is known about a token, which is not the token itself. `id` is unique among the tokens of `user`.

    `accounts` narrows it to hand-outs of these cloud accounts; None is everything that the role of the user allows.
    """

    id: str
    organization: str
    user: str
    description: str
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None = None
    accounts: tuple[str, ...] | None = None

    def allows(self, permission: Permission, account: str | None) -> bool:
        """Return whether the token may use `permission` of its user, on `account` if one is named."""
        if self.accounts is None:
            return True
        return permission is Permission.HAND_OUT and (account is None or account in self.accounts)

    def is_valid(self, now: datetime) -> bool:
        """Return whether the token is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was just made: `secret` is shown once, and its digest is stored."""

    secret: Secret
    digest: bytes

    @classmethod
    def generate(cls) -> NewToken:
        """Make a token from the system's random numbers."""
        text = _PREFIX + secrets.token_urlsafe(_BYTES)
        return cls(Secret(text), token_digest(text))


def token_digest(text: str) -> bytes:
    """Return the 32 bytes by which the store finds a token."""
    return hashlib.sha256(text.encode()).digest()

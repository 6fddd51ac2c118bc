"""Agents and public keys.

An agent proves who it is with a private key that only it has. The platform stores the public halves, several at once,
so that a key is replaced without a gap. Source: Humanitec's API, `agents/{agentId}/keys` and `keys`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["Agent", "AgentKey", "OrganizationKey", "expiry_of_key"]

_YEARS = 2


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent of one organization."""

    organization: str
    id: str
    description: str
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class AgentKey:
    """A public key of an agent. `fingerprint` is the SHA-256 of its DER in hexadecimal; `pem` is as it was given."""

    organization: str
    agent: str
    fingerprint: str
    pem: str
    created_at: datetime
    created_by: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OrganizationKey:
    """A public key of the organization itself, such as that of an operator in its cluster."""

    organization: str
    id: str
    fingerprint: str
    pem: str
    created_at: datetime
    created_by: str
    expires_at: datetime


def expiry_of_key(created_at: datetime) -> datetime:
    """Return when a key should be replaced: two years after it was stored."""
    year = created_at.year + _YEARS
    is_leap_day = (created_at.month, created_at.day) == (2, 29)
    return created_at.replace(year=year, day=28) if is_leap_day else created_at.replace(year=year)

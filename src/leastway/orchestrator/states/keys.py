"""What names a state, and what gives access to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from leastway.errors import LeastwayError
from leastway.ports import Holder, HolderKind, SecretPlace
from leastway.primitives import Secret

__all__ = ["RefusedStateError", "StateKey", "StateTicket", "state_place"]


class RefusedStateError(LeastwayError):
    """A request for a state that is refused: the access, the lock, or the state itself is not the right one."""


@dataclass(frozen=True, slots=True)
class StateKey:
    """A state of an organization; `id` is the resource's: at most 63 characters."""

    organization: str
    id: str


@dataclass(frozen=True, slots=True)
class StateTicket:
    """What a run is given for its state: the token, which is kept as a digest only, and when its lease ends."""

    token: Secret
    expires_at: datetime


def state_place(key: StateKey, version: int) -> SecretPlace:
    """Return the place to which a version of a state is sealed."""
    return SecretPlace(Holder(key.organization, HolderKind.STATE, key.id), version)

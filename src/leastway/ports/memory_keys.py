"""The access keys of one user in memory, with AWS's rules: two keys at most, and a secret that is shown once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from leastway.errors import LeastwayError
from leastway.ports.keys import KeyCustody, UserKey
from leastway.primitives import Clock, Secret, SystemClock

__all__ = ["MemoryUserKeys"]


@dataclass
class MemoryUserKeys:
    """The keys of `user` in `account`; `custody` keeps a new one. `used` records a use of a key."""

    account: str
    user: str
    custody: KeyCustody
    clock: Clock = field(default_factory=SystemClock)
    keys: dict[str, UserKey] = field(default_factory=dict)
    secrets: dict[str, Secret] = field(default_factory=dict)
    _created: int = 0

    def all(self) -> tuple[UserKey, ...]:
        """Return every key, the oldest first."""
        return tuple(sorted(self.keys.values(), key=lambda key: (key.created, key.id)))

    def create(self) -> str:
        """Create a key, and hand it to custody; the orphan of an interrupted run is deleted."""
        known = self.custody.intention(self.account, self.user)
        if known is None:
            raise AssertionError("no intention is recorded")
        for orphan in self.keys.keys() - known:
            if self.keys[orphan].last_used is not None:
                raise LeastwayError(f"{orphan} is in use", where=self.user)
            del self.keys[orphan]
        identifier = self.add()
        self.custody.keep(self.account, self.user, identifier, self.secrets[identifier])
        return identifier

    def add(self) -> str:
        """Create a key as somebody else would, and return its id."""
        if len(self.keys) >= 2:
            raise LeastwayError("LimitExceeded: a user has two access keys at most", where=self.user)
        self._created += 1
        identifier = f"AKIA{self.account}{self._created:04}"
        self.keys[identifier] = UserKey(identifier, True, self.clock.now())
        self.secrets[identifier] = Secret(f"secret of {identifier}")
        return identifier

    def used(self, key_id: str) -> None:
        """Record that a key is used now."""
        self.keys[key_id] = replace(self.keys[key_id], last_used=self.clock.now(), service="sts", region="eu-central-1")

    def activate(self, key_id: str, *, active: bool) -> None:
        """Make a key active or inactive."""
        if key_id not in self.keys:
            raise LeastwayError("the key does not exist", where=key_id)
        self.keys[key_id] = replace(self.keys[key_id], is_active=active)

    def delete(self, key_id: str) -> None:
        """Delete a key, if it exists."""
        self.keys.pop(key_id, None)

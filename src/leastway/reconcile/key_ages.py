"""Judge the access keys of the platform's users: old, unused, or not created by leastway.

A key is old after 90 days, and unused if it was not used for 45 days; one that was never used counts from its creation.
Source: CIS AWS Foundations Benchmark, "Ensure access keys are rotated every 90 days or less" and "Ensure credentials
unused for 45 days or more are disabled".
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Collection
from dataclasses import dataclass

from leastway.ports import UserKey

__all__ = ["OLD_AFTER", "UNUSED_AFTER", "KeyFlag", "KeyStatus", "key_status"]

OLD_AFTER = dt.timedelta(days=90)
UNUSED_AFTER = dt.timedelta(days=45)


class KeyFlag(enum.Enum):
    """What is wrong with a key."""

    OLD = "old"
    UNUSED = "unused"
    UNKNOWN = "unknown"
    """leastway has no record that it created the key."""
    INACTIVE = "inactive"


@dataclass(frozen=True, slots=True)
class KeyStatus:
    """One key of `user` in `account`; `age` and `idle` are how long ago it was created and last used."""

    account: str
    user: str
    key: UserKey
    age: dt.timedelta
    idle: dt.timedelta
    flags: tuple[KeyFlag, ...] = ()


def key_status(account: str, user: str, key: UserKey, known: Collection[str], now: dt.datetime) -> KeyStatus:
    """Judge one key; `known` are the ids of the keys that leastway created."""
    age = now - key.created
    idle = now - (key.last_used or key.created)
    judged = {
        KeyFlag.OLD: age >= OLD_AFTER,
        KeyFlag.UNUSED: idle >= UNUSED_AFTER,
        KeyFlag.UNKNOWN: key.id not in known,
        KeyFlag.INACTIVE: not key.is_active,
    }
    return KeyStatus(account, user, key, age, idle, tuple(flag for flag, applies in judged.items() if applies))

"""When a session that is kept is good enough to be handed out, and when to make the next one.

AWS SDKs refresh credentials 15 minutes before they expire (advisory) and insist 10 minutes before, so less than 15
minutes would make them ask again at once. Where the duration allows it, at least 15 minutes are left.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from leastway.sessions.request import SHORTEST

__all__ = ["LEAST_LEFT", "Lifetime"]

LEAST_LEFT = timedelta(seconds=SHORTEST)
"""The time that a session which is handed out still lasts."""
_KEPT_FROM = 2 * LEAST_LEFT
"""Shorter sessions are not kept: each hand-out gets a new one."""
_EARLIEST = 0.3
_LATEST = 0.1
"""The next session is made when this share of the time before the last 15 minutes is left."""


@dataclass(frozen=True, slots=True)
class Lifetime:
    """From `issued` to `expires`. `jitter`, from 0 to 1, spreads the refreshes of sessions that were made together.

    What each hand-out asks is worked out once: whether the session `is_kept` for the next request, until when it has
    enough left to be handed out (`good_until`), and when to make the next one, while this one is still (`refresh_at`).
    """

    issued: datetime
    expires: datetime
    jitter: float = 0.0
    is_kept: bool = field(init=False)
    good_until: datetime = field(init=False)
    refresh_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        good_until = self.expires - LEAST_LEFT
        share = _LATEST + (_EARLIEST - _LATEST) * self.jitter
        object.__setattr__(self, "is_kept", self.expires - self.issued >= _KEPT_FROM)
        object.__setattr__(self, "good_until", good_until)
        object.__setattr__(self, "refresh_at", good_until - (good_until - self.issued) * share)

    def is_good(self, now: datetime) -> bool:
        """Return whether at least 15 minutes are left of a session that is kept."""
        return self.is_kept and now <= self.good_until

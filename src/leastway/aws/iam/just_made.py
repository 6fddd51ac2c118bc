"""Waiting until IAM sees an object that it has just created."""

from __future__ import annotations

from collections.abc import Callable

from leastway.ports import NotThereYetError
from leastway.primitives import Clock

__all__ = ["once_seen"]

_DEADLINE = 30.0
_FIRST_PAUSE = 0.25


def once_seen(act: Callable[[], None], clock: Clock) -> None:
    """Retry `act` for half a minute while IAM reports that its object does not exist yet.

    For the calls that complete an object within `create`, which itself cannot be called twice. `act` can be.
    """
    give_up = clock.monotonic() + _DEADLINE
    pause = _FIRST_PAUSE
    while True:
        try:
            return act()
        except NotThereYetError:
            if clock.monotonic() + pause >= give_up:
                raise
        clock.sleep(pause)
        pause *= 2

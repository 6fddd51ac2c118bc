"""Waiting for IAM to know what one of its own calls has just made."""

from __future__ import annotations

from collections.abc import Callable

from leastway.ports import NotThereYetError
from leastway.primitives import Clock

__all__ = ["once_seen"]

_DEADLINE = 30.0
_FIRST_PAUSE = 0.25


def once_seen(act: Callable[[], None], clock: Clock) -> None:
    """Call `act` until IAM no longer says that what it is about is not there yet, for half a minute.

    For the calls that complete an object within `create`, which itself cannot be called twice. `act` can.
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

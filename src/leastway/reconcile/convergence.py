"""Wait until a change is visible: N successful checks in a row before a deadline, never a fixed sleep.

IAM and EKS answer from many replicas: a change that one read shows may be missing from the next (IAM User Guide,
"Changes that I make are not always immediately visible").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from leastway.errors import LeastwayError
from leastway.ports import NotThereYetError
from leastway.primitives import Clock

__all__ = ["Convergence", "NotConvergedError"]

T = TypeVar("T")


class NotConvergedError(LeastwayError):
    """The deadline passed before the change was visible often enough in a row."""


@dataclass(frozen=True, slots=True)
class Convergence:
    """How long to wait: `successes` in a row, `interval` seconds apart, within `deadline` seconds."""

    successes: int = 3
    interval: float = 1.0
    deadline: float = 90.0

    def wait(self, clock: Clock, check: Callable[[], str | None]) -> None:
        """Call `check` until it has returned None `successes` times in a row; otherwise it returns what is missing.

        NotConvergedError with the last answer when the deadline has passed.
        """
        give_up = clock.monotonic() + self.deadline
        in_a_row = 0
        while True:
            problem = check()
            in_a_row = 0 if problem else in_a_row + 1
            if in_a_row >= self.successes:
                return
            if clock.monotonic() >= give_up:
                raise NotConvergedError(
                    self.late(problem or "visible, but not often enough in a row"),
                    fix="run the same command again: it continues from here",
                )
            clock.sleep(self.interval)

    def late(self, problem: str) -> str:
        """Return what to say of a problem that outlasted the deadline."""
        return f"not confirmed after {self.deadline:.0f} s: {problem}"

    def retry(self, clock: Clock, act: Callable[[], T]) -> T:
        """Call `act` until it no longer raises NotThereYetError; after the deadline, raise the last one."""
        give_up = clock.monotonic() + self.deadline
        pause = self.interval / 4
        while True:
            try:
                return act()
            except NotThereYetError:
                if clock.monotonic() + pause >= give_up:
                    raise
            clock.sleep(pause)
            pause = min(pause * 2, self.interval * 5)

"""How a use case tells what it is doing. The command line shows it; everything else may ignore it."""

from __future__ import annotations

from typing import Protocol

from leastway.reconcile import Result

__all__ = ["Progress", "Silent"]


class Progress(Protocol):
    """Told from several threads at once."""

    def phase(self, what: str, total: int) -> None:
        """Start a phase of `total` steps."""
        ...

    def step(self, what: str) -> None:
        """Tell that one step of the phase is done."""
        ...

    def result(self, result: Result) -> None:
        """Tell how one change ended."""
        ...


class Silent:
    """Tells nobody."""

    def phase(self, what: str, total: int) -> None:
        """Ignore it."""

    def step(self, what: str) -> None:
        """Ignore it."""

    def result(self, result: Result) -> None:
        """Ignore it."""

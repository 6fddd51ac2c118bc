"""The interface through which a use case reports its progress. The command line shows it; others may ignore it."""

from __future__ import annotations

from typing import Protocol

from leastway.reconcile import Result

__all__ = ["Progress", "Silent"]


class Progress(Protocol):
    """Receives progress; its methods are called from several threads at once."""

    def phase(self, what: str, total: int) -> None:
        """Start a phase of `total` steps."""
        ...

    def step(self, what: str) -> None:
        """Report that one step of the phase is done."""
        ...

    def result(self, result: Result) -> None:
        """Report the result of one change."""
        ...


class Silent:
    """Ignores all progress."""

    def phase(self, what: str, total: int) -> None:
        """Do nothing."""

    def step(self, what: str) -> None:
        """Do nothing."""

    def result(self, result: Result) -> None:
        """Do nothing."""

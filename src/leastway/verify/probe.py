"""A probe, and its answer: what was asked, what was expected, what was got."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from leastway.verify.request import Request

__all__ = ["Answer", "Probe", "Verdict", "Verified", "Visitor"]

from typing import Protocol


class Verdict(enum.Enum):
    """What came of a request."""

    ALLOWED = "allowed"
    DENIED = "denied"
    SKIPPED = "skipped"
    """It could not be tried here, and the reason says why."""
    UNKNOWN = "unknown"
    """It was tried, and the answer was neither yes nor no."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was got; `detail` says what the service answered, without a secret."""

    verdict: Verdict
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """One request, in words, with the verdict that the grant means it to have: ALLOWED or DENIED."""

    account: str
    asked: str
    request: Request
    expected: Verdict


@dataclass(frozen=True, slots=True)
class Verified:
    """One probe and its answer."""

    probe: Probe
    got: Answer

    @property
    def agrees(self) -> bool:
        """Whether the access is as meant, seen for certain."""
        return self.got.verdict is self.probe.expected

    @property
    def differs(self) -> bool:
        """Whether the access was seen to be other than meant."""
        return self.got.verdict in (Verdict.ALLOWED, Verdict.DENIED) and not self.agrees


class Visitor(Protocol):
    """The platform, coming in: whoever holds its credentials, or a rehearsal's stand-in."""

    def ask(self, request: Request) -> Answer:
        """Make the request for real; never raise for a refusal or a service's failure."""
        ...

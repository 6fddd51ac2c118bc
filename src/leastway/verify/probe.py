"""A probe, and its answer: what was asked, what was expected, what was got."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol

from leastway.verify.request import ProbeRequest

__all__ = ["Probe", "ProbeAnswer", "ProbeVerdict", "Verified", "Visitor"]


class ProbeVerdict(enum.Enum):
    """What came of a request."""

    ALLOWED = "allowed"
    DENIED = "denied"
    SKIPPED = "skipped"
    """It could not be tried here, and the reason says why."""
    UNKNOWN = "unknown"
    """It was tried, and the answer was neither yes nor no."""


@dataclass(frozen=True, slots=True)
class ProbeAnswer:
    """What was got; `detail` says what the service answered, without a secret."""

    verdict: ProbeVerdict
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """One request, in words, with the verdict that the grant means it to have: ALLOWED or DENIED."""

    account: str
    asked: str
    request: ProbeRequest
    expected: ProbeVerdict


@dataclass(frozen=True, slots=True)
class Verified:
    """One probe and its answer."""

    probe: Probe
    got: ProbeAnswer

    @property
    def agrees(self) -> bool:
        """Whether the access is as meant, seen for certain."""
        return self.got.verdict is self.probe.expected

    @property
    def differs(self) -> bool:
        """Whether the access was seen to be other than meant."""
        return self.got.verdict in (ProbeVerdict.ALLOWED, ProbeVerdict.DENIED) and not self.agrees


class Visitor(Protocol):
    """The platform, coming in: whoever holds its credentials, or a rehearsal's stand-in."""

    def ask(self, request: ProbeRequest) -> ProbeAnswer:
        """Make the request for real; never raise for a refusal or a service's failure."""
        ...

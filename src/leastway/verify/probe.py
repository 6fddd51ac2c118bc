"""A probe and its answer: the request, the expected verdict, and the verdict that was observed."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol

from leastway.verify.request import ProbeRequest

__all__ = ["Evidence", "Probe", "ProbeAnswer", "ProbeVerdict", "Verified", "Visitor"]


class ProbeVerdict(enum.Enum):
    """The outcome of a request."""

    ALLOWED = "allowed"
    DENIED = "denied"
    SKIPPED = "skipped"
    """The request could not be made from here; `detail` says why."""
    UNKNOWN = "unknown"
    """The request was made, and was neither clearly allowed nor clearly denied."""


class Evidence(enum.Enum):
    """How an answer is known; all but the first are weaker, because nobody used the access."""

    TRIED = "the request was made as the platform"
    SIMULATED = "simulated by IAM: its policies only, neither trust nor external id"
    REVIEWED = "the API server's answer about its user and groups: RBAC only"
    READ = "read from its access entry and the associated access policies"

    @property
    def is_weaker(self) -> bool:
        """Whether nobody used the access."""
        return self is not Evidence.TRIED


@dataclass(frozen=True, slots=True)
class ProbeAnswer:
    """The observed verdict; `detail` is the service's answer or the reason, without secrets.

    `rejected` if the service does not accept the credentials at all: the verdict is unknown then, because that says
    nothing about what their holder may do, and a revocation has reached its aim.
    """

    verdict: ProbeVerdict
    detail: str = ""
    rejected: bool = False
    evidence: Evidence = Evidence.TRIED


@dataclass(frozen=True, slots=True)
class Probe:
    """One request with its description and the verdict that the grant requires: ALLOWED or DENIED."""

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
        """Whether the observed verdict is the expected one."""
        return self.got.verdict is self.probe.expected

    @property
    def differs(self) -> bool:
        """Whether the opposite of the expected verdict was observed."""
        return self.got.verdict in (ProbeVerdict.ALLOWED, ProbeVerdict.DENIED) and not self.agrees


class Visitor(Protocol):
    """Makes requests as the platform, with its credentials or with those of a rehearsal."""

    def ask(self, request: ProbeRequest) -> ProbeAnswer:
        """Make the request; a refusal or a failure of the service is an answer and is never raised."""
        ...

"""The result of an evaluation."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leastway.policy.model import PolicyKind, Statement

__all__ = ["Decision", "StatementRef", "Verdict"]


class Verdict(enum.StrEnum):
    """The outcome of a request."""

    ALLOWED = "Allowed"
    IMPLICITLY_DENIED = "ImplicitlyDenied"
    """A policy that must allow it does not."""
    EXPLICITLY_DENIED = "ExplicitlyDenied"
    """A Deny statement matches."""


@dataclass(frozen=True, slots=True)
class StatementRef:
    """A statement and its place in the set of policies; all numbers count from zero."""

    kind: PolicyKind
    policy: int
    """The index of the policy among those of its kind; for SCPs and RCPs, among those of its level."""
    index: int
    """The index of the statement in the policy."""
    statement: Statement
    level: int | None = None
    """The level of the organization, for SCPs and RCPs."""

    def __str__(self) -> str:
        level = f" level {self.level}" if self.level is not None else ""
        sid = f" ({self.statement.sid})" if self.statement.sid else ""
        return f"{self.kind} policy{level} {self.policy}, statement {self.index}{sid}"


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict and its cause.

    `decided_by`: the Deny statement, or the Allow statement of the identity or resource policy; None if nothing allows
    the request, or it needs no permission. `missing_allow`: for an implicit deny, the kind of policy that had to allow
    and did not; of several, the first of SCP, resource, identity, boundary, session; None if AWS refuses whatever the
    policies say.
    """

    verdict: Verdict
    decided_by: StatementRef | None = None
    missing_allow: PolicyKind | None = None

    @property
    def allowed(self) -> bool:
        """Whether the request is allowed."""
        return self.verdict is Verdict.ALLOWED

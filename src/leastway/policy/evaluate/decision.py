"""What an evaluation answers."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leastway.policy.model import PolicyKind, Statement

__all__ = ["Decision", "StatementRef", "Verdict"]


class Verdict(enum.StrEnum):
    """Whether a request goes through."""

    ALLOWED = "Allowed"
    IMPLICITLY_DENIED = "ImplicitlyDenied"
    """Nothing allows it where something must."""
    EXPLICITLY_DENIED = "ExplicitlyDenied"
    """A Deny statement matches."""


@dataclass(frozen=True, slots=True)
class StatementRef:
    """A statement and its place in the set of policies; all numbers count from zero."""

    kind: PolicyKind
    policy: int
    """Which of the policies of this kind; of this level, for SCPs and RCPs."""
    index: int
    """Which statement of the policy."""
    statement: Statement
    level: int | None = None
    """The level of the organization, for SCPs and RCPs."""

    def __str__(self) -> str:
        level = f" level {self.level}" if self.level is not None else ""
        sid = f" ({self.statement.sid})" if self.statement.sid else ""
        return f"{self.kind} policy{level} {self.policy}, statement {self.index}{sid}"


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict, and what led to it.

    `decided_by`: the Deny statement, or the Allow statement of the identity or resource policy that grants; None when
    nothing allows, or nothing needs to. `missing_allow`: for an implicit deny, the kind of policy that had to allow
    and did not; of several, the first of SCP, resource, identity, boundary, session; None when AWS refuses whatever
    the policies say.
    """

    verdict: Verdict
    decided_by: StatementRef | None = None
    missing_allow: PolicyKind | None = None

    @property
    def allowed(self) -> bool:
        """Whether the request goes through."""
        return self.verdict is Verdict.ALLOWED

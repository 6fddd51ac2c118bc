"""What a question for a proof is answered with. Unknown is an answer of its own, and never means proved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leastway.policy.prove.basis import Basis
    from leastway.policy.prove.requests.counterexample import Counterexample

__all__ = ["Proved", "Refuted", "Unknown", "Verdict"]


@dataclass(frozen=True, slots=True)
class Proved:
    """It holds for every request. `example` shows it, where the question was whether something is possible."""

    basis: Basis
    example: Counterexample | None = None
    allows_nothing: bool = False
    """Of a comparison: whether the new policies certainly allow no request at all, which may be a slip in them."""


@dataclass(frozen=True, slots=True)
class Refuted:
    """It does not hold, as the counterexample shows; there is none where no request does what was asked for."""

    basis: Basis
    counterexample: Counterexample | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """It could be neither proved nor refuted."""

    basis: Basis
    reason: str


Verdict = Proved | Refuted | Unknown

"""The verdict of a proof: proved, refuted or unknown. Unknown never counts as proved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from leastway.policy.prove.basis import Basis
    from leastway.policy.prove.requests.counterexample import Counterexample

__all__ = ["Proved", "Refuted", "Unknown", "Verdict"]


@dataclass(frozen=True, slots=True)
class Proved:
    """It holds for every request. `example` is a request that shows it, if the question was whether one is possible."""

    word: ClassVar = "proved"
    basis: Basis
    example: Counterexample | None = None
    allows_nothing: bool = False
    """For a comparison: whether the new policies allow no request at all, which may be a mistake in them."""


@dataclass(frozen=True, slots=True)
class Refuted:
    """It does not hold, as the counterexample shows; None if the claim was that some request is possible."""

    word: ClassVar = "refuted"
    basis: Basis
    counterexample: Counterexample | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """It could be neither proved nor refuted."""

    word: ClassVar = "unknown"
    basis: Basis
    reason: str


Verdict = Proved | Refuted | Unknown

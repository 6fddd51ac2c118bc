"""Proving what policies allow, offline: with a verdict, a counterexample where it is refuted, and what it rests on."""

from leastway.policy.prove.basis import Basis
from leastway.policy.prove.compare import DEFAULT_TIMEOUT, compare
from leastway.policy.prove.counterexample import Counterexample
from leastway.policy.prove.verdict import Proved, Refuted, Unknown, Verdict

__all__ = [
    "DEFAULT_TIMEOUT",
    "Basis",
    "Counterexample",
    "Proved",
    "Refuted",
    "Unknown",
    "Verdict",
    "compare",
]

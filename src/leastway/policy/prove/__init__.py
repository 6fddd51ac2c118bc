"""Offline proofs of what policies allow: a verdict, a counterexample if it is refuted, and what the verdict depends on.

`compare` proves that one set of policies allows nothing that another does not, `admits_only` which principal a trust
policy admits, `cannot_widen` that policies cannot be used to get more access, `possible` and `impossible` whether some
request is allowed; a `Replay` tries a request that was possible elsewhere. A verdict of Unknown is never a proof. No
solver is needed: see ADR 6.
"""

from leastway.policy.prove.admits import TokenConditions, admits_only
from leastway.policy.prove.asking import DEFAULT_TIMEOUT
from leastway.policy.prove.basis import Basis, basis_of
from leastway.policy.prove.compare import compare
from leastway.policy.prove.possible import Replay, impossible, possible
from leastway.policy.prove.requests.counterexample import Counterexample
from leastway.policy.prove.verdict import Proved, Refuted, Unknown, Verdict
from leastway.policy.prove.widening import cannot_widen

__all__ = [
    "DEFAULT_TIMEOUT",
    "Basis",
    "Counterexample",
    "Proved",
    "Refuted",
    "Replay",
    "TokenConditions",
    "Unknown",
    "Verdict",
    "admits_only",
    "basis_of",
    "cannot_widen",
    "compare",
    "impossible",
    "possible",
]

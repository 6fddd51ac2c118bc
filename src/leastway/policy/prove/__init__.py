"""Proving what policies allow, offline: a verdict, a request that refutes it where one does, and what it rests on.

`compare` proves that one set of policies allows nothing that another does not. `prove_reachable` proves a whole
grant, from parts that can be asked by themselves: `admits_only`, `cannot_widen`, `possible`, `impossible`. A verdict
of Unknown is never a proof. No solver is needed: see ADR 6.
"""

from leastway.policy.prove.admits import admits_only, strictest_trust
from leastway.policy.prove.asking import DEFAULT_TIMEOUT
from leastway.policy.prove.basis import Basis, basis_of
from leastway.policy.prove.compare import compare
from leastway.policy.prove.grant import prove_reachable
from leastway.policy.prove.possible import impossible, possible
from leastway.policy.prove.reachable import Check, Contract, Need, Reachable, RoleAccess
from leastway.policy.prove.requests.counterexample import Counterexample
from leastway.policy.prove.verdict import Proved, Refuted, Unknown, Verdict
from leastway.policy.prove.widening import cannot_widen

__all__ = [
    "DEFAULT_TIMEOUT",
    "Basis",
    "Check",
    "Contract",
    "Counterexample",
    "Need",
    "Proved",
    "Reachable",
    "Refuted",
    "RoleAccess",
    "Unknown",
    "Verdict",
    "admits_only",
    "basis_of",
    "cannot_widen",
    "compare",
    "impossible",
    "possible",
    "prove_reachable",
    "strictest_trust",
]

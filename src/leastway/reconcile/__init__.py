"""Observe, diff, plan, apply: from what is wanted to what is, and back to nothing.

Pure, but for acting through the ports. It knows no AWS call, no grant file and no terminal.
"""

from leastway.reconcile.apply import Workers, apply
from leastway.reconcile.attesting import TRUST_MARKS, Made, anchor
from leastway.reconcile.compare import Difference, differences
from leastway.reconcile.convergence import Convergence, NotConvergedError
from leastway.reconcile.diff import Held, diff
from leastway.reconcile.observe import Ask, asks, observe
from leastway.reconcile.plan import Change, ChangeAction, Plan
from leastway.reconcile.results import Applied, Outcome, Result

__all__ = [
    "TRUST_MARKS",
    "Applied",
    "Ask",
    "Change",
    "ChangeAction",
    "Convergence",
    "Difference",
    "Held",
    "Made",
    "NotConvergedError",
    "Outcome",
    "Plan",
    "Result",
    "Workers",
    "anchor",
    "apply",
    "asks",
    "diff",
    "differences",
    "observe",
]

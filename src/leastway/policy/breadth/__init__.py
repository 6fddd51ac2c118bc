"""Which policies give full privileges: one judgement, used by the rules of grants and by the findings of lint.

`powers` defines the measure and lists the managed policies that are known by name; `judgement` applies it to a policy.
Identity policies are judged as they are written: conditions and denials are ignored, because they can be removed later.
Gaining more rights in several steps is a separate question (the finding `privilege-escalation`).
"""

from leastway.policy.breadth.judgement import Broad, broad_statements, why_full_privileges
from leastway.policy.breadth.powers import FULL_BY_NAME, GIVING_RIGHTS, MOST, NOBODY, POWERS, Power

__all__ = [
    "FULL_BY_NAME",
    "GIVING_RIGHTS",
    "MOST",
    "NOBODY",
    "POWERS",
    "Broad",
    "Power",
    "broad_statements",
    "why_full_privileges",
]

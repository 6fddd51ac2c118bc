"""What comes to full privileges: one judgement, which the rules of grants and the findings of lint both ask.

`powers` is the measure, and has the managed policies that are known by name; `judgement` holds a policy against it. It
judges identity policies as they are written: conditions and denials are not weighed, they may narrow a policy today.
What leads to more rights in several steps is another question (the finding `privilege-escalation`).
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

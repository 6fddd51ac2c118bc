"""Why a request is decided as it is: the statement that decides, or those that came nearest and what they lack.

`explain` looks at every statement, which `decide` avoids; nobody who does not ask pays for it.
"""

from leastway.policy.explain.explain import explain
from leastway.policy.explain.explanation import Element, Explanation, Failure, Miss
from leastway.policy.explain.render import as_json, render_explanation

__all__ = ["Element", "Explanation", "Failure", "Miss", "as_json", "explain", "render_explanation"]

"""Explanations of decisions: the statement that decided, or the nearest statements and why they did not match.

`explain` examines every statement, which `decide` avoids for speed.
"""

from leastway.policy.explain.explain import explain
from leastway.policy.explain.explanation import Element, Explanation, Failure, Miss
from leastway.policy.explain.render import as_json, render_explanation

__all__ = ["Element", "Explanation", "Failure", "Miss", "as_json", "explain", "render_explanation"]

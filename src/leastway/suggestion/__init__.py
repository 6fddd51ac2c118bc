"""Policies suggested from the calls that runs really made.

A suggestion is never applied by itself. It comes with its limits in words, and with a proof that it lies within what
the grant permits, or with what the grant would have to permit as well. Pure.
"""

from leastway.suggestion.observed import LIMITS, ObservedCall, RefusedOperation, SuggestedStatement, Suggestion, suggest
from leastway.suggestion.within import Beyond, Within, judge

__all__ = [
    "LIMITS",
    "Beyond",
    "ObservedCall",
    "RefusedOperation",
    "SuggestedStatement",
    "Suggestion",
    "Within",
    "judge",
    "suggest",
]

"""The resources that AWS keeps for itself, as patterns: nobody may do to them what `evaluate.protected` lists."""

from __future__ import annotations

import functools

from leastway.policy.evaluate.protected import protected_resources

__all__ = ["reserved_resources"]

_AS_WILDCARDS = (("[^:]+", "*"), ("[^:]*", "*"), ("[0-9]{12}", "*"), (".+", "*"))
"""A partition, an account and a name are taken for any text: what AWS keeps has real ones."""


@functools.cache
def reserved_resources(action: str) -> str | None:
    """Return the resources on which nobody may do `action`, as a pattern of policies; None when there are none."""
    found = protected_resources(action)
    if found is None:
        return None
    pattern = found.pattern
    for expression, wildcards in _AS_WILDCARDS:
        pattern = pattern.replace(expression, wildcards)
    return pattern

"""Use cases of `leastway definition`."""
